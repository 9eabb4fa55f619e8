"""The command line: train, evaluate, generate, list, data.

python -m ae_models train undercomplete --dataset mnist
python -m ae_models generate --dataset mnist --labels 2026 --seed 7 --out digits.png
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from ae_models.data import CLASS_NAMES, DATASETS, TITLES


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Errors are one sentence on stderr."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    try:
        return int(options.run(options) or 0)
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from the last whole epoch.", file=sys.stderr)
        return 130
    except (RuntimeError, OSError, ValueError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="python -m ae_models", description=__doc__.split("\n")[0])
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run, about: str) -> argparse.ArgumentParser:  # type: ignore[no-untyped-def]
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run)
        return sub

    def add_dataset(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--dataset", choices=DATASETS, help="one data set; both where this is left out"
        )

    sub = command("train", train, "train a recipe and write its checkpoint and card")
    sub.add_argument("recipe", nargs="?", help="its name, as `list` shows it")
    sub.add_argument("--all", action="store_true", help="every recipe that is not trained yet")
    sub.add_argument("--fresh", action="store_true", help="train again from the start")
    sub.add_argument("--threads", type=int, help="CPU threads for torch; all cores by default")
    add_dataset(sub)

    sub = command("evaluate", evaluate, "measure checkpoints on the test split, into their cards")
    sub.add_argument("recipe", nargs="?", help="its name, as `list` shows it")
    sub.add_argument("--all", action="store_true", help="every checkpoint")
    add_dataset(sub)

    sub = command("project", project, "make the t-SNE maps that ship with checkpoints")
    sub.add_argument("recipe", nargs="?", help="its name, as `list` shows it")
    sub.add_argument("--all", action="store_true", help="every checkpoint")
    add_dataset(sub)

    sub = command("generate", generate, "generate images of chosen classes into a file")
    sub.add_argument("--dataset", choices=DATASETS, default="mnist")
    sub.add_argument("--labels", required=True, help="class numbers, one digit each: 2026")
    sub.add_argument("--copies", type=int, default=1, help="this many of the whole sequence")
    sub.add_argument("--seed", type=int, default=0)
    sub.add_argument("--temperature", type=float, default=1.0, help="spread of styles; 0 is none")
    sub.add_argument("--out", type=Path, required=True, help="a .png, .npz or .zip file")

    sub = command("list", list_checkpoints, "list recipes with the figures in their cards")
    sub.add_argument("--markdown", action="store_true", help="as the table in the README")
    add_dataset(sub)

    sub = command("data", data_command, "fetch the original images through torchvision")
    sub.add_argument("action", choices=("download",))
    add_dataset(sub)
    return top


def train(options: argparse.Namespace) -> None:
    """Train one recipe or all that have no checkpoint yet."""
    import torch

    from ae_models import making

    if options.threads:
        torch.set_num_threads(options.threads)
    for dataset, name in chosen(options):
        if options.all and not options.fresh and making.is_made(dataset, name):
            print(f"{dataset} {name}: up to date")
            continue
        making.make(dataset, name, fresh=options.fresh, report=ProgressBar(f"{dataset} {name}"))


def evaluate(options: argparse.Namespace) -> None:
    """Measure one checkpoint or all, and print the figures."""
    from ae_models import evaluation, previews

    for dataset, name in chosen(options):
        card = evaluation.evaluate(dataset, name)
        print(f"{dataset} {name}: {shown(card)}", flush=True)
    for dataset in [options.dataset] if options.dataset else DATASETS:
        previews.write(dataset)


def project(options: argparse.Namespace) -> None:
    """Make the map of one checkpoint or of all, about a minute each."""
    from ae_models import making

    for dataset, name in chosen(options):
        made = making.project(dataset, name)
        print(f"{dataset} {name}: {'mapped' if made else 'has no code to map'}", flush=True)


def generate(options: argparse.Namespace) -> None:
    """Write generated images as a sheet (.png), arrays (.npz) or files (.zip)."""
    from ae_models import data, export
    from ae_models.tasks import generation

    if not options.labels.isdecimal() or not options.labels.isascii():
        raise ValueError("--labels takes digits only, for example 2026")
    if options.copies < 1 or len(options.labels) * options.copies > 100_000:
        raise ValueError("between 1 and 100,000 images can be generated at once")
    if abs(options.seed) >= 2**63:
        raise ValueError("--seed takes whole numbers of at most 18 digits")
    labels = [int(digit) for digit in options.labels] * options.copies
    images = generation.sample(
        options.dataset, labels, seed=options.seed, temperature=options.temperature
    )
    pixels = data.to_pixels(images)
    columns = len(options.labels)
    content = {
        ".png": lambda: export.to_png(pixels, columns=columns),
        ".npz": lambda: export.to_npz(pixels, labels),
        ".zip": lambda: export.to_zip(pixels, labels, CLASS_NAMES[options.dataset]),
    }.get(options.out.suffix.lower())
    if content is None:
        raise ValueError(f"{options.out} must end in .png, .npz or .zip")
    options.out.write_bytes(content())
    print(f"{len(labels)} images in {options.out}")


def list_checkpoints(options: argparse.Namespace) -> None:
    """Every recipe, with its test figures where it has been trained."""
    from ae_models import listing
    from ae_models.card import read_card
    from ae_models.recipes import RECIPES

    if options.markdown:
        print(listing.markdown(list(RECIPES)))
        return
    for dataset, name in chosen(options):
        try:
            print(f"{dataset:8}{name:16}{shown(read_card(dataset, name))}")
        except (OSError, ValueError):
            print(f"{dataset:8}{name:16}not trained")


def data_command(options: argparse.Namespace) -> None:
    """Download one data set or both."""
    from ae_models import data

    for dataset in [options.dataset] if options.dataset else DATASETS:
        for done in data.download(dataset):
            print(f"\r{TITLES[dataset]}: {done:.0%}", end="", flush=True)
        print(f"\r{TITLES[dataset]}: in {data.root()}")


def chosen(options: argparse.Namespace) -> list[tuple[str, str]]:
    """The (data set, recipe) pairs that a command is about."""
    from ae_models.recipes import RECIPES

    name = getattr(options, "recipe", None)
    if name is not None and name not in RECIPES:
        raise ValueError(f"no recipe is called {name!r}; there are: {', '.join(RECIPES)}")
    if name is None and not getattr(options, "all", True):
        raise ValueError("name a recipe, or give --all")
    datasets = [options.dataset] if options.dataset else list(DATASETS)
    return [(d, n) for d in datasets for n in ([name] if name else RECIPES)]


def shown(card) -> str:  # type: ignore[no-untyped-def]
    """The test figures of a card on one line."""
    if card.test is None:
        return "not evaluated"
    return "  ".join(f"{key} {value:.4g}" for key, value in card.test.values.items())


class ProgressBar:
    """One line on stderr for each training: epochs done, losses, time left."""

    def __init__(self, title: str) -> None:
        self.title = title

    def __call__(self, done: int, total: int, text: str, seconds_left: float) -> None:
        bar = "█" * (20 * done // total)
        line = f"{self.title} [{bar:<20}] {done}/{total} {text} {seconds_left:.0f} s left"
        end = "\r" if sys.stderr.isatty() and done < total else "\n"
        print(f"{line:<100}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
