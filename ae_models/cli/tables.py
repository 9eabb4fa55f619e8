"""Recipes and their figures as text: the table of the README, and what `list` prints."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from ae_models.artifacts import study as studied
from ae_models.artifacts.card import FAMILIES, Card, CheckpointError, read_card
from ae_models.artifacts.titles import title
from ae_models.datasets import DATASETS
from ae_models.i18n import N_
from ae_models.metric_key import Metric
from ae_models.pipeline.plan import duration

Show = Callable[[float], str]

# The test figures that compare many models: a column each, left out where no model has it.
COLUMNS: dict[Metric, tuple[str, Show]] = {
    Metric("mse"): ("MSE", lambda v: f"{v:.4f}"),
    Metric("psnr"): ("PSNR", lambda v: f"{v:.1f}"),
    Metric("ssim"): ("SSIM", lambda v: f"{v:.3f}"),
    Metric("psnr", corruption="Gaussian", strength=0.5): (
        "Gaussian .5",
        lambda v: f"{v:.1f}",
    ),
    Metric("psnr", corruption="salt & pepper", strength=0.3): (
        "salt & pepper .3",
        lambda v: f"{v:.1f}",
    ),
    Metric("agreement"): ("agreement", lambda v: f"{v:.1%}"),
    Metric("diversity"): ("diversity", lambda v: f"{v:.2f}"),
    Metric("frechet"): ("Fréchet", lambda v: f"{v:.1f}"),
}
# Those that one model or two have: in the last column, with their name.
OWN: dict[Metric, Show] = {
    Metric("accuracy"): lambda v: f"accuracy {v:.2%}",
    Metric("psnr", condition="8_bit_codes"): lambda v: f"PSNR after 8 bits {v:.1f}",
    Metric("kl"): lambda v: f"KL {v:.1f} nats",
    Metric("active_dimensions"): lambda v: f"{v:.0f} active dimensions",
    Metric("active_units"): lambda v: f"{v:.1f} active units",
}
# What the README shows: the models that people ask about, and the figures that compare them.
OVERVIEW = (
    "pca-32",
    "article",
    "undercomplete",
    "conv",
    "stacked",
    "sparse",
    "contractive",
    "denoising",
    "unet",
    "vae",
    "cvae",
    "gan",
)
OVERVIEW_COLUMNS: dict[Metric, tuple[str, Show]] = {
    Metric("mse"): COLUMNS[Metric("mse")],
    Metric("psnr", corruption="Gaussian", strength=0.5): (N_("Gaussian .5"), lambda v: f"{v:.1f}"),
    Metric("agreement"): (N_("agreement"), lambda v: f"{v:.1%}"),
}
UNTRAINED = "not trained"
UNMEASURED = "not evaluated"


def markdown(dataset: str, names: list[str]) -> str:
    """A row a recipe under its family; `list NAME` and the cards say more."""
    head, rows = _table(dataset, names)
    lines = [_line([DATASETS[dataset].title, *head]), "|---|" + "---:|" * (len(head) - 1) + "---|"]
    for family, members in rows:
        lines.append(_line([f"*{family}*", *("" for _ in head)]))
        lines += [_line([name, *cells]) for name, cells in members]
    return "\n".join(lines)


def overview(text: Callable[[str], str] = str) -> str:
    """A short Markdown table over the data sets that ship; `text` translates words and titles."""
    sets = [key for key, record in DATASETS.items() if record.shipped]
    columns = [(key, dataset) for key in OVERVIEW_COLUMNS for dataset in sets]
    head = [f"{text(OVERVIEW_COLUMNS[key][0])}, {DATASETS[each].title}" for key, each in columns]
    lines = [_line([text(N_("Model")), text(N_("latent dimension")), *head])]
    lines.append("|---|" + "---:|" * (len(columns) + 1))
    for name in OVERVIEW:
        cards = {dataset: _card(dataset, name) for dataset in sets}
        figures = {d: card.test.values for d, card in cards.items() if card and card.test}
        sizes = {f"{card.latent_dim or ''}" for card in cards.values() if card}
        cells = [
            OVERVIEW_COLUMNS[key][1](figures[dataset][key])
            if key in figures.get(dataset, {})
            else ""
            for key, dataset in columns
        ]
        lines.append(_line([text(title(name)), " / ".join(sorted(sizes)), *cells]))
    return "\n".join(lines)


def plain(dataset: str, names: list[str]) -> str:
    """The same table for a terminal, without the range over the seeds."""
    head, rows = _table(dataset, names, spread=False)
    shown = [(name, cells) for _, members in rows for name, cells in members]
    width = max(len(name) for name, _ in shown)
    columns = [
        max([len(head[k]), *(len(cells[k]) for _, cells in shown if len(cells) > 1)])
        for k in range(len(head) - 1)
    ]

    def line(name: str, cells: list[str]) -> str:
        padded = [f"{cell:>{size}}" for cell, size in zip(cells, columns, strict=False)]
        return "  ".join([f"  {name:<{width}}", *padded, *cells[len(columns) :]]).rstrip()

    lines = [line("", head).replace(" " * len(DATASETS[dataset].title), DATASETS[dataset].title, 1)]
    for family, members in rows:
        lines.append(f" {family}")
        for name, cells in members:
            lines.append(line(name, cells) if len(cells) > 1 else f"  {name:<{width}}  {cells[0]}")
    return "\n".join(lines)


def every_figure(dataset: str, name: str) -> str:
    """Everything in the card of one model except its training history."""
    card = _card(dataset, name)
    if card is None:
        return f"{DATASETS[dataset].title}, {name}: {UNTRAINED}"
    lines = [
        f"{DATASETS[dataset].title}, {name}: {title(name)} "
        f"({FAMILIES.get(card.family, card.family)})",
        f"  {card.describe()}",
        f"  {card.parameters:,} parameters, trained in {duration(card.training_seconds)} "
        f"on {card.device}, seed {card.seed}",
    ]
    if card.test is None:
        return "\n".join([*lines, f"  {UNMEASURED}"])
    width = max(len(key.title()) for key in card.test.values)
    for key, value in card.test.values.items():
        figure = _figure(card, key, lambda v: f"{v:.5g}", value)
        lines.append(f"  {key.title():<{width}}  {figure}")
    return "\n".join(lines)


def study(dataset: str, name: str) -> str:
    """All figures of one study."""
    try:
        found = studied.read(dataset, name)
    except CheckpointError:
        return f"{DATASETS[dataset].title}, {name}: {UNTRAINED}"
    lines = [
        f"{DATASETS[dataset].title}, {name}: {title(name)}",
        f"  {found.method}",
        f"  made in {duration(found.seconds)} on {found.device}",
    ]
    if found.test is None:
        return "\n".join([*lines, f"  {UNMEASURED}"])
    width = max(len(key.title()) for key in found.test.values)
    rows = [f"  {key.title():<{width}}  {v:.5g}" for key, v in found.test.values.items()]
    return "\n".join([*lines, *rows])


def _table(
    dataset: str, names: list[str], spread: bool = True
) -> tuple[list[str], list[tuple[str, list[tuple[str, list[str]]]]]]:
    """The head without its first cell, and by family each name with its cells; those that are
    not trained come last."""
    cards = {name: card for name in names if (card := _card(dataset, name)) is not None}
    measured = {key for card in cards.values() if card.test for key in card.test.values}
    keys = [key for key in COLUMNS if key in measured]
    head = ["latent dimension", "parameters", *(COLUMNS[key][0] for key in keys), "also"]
    order = list(FAMILIES)
    by_family = sorted(cards, key=lambda name: order.index(cards[name].family))  # stable
    rows = [
        (FAMILIES[family], [(name, _cells(cards[name], keys, spread)) for name in members])
        for family, members in groupby(by_family, key=lambda name: cards[name].family)
    ]
    untrained = [(name, [UNTRAINED]) for name in names if name not in cards]
    return head, [*rows, *([(UNTRAINED.capitalize(), untrained)] if untrained else [])]


def _cells(card: Card, keys: list[Metric], spread: bool) -> list[str]:
    values = card.test.values if card.test else {}
    cells = [f"{card.latent_dim or ''}", f"{card.parameters:,}"]
    for key in keys:
        show = COLUMNS[key][1]
        figure = _figure(card, key, show, values[key]) if spread and key in values else None
        cells.append(figure or (show(values[key]) if key in values else ""))
    own = [show(values[key]) for key, show in OWN.items() if key in values]
    return [*cells, ", ".join(own) if card.test else UNMEASURED]


def _figure(card: Card, key: Metric, show: Show, value: float) -> str:
    """The figure, with its smallest and largest over the seeds where there are several."""
    seeds = card.spread.get(key, [])
    if len(seeds) < 2 or show(min(seeds)) == show(max(seeds)):
        return show(value)
    return f"{show(value)} ({show(min(seeds))} – {show(max(seeds))})"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _card(dataset: str, name: str) -> Card | None:
    try:
        return read_card(dataset, name)
    except (OSError, ValueError):
        return None
