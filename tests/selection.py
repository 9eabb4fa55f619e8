"""Which of many alike cases a test takes, where all of them would take minutes."""

from collections.abc import Iterable

Pair = tuple[str, str]  # a data set and a name


def in_turn(pairs: Iterable[Pair]) -> list[Pair]:
    """Of each name one data set: of names with several, the first, the second and so on in turn."""
    of_name: dict[str, list[Pair]] = {}
    for dataset, name in pairs:
        of_name.setdefault(name, []).append((dataset, name))
    chosen, turn = [], 0
    for each in of_name.values():
        chosen.append(each[turn % len(each)])
        turn += len(each) > 1
    return chosen
