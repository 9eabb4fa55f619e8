"""The KL and beta page's pieces: a walk along one dimension, samples, and what both cost."""

import numpy as np
import streamlit as st

from ae_models import datasets, inference, metrics
from ae_models.artifacts.card import Card
from ae_models.metric_key import Metric
from ae_models.tasks import kl_and_beta
from ae_models.tasks.generation import FLOOR
from ae_models.variants.vae import ALIVE
from ui.base.language import N_, _
from ui.cache import models
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import model_bars
from ui.views.kl_and_beta import cache
from ui.widgets import controls
from ui.widgets.image_selection import Subject, measured_on, measured_on_first
from ui.widgets.plotly_chart import chart

NAMES = ("vae-beta-0.25", "vae", "vae-beta-4")
STEPS = 13
SAMPLES = 10
UNITS = {"binary cross-entropy": N_("nats"), "squared error": N_("squared error")}


def price(dataset: str, name: str) -> str:
    """A model by its beta, as its card has it."""
    return f"beta {models.card_of(dataset, name).config['beta']:g}"


@st.fragment
def walk(dataset: str, names: list[str], chosen: Subject) -> None:
    """The first image's code with one dimension moved, and how much KL each dimension has."""
    bills = {name: cache.bill(dataset, name) for name in names}
    dimensions = min(len(each.order) for each in bills.values())
    number = st.slider(
        _("Dimension walked, the one with the most KL first"),
        1,
        max(dimensions, 2),
        1,
        key="dimension",
        bind="query-params",
        width=460,
    )
    place = min(number, dimensions) - 1
    values = np.linspace(-3, 3, STEPS)
    rows = []
    for name, bill in bills.items():
        start = inference.encode(models.model(dataset, name), chosen.x[:1])[0]
        codes = kl_and_beta.walk(start, int(bill.order[place]), STEPS)
        nats = _("{nats:.2f} nats").format(nats=bill.by_dimension[bill.order[place]])
        rows.append(
            Row(
                price(dataset, name),
                datasets.to_pixels(inference.decode(models.model(dataset, name), codes)),
                note=nats,
                captions=[f"{value:+g}".replace("-", "−") if value else "0" for value in values],
                alt=_("The image with dimension {number} of {name} from −3 to 3").format(
                    number=number, name=name
                ),
            )
        )
    picture_sheet(rows, key="walked", largest=70)
    st.caption(
        _(
            "The first of the images below, with one dimension of its code set from −3 to 3 "
            "standard deviations of the prior."
        )
    )
    top = max(float(bill.by_dimension.max()) for bill in bills.values())
    titles = (_("dimensions by KL"), _("KL in nats"))
    columns = st.columns(len(bills), gap="medium")
    for column, (name, bill), colour in zip(
        columns, bills.items(), model_bars.COLOURS, strict=False
    ):
        sizes, alive = bill.by_dimension[bill.order], bill.alive[bill.order]
        figure = model_bars.dimension_bars(sizes, alive, number, colour, top, titles)
        said = _("{price}: {alive} of {count} alive").format(
            price=price(dataset, name), alive=int(alive.sum()), count=len(alive)
        )
        with column:
            st.markdown(f"**{said}**")
            chart(figure, key=f"kl_{name}", alt=said)
    st.caption(
        _(
            "Grey: collapsed, its mean varies by less than {least} between images (Burda et al. "
            "2016). {measured}"
        ).format(least=ALIVE, measured=measured_on_first(dataset, cache.WEIGHED))
    )


@st.fragment
def samples(dataset: str, names: list[str]) -> None:
    """The same draws from the prior, decoded by each model."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        temperature = controls.temperature(
            _("Spread of the draws: 0 is the middle of the prior, 1 is the prior.")
        )
        seed = controls.seed()
    rows = []
    for name in names:
        drawn = kl_and_beta.drawn(
            cache.vae(dataset, name), SAMPLES, seed=seed, temperature=temperature
        )
        distance = test_figure(models.card_of(dataset, name), Metric("frechet"))
        note = "" if distance is None else _("Fréchet {value:.1f}").format(value=distance)
        rows.append(Row(price(dataset, name), datasets.to_pixels(drawn), note=note))
    picture_sheet(rows, key="drawn", largest=84)
    floor = test_figure(models.card_of(dataset, names[0]), FLOOR)
    if floor is not None:
        st.caption(
            _(
                "Fréchet distance of samples at temperature 1 from the test images in the judge's "
                "features, from the cards, on the original images; between two halves of the "
                "test images it is {floor:.1f}."
            ).format(floor=floor)
        )


def costs(dataset: str, names: list[str]) -> None:
    """Bars: reconstruction and KL, unweighted, and their sum."""
    bills = {name: cache.bill(dataset, name) for name in names}
    loss = models.card_of(dataset, names[0]).config["reconstruction"]
    unit = _(UNITS[loss])
    charts = {
        "reconstruction": (
            _("reconstruction, {unit}").format(unit=unit),
            {name: bill.reconstruction for name, bill in bills.items()},
        ),
        "kl": (_("KL, nats"), {name: bill.kl for name, bill in bills.items()}),
        "sum": (
            _("sum of both, {unit}").format(unit=unit),
            {name: bill.reconstruction + bill.kl for name, bill in bills.items()},
        ),
    }
    columns = st.columns(len(charts), gap="medium")
    for column, (key, (title, values)) in zip(columns, charts.items(), strict=True):
        shown = {price(dataset, name): value for name, value in values.items()}
        with column:
            figure = model_bars.model_bars(shown, title, "{:.1f}")
            chart(figure, key=f"{key}_bars", alt=title)
    st.caption(
        _("Both unweighted, an image, its code drawn once as in training. {measured}").format(
            measured=measured_on_first(dataset, cache.WEIGHED)
        )
    )


def sheet(dataset: str, names: list[str], chosen: Subject) -> None:
    """The chosen images through each model."""
    rows = [Row(_("Original"), chosen.pixels, captions=chosen.names(dataset))]
    for name in names:
        x_hat = inference.reconstruct(models.model(dataset, name), chosen.x)
        psnr = metrics.psnr(x_hat, chosen.x).mean().item()
        rows.append(
            Row(
                price(dataset, name),
                datasets.to_pixels(x_hat),
                note=_("{psnr:.1f} dB").format(psnr=psnr),
            )
        )
    picture_sheet(rows, key="reconstructed", largest=84)
    st.caption(measured_on(chosen, dataset))


def test_figure(card: Card, key: Metric) -> float | None:
    """A figure on the whole test split, where the card has it."""
    return card.test.get(key) if card.test else None
