"""The table of figures for the README, made from the cards."""

from __future__ import annotations

from collections.abc import Callable

from ae_models.card import Card, read_card
from ae_models.data import DATASETS, TITLES

COLUMNS: dict[str, tuple[str, Callable[[float], str]]] = {
    "mse": ("MSE", lambda v: f"{v:.4f}"),
    "psnr": ("PSNR", lambda v: f"{v:.1f}"),
    "ssim": ("SSIM", lambda v: f"{v:.3f}"),
    "psnr at Gaussian 0.5": ("noisy", lambda v: f"{v:.1f}"),
    "agreement": ("judge agrees", lambda v: f"{v:.1%}"),
    "diversity": ("diversity", lambda v: f"{v:.2f}"),
    "frechet": ("Fréchet", lambda v: f"{v:.1f}"),
    "accuracy": ("accuracy", lambda v: f"{v:.2%}"),
    "psnr_8_bit": ("PSNR, 8 bits", lambda v: f"{v:.1f}"),
}


def markdown(names: list[str]) -> str:
    """A table a data set, a row a checkpoint; a column that a model lacks stays empty."""
    tables = []
    for dataset in DATASETS:
        heads = [head for head, _ in COLUMNS.values()]
        lines = [
            f"| {TITLES[dataset]} | code | parameters | {' | '.join(heads)} |",
            "|---|" + "---:|" * (2 + len(heads)),
        ]
        for name in names:
            try:
                lines.append(_row(read_card(dataset, name)))
            except (OSError, ValueError):
                lines.append(f"| {name} | not trained |")
        tables.append("\n".join(lines))
    return "\n\n".join(tables)


def _row(card: Card) -> str:
    values = card.test.values if card.test else {}
    cells = [
        _cell(card, key, show, values[key]) if key in values else ""
        for key, (_, show) in COLUMNS.items()
    ]
    return f"| {card.name} | {card.latent_dim or ''} | {card.parameters:,} | {' | '.join(cells)} |"


def _cell(card: Card, key: str, show: Callable[[float], str], value: float) -> str:
    """The figure, with its smallest and largest over the seeds where there are several."""
    seeds = card.spread.get(key, [])
    if len(seeds) < 2 or show(min(seeds)) == show(max(seeds)):
        return show(value)
    return f"{show(value)} ({show(min(seeds))} – {show(max(seeds))})"
