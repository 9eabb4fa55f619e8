"""The generative models of the Generate page, their samples, and their figures."""

from typing import NamedTuple

import streamlit as st
import torch
from torch import nn

from ae_models.base import Codes, SamplesInStyles, TakesAttributes
from ae_models.metric_key import Metric
from ae_models.tasks import generation
from ui.base.language import _
from ui.base.model_titles import model_title, model_titles
from ui.cache import models
from ui.views.generate import attributes as generate_attributes
from ui.views.generate import sheet
from ui.views.generate.sheet import Generated
from ui.widgets import controls, model_card

AGREEMENT, DIVERSITY, FRECHET = Metric("agreement"), Metric("diversity"), Metric("frechet")


class Abilities(NamedTuple):
    """Properties of a generative model."""

    labels: bool  # class-conditional
    styles: bool  # one style under every label
    attributes: bool
    encoder: bool


def choose(names: list[str]) -> str:
    """One of the generative models; by default the class-conditional VAE."""
    first = generation.SAMPLER if generation.SAMPLER in names else names[0]
    return controls.choice(_("Generative model"), model_titles(names), "sampler", default=first)


def abilities(model: nn.Module) -> Abilities:
    """The properties of a loaded model."""
    return Abilities(
        bool(getattr(model, "samples_by_label", False)),
        isinstance(model, SamplesInStyles),
        isinstance(model, TakesAttributes),
        isinstance(model, Codes),
    )


def samples(
    dataset: str, name: str, labels: list[int] | None, count: int, temperature: float, seed: int
) -> Generated | None:
    """Samples of a model without style codes; None while no label is chosen."""
    if labels is None:
        requested, titles = (
            torch.zeros(count).long(),
            [_("Samples of {name}").format(name=model_title(name))],
        )
    else:
        requested = torch.tensor(labels, dtype=torch.long).repeat(count)
        titles = [_("Sample {number}").format(number=n) for n in range(1, count + 1)]
    if not len(requested):
        return None
    model = models.model(dataset, name)
    images = generation.draw(model, requested, seed=seed, temperature=temperature)
    return sheet.classified(dataset, images, labels, titles)


def in_styles(
    dataset: str, name: str, labels: list[int], count: int, temperature: float
) -> Generated | None:
    """Every label in every style, one row per style; None while no label or style is chosen."""
    model = models.model(dataset, name)
    asked = (
        generate_attributes.choose(model) if isinstance(model, TakesAttributes) else None
    )  # (A,)
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
    generated = sheet.classified(dataset, images, labels, titles)
    if isinstance(model, TakesAttributes):
        return generated._replace(notes=generate_attributes.measured(model, generated.pixels))
    return generated


def table(dataset: str, names: list[str], chosen: str) -> None:
    """The figures in every model's card, the chosen model marked."""
    cards = {name: models.card_of(dataset, name) for name in names}
    values = [card.test.values if card.test else {} for card in cards.values()]
    columns = {
        AGREEMENT: _("agreement"),
        DIVERSITY: _("diversity"),
        FRECHET: _("Fréchet distance"),
        generation.FLOOR: _("real against real"),
    }
    shown: dict[str, list[object]] = {
        _("generative model"): [
            ("▸ " if name == chosen else "") + model_title(name) for name in names
        ],
        **{title: [one.get(key) for one in values] for key, title in columns.items()},
        columns[AGREEMENT]: [100 * one[AGREEMENT] if AGREEMENT in one else None for one in values],
    }
    st.dataframe(
        shown,
        column_config={
            columns[AGREEMENT]: st.column_config.NumberColumn(
                format="%.1f%%",
                help=_(
                    "Share of images to which the reference classifier assigns the requested "
                    "label. The reference classifier is a convolutional network trained on "
                    "the labelled training images; no autoencoder or generative model here "
                    "was used to train it."
                ),
            ),
            columns[DIVERSITY]: st.column_config.NumberColumn(
                format="%.2f",
                help=_(
                    "Mean distance between two generated images, of one class if the model "
                    "is class-conditional, divided by that between real images: 1 is the "
                    "diversity of real images."
                ),
            ),
            columns[FRECHET]: st.column_config.NumberColumn(
                format="%.1f",
                help=_(
                    "Between generated and real images in the features of the reference "
                    "classifier; smaller is better."
                ),
            ),
            columns[generation.FLOOR]: st.column_config.NumberColumn(
                format="%.1f",
                help=_("Fréchet distance between two halves of the real images, for reference."),
            ),
        },
        hide_index=True,
        placeholder="",
        key="samplers",
    )
    st.caption(
        _(
            "From the model cards: samples at temperature 1 and original test images, compared by "
            "the reference classifier. Agreement: share of samples classified as requested, empty "
            "without labels. Diversity: 1 is that of real images. Real against real: Fréchet "
            "distance between two halves of the real images."
        )
    )


def summary(dataset: str, name: str, can: Abilities) -> None:
    """The figures in the chosen model's card as sentences."""
    card, classifier = models.card_of(dataset, name), models.card_of(dataset, "judge")
    if card.test is None or classifier.test is None:
        return
    values = card.test.values
    lines = []
    if can.labels:
        lines.append(
            _(
                "The reference classifier assigns the requested label to **{agreement:.1%}** of "
                "{count:,} images sampled at temperature 1 (its accuracy on test images: "
                "{accuracy:.1%}). The mean distance between two images of one class is "
                "**{diversity:.2f}** times that between real ones."
            ).format(
                count=card.test.images,
                agreement=values[AGREEMENT],
                accuracy=classifier.test[Metric("accuracy")],
                diversity=values[DIVERSITY],
            )
        )
    else:
        lines.append(
            _(
                "**{name}** is unconditional: it takes no label. The classes shown are "
                "predictions of the reference classifier."
            ).format(name=model_title(name))
        )
    lines.append(
        _(
            "Fréchet distance in the features of the reference classifier: {frechet:.1f}; between "
            "two halves of the real images: {floor:.1f}."
        ).format(frechet=values[FRECHET], floor=values[generation.FLOOR])
    )
    if not can.encoder:
        lines.append(
            _(
                "**{name}** has no encoder: it cannot reconstruct a given image or use its style."
            ).format(name=model_title(name))
        )
    st.markdown(" ".join(lines))


def notice(can: Abilities) -> str:
    """A caption on what to notice in the samples."""
    if can.styles:
        return _(
            "Notice: the style stays the same along a row while the label changes. Above "
            "temperature 1 the style codes are less probable under the prior, and the probability "
            "of the requested class falls."
        )
    return _(
        "Notice: sharp samples are not necessarily diverse. Look for near-duplicates, for "
        "images of no class, and at the nearest training images."
    )


def show_card(dataset: str, name: str) -> None:
    """The chosen model's card and its training curves, on request."""
    if not st.toggle(_("Show the model card"), key="read", bind="query-params"):
        return
    model_card.card_and_curves(models.card_of(dataset, name))
