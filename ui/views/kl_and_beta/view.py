"""What the KL and beta page shows: latent traversals, prior samples, and both parts of the loss."""

import numpy as np
import streamlit as st

from ae_models import datasets, inference, metrics
from ae_models.artifacts.card import Card
from ae_models.metric_key import Metric
from ae_models.tasks import kl_and_beta
from ae_models.tasks.generation import FLOOR
from ae_models.variants.vae import ACTIVE_VARIANCE
from ui.base.language import N_, _
from ui.cache import models
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import model_bars
from ui.views.kl_and_beta import cache
from ui.widgets import controls
from ui.widgets.image_selection import SelectedImages, measured_on, measured_on_first
from ui.widgets.plotly_chart import chart

NAMES = ("vae-beta-0.25", "vae", "vae-beta-4")
STEPS = 13
SAMPLES = 10
UNITS = {"binary cross-entropy": N_("nats"), "squared error": N_("squared error")}


def beta_title(dataset: str, name: str) -> str:
    """A model by its beta, from its card."""
    return f"β = {models.card_of(dataset, name).config['beta']:g}"


@st.fragment
def traversal(dataset: str, names: list[str], chosen: SelectedImages) -> None:
    """Traversals of one dimension of the first image's code, and the KL of every dimension."""
    losses = {name: cache.loss_breakdown(dataset, name) for name in names}
    dimensions = min(len(each.order) for each in losses.values())
    number = st.slider(
        _("Dimension to traverse, by decreasing KL"),
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
    for name, loss in losses.items():
        start = inference.encode(models.model(dataset, name), chosen.x[:1])[0]
        codes = kl_and_beta.traversal(start, int(loss.order[place]), STEPS)
        nats = _("{nats:.2f} nats").format(nats=loss.by_dimension[loss.order[place]])
        rows.append(
            Row(
                beta_title(dataset, name),
                datasets.to_pixels(inference.decode(models.model(dataset, name), codes)),
                note=nats,
                captions=[f"{value:+g}".replace("-", "−") if value else "0" for value in values],
                alt=_("The image with dimension {number} of {name} from −3 to 3").format(
                    number=number, name=name
                ),
            )
        )
    picture_sheet(rows, key="traversal", largest=70)
    st.caption(
        _(
            "Latent traversal of the first image below: one dimension of its code from −3 to "
            "3 standard deviations of the prior."
        )
    )
    top = max(float(loss.by_dimension.max()) for loss in losses.values())
    titles = (_("dimensions by KL"), _("KL in nats"))
    columns = st.columns(len(losses), gap="medium")
    for column, (name, loss), colour in zip(
        columns, losses.items(), model_bars.COLOURS, strict=False
    ):
        kl, active = loss.by_dimension[loss.order], loss.active[loss.order]
        figure = model_bars.dimension_bars(kl, active, number, colour, top, titles)
        title = _("{beta}: {active} of {count} dimensions active").format(
            beta=beta_title(dataset, name), active=int(active.sum()), count=len(active)
        )
        with column:
            st.markdown(f"**{title}**")
            chart(figure, key=f"kl_{name}", alt=title)
    st.caption(
        _(
            "Grey: collapsed dimensions, whose posterior mean has a variance below {least} "
            "over the images (Burda et al. 2016). {measured}"
        ).format(least=ACTIVE_VARIANCE, measured=measured_on_first(dataset, cache.MEASURED))
    )


@st.fragment
def samples(dataset: str, names: list[str]) -> None:
    """Prior samples: the same codes decoded by each model."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        temperature = controls.temperature(
            _(
                "Factor of the standard deviation of the prior: 0 gives its mean, 1 the prior "
                "itself."
            )
        )
        seed = controls.seed()
    rows = []
    for name in names:
        images = kl_and_beta.prior_samples(
            cache.vae(dataset, name), SAMPLES, seed=seed, temperature=temperature
        )
        distance = test_figure(models.card_of(dataset, name), Metric("frechet"))
        note = "" if distance is None else _("Fréchet {value:.1f}").format(value=distance)
        rows.append(Row(beta_title(dataset, name), datasets.to_pixels(images), note=note))
    picture_sheet(rows, key="samples", largest=84)
    floor = test_figure(models.card_of(dataset, names[0]), FLOOR)
    if floor is not None:
        st.caption(
            _(
                "Fréchet distance between samples at temperature 1 and the original test "
                "images, in features of the reference classifier, from the model cards; "
                "between two halves of the test images it is {floor:.1f}."
            ).format(floor=floor)
        )


def loss_bars(dataset: str, names: list[str]) -> None:
    """Bars: reconstruction and KL, unweighted, and their sum."""
    losses = {name: cache.loss_breakdown(dataset, name) for name in names}
    unit = _(UNITS[models.card_of(dataset, names[0]).config["reconstruction"]])
    charts = {
        "reconstruction": (
            _("reconstruction, {unit}").format(unit=unit),
            {name: loss.reconstruction for name, loss in losses.items()},
        ),
        "kl": (_("KL, nats"), {name: loss.kl for name, loss in losses.items()}),
        "sum": (
            _("sum of both, {unit}").format(unit=unit),
            {name: loss.reconstruction + loss.kl for name, loss in losses.items()},
        ),
    }
    columns = st.columns(len(charts), gap="medium")
    for column, (key, (title, values)) in zip(columns, charts.items(), strict=True):
        shown = {beta_title(dataset, name): value for name, value in values.items()}
        with column:
            figure = model_bars.model_bars(shown, title, "{:.1f}")
            chart(figure, key=f"{key}_bars", alt=title)
    st.caption(
        _(
            "Both unweighted, per image, with one sample of the code as in training. {measured}"
        ).format(measured=measured_on_first(dataset, cache.MEASURED))
    )


def sheet(dataset: str, names: list[str], chosen: SelectedImages) -> None:
    """The chosen images through each model."""
    rows = [Row(_("Original"), chosen.pixels, captions=chosen.names(dataset))]
    for name in names:
        x_hat = inference.reconstruct(models.model(dataset, name), chosen.x)
        psnr = metrics.psnr(x_hat, chosen.x).mean().item()
        rows.append(
            Row(
                beta_title(dataset, name),
                datasets.to_pixels(x_hat),
                note=_("{psnr:.1f} dB").format(psnr=psnr),
            )
        )
    picture_sheet(rows, key="reconstructed", largest=84)
    st.caption(measured_on(chosen, dataset))


def test_figure(card: Card, key: Metric) -> float | None:
    """A figure on the whole test split, where the card has it."""
    return card.test.get(key) if card.test else None
