"""Which model draws on the Generate page, what it draws, and what the cards say of them all."""

from typing import NamedTuple

import streamlit as st
import torch
from torch import nn

from ae_models.base import Codes
from ae_models.tasks import generation
from ae_models.variants.cvae import Cvae
from ae_models.variants.cvae_attributes import CvaeAttributes
from ui.base.language import _
from ui.cache import models
from ui.views.generate import attributes as generate_attributes
from ui.views.generate import sheet
from ui.views.generate.sheet import Generated
from ui.widgets import controls, model_card


class Abilities(NamedTuple):
    """What a sampler takes, and what it has beside."""

    labels: bool  # draws the class that it is asked for
    styles: bool  # one style under every label
    attributes: bool
    encoder: bool


def choose(names: list[str]) -> str:
    """One of the samplers; the conditional VAE where nothing is chosen."""
    first = generation.SAMPLER if generation.SAMPLER in names else names[0]
    return controls.choice(_("Sampler"), {name: name for name in names}, "sampler", default=first)


def abilities(model: nn.Module) -> Abilities:
    """Asked of the model itself."""
    return Abilities(
        bool(model.samples_by_label),
        isinstance(model, Cvae),
        isinstance(model, CvaeAttributes),
        isinstance(model, Codes),
    )


def drawn(
    dataset: str, name: str, labels: list[int] | None, count: int, temperature: float, seed: int
) -> Generated | None:
    """What a model without styles makes of it; None where no label is chosen."""
    if labels is None:
        wanted, titles = torch.zeros(count).long(), [_("Drawn from {name}").format(name=name)]
    else:
        wanted = torch.tensor(labels, dtype=torch.long).repeat(count)
        titles = [_("Draw {number}").format(number=n) for n in range(1, count + 1)]
    if not len(wanted):
        return None
    model = models.model(dataset, name)
    images = generation.draw(model, wanted, seed=seed, temperature=temperature)
    return sheet.judged(dataset, images, labels, titles)


def in_styles(
    dataset: str, name: str, labels: list[int], count: int, temperature: float
) -> Generated | None:
    """Every label in every style, a style a row; None where one is still to be chosen."""
    model = models.model(dataset, name)
    asked = generate_attributes.choose(model) if isinstance(model, CvaeAttributes) else None  # (A,)
    styles = sheet.choose_styles(dataset, name, count)
    if not labels or styles is None:
        return None
    total = len(styles) * len(labels)
    images = generation.in_styles(
        dataset,
        torch.tensor(labels).repeat(len(styles)),
        styles.repeat_interleave(len(labels), dim=0),  # (S * L, D)
        temperature=temperature,
        model=model,
        attributes=None if asked is None else asked.expand(total, -1),
    )
    titles = [_("Style {number}").format(number=n) for n in range(1, len(styles) + 1)]
    generated = sheet.judged(dataset, images, labels, titles)
    if isinstance(model, CvaeAttributes):
        return generated._replace(notes=generate_attributes.measured(model, generated.pixels))
    return generated


def table(dataset: str, names: list[str], chosen: str) -> None:
    """The figures of every sampler's card, the chosen one marked."""
    cards = {name: models.card_of(dataset, name) for name in names}
    values = [card.test.values if card.test else {} for card in cards.values()]
    columns = {
        "agreement": _("judge agrees"),
        "diversity": _("diversity"),
        "frechet": _("Fréchet distance"),
        "frechet_floor": _("of real halves"),
    }
    shown: dict[str, list[object]] = {
        _("sampler"): [f"▸ {name}" if name == chosen else name for name in names],
        **{title: [one.get(key) for one in values] for key, title in columns.items()},
        columns["agreement"]: [
            100 * one["agreement"] if "agreement" in one else None for one in values
        ],
    }
    st.dataframe(
        shown,
        column_config={
            columns["agreement"]: st.column_config.NumberColumn(
                format="%.1f %%",
                help=_("Share of images in which it sees the label that was asked for."),
            ),
            columns["diversity"]: st.column_config.NumberColumn(
                format="%.2f",
                help=_(
                    "Distance of two images, of one class where it is asked for; 1: as real ones."
                ),
            ),
            columns["frechet"]: st.column_config.NumberColumn(
                format="%.1f", help=_("In the judge's features: smaller is closer to real images.")
            ),
            columns["frechet_floor"]: st.column_config.NumberColumn(
                format="%.1f", help=_("The same distance between two halves of the real images.")
            ),
        },
        hide_index=True,
        placeholder="",
        key="samplers",
    )


def sentence(dataset: str, name: str, can: Abilities) -> None:
    """What the chosen sampler's card says of it, in words."""
    card, judge = models.card_of(dataset, name), models.card_of(dataset, "judge")
    if card.test is None or judge.test is None:
        return
    values = card.test.values
    lines = []
    if can.labels:
        lines.append(
            _(
                "Of {count:,} images at temperature 1 the judge agrees with the label asked for on "
                "**{agreement:.1%}** (on real test images: {accuracy:.1%}). Two images of one "
                "class differ **{diversity:.2f}** times as much as two real ones."
            ).format(
                count=card.test.images,
                agreement=values["agreement"],
                accuracy=judge.test.values["accuracy"],
                diversity=values["diversity"],
            )
        )
    else:
        lines.append(
            _(
                "**{name}** takes no label: it draws what it likes, and the judge says what each "
                "image shows."
            ).format(name=name)
        )
    lines.append(
        _(
            "Fréchet distance in the judge's features: {frechet:.1f}; between two halves of the "
            "real images: {floor:.1f}."
        ).format(frechet=values["frechet"], floor=values["frechet_floor"])
    )
    if not can.encoder:
        lines.append(
            _(
                "**{name}** has no encoder: no image has a code, so it cannot reconstruct one or "
                "take over its style."
            ).format(name=name)
        )
    st.markdown(" ".join(lines))


def notice(can: Abilities) -> str:
    """What to look out for."""
    if can.styles:
        return _(
            "Notice: a row keeps its handwriting from label to label. Above temperature 1 the "
            "styles are rarer than any that were learned from, and the judge begins to doubt."
        )
    return _(
        "Notice: sharp is not the same as varied. Look for images that look alike, for those "
        "that are no image of anything, and at the nearest training pictures."
    )


def read(dataset: str, name: str) -> None:
    """The chosen sampler's card and its curves, on request."""
    if not st.toggle(_("Read its card"), key="read", bind="query-params"):
        return
    model_card.card_and_curves(models.card_of(dataset, name))
