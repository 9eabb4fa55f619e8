"""What the Sparsity page shows: active units of an image, their atoms, and activation rates."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae_models import datasets, inference, metrics
from ae_models.metric_key import Metric
from ae_models.tasks import sparsity
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.cache import image_sets, latent, models
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic, model_bars
from ui.views.sparsity import cache
from ui.widgets.image_selection import SelectedImages, measured_on_first
from ui.widgets.plotly_chart import chart

SPARSE, DENSE = "sparse", "undercomplete"
MAX_UNITS = 40  # that a sheet shows
EXAMPLES = 10  # top-activating images of one unit


def code(dataset: str, name: str, chosen: SelectedImages) -> NDArray[np.float32]:
    """The code (D,) of the chosen image."""
    z: NDArray[np.float32] = inference.encode(models.model(dataset, name), chosen.x)[0].numpy()
    return z


@st.fragment
def reconstruction(dataset: str, chosen: SelectedImages, key: str = "first") -> None:
    """Cumulative reconstructions from the strongest units, and their atoms.

    `key` is the slider's query parameter.
    """
    count = st.slider(
        _("Number of units, strongest first"),
        1,
        MAX_UNITS,
        10,
        key=key,
        bind="query-params",
        width=460,
    )
    model = models.model(dataset, SPARSE)
    z = code(dataset, SPARSE, chosen)
    active = sparsity.active_units(z)
    if not len(active.units):
        st.info(_("No unit is active for this image."))
        return
    count = min(count, len(active.units))
    pictures = sparsity.cumulative_reconstructions(model, z, len(active.units))
    quality = metrics.psnr(pictures, chosen.x.expand_as(pictures)).tolist()
    units, last = active.units[:count], int(active.units[count - 1])
    atoms = cache.atoms(dataset, SPARSE)
    largest = float(np.abs(atoms[active.units]).max())
    total = float(active.shares[:count].sum())
    compared = np.stack([chosen.pixels[0], *datasets.to_pixels(pictures[[count - 1, -1]])])
    psnr = _("{psnr:.1f} dB")
    picture_sheet(
        [
            Row(
                _("The image"),
                compared,
                note=_("{active} of {all} units are active").format(
                    active=len(active.units), all=len(z)
                ),
                captions=[
                    _("784 pixels"),
                    _("{count} units, {psnr}").format(
                        count=count, psnr=psnr.format(psnr=quality[count - 1])
                    ),
                    _("all {count}, {psnr}").format(
                        count=len(active.units), psnr=psnr.format(psnr=quality[-1])
                    ),
                ],
                alt=_(
                    "The image, and its reconstructions from the strongest units and from all "
                    "active units"
                ),
            )
        ],
        key="whole",
        largest=140,
    )
    examples = sparsity.top_activating(latent.codes(dataset, SPARSE), last, EXAMPLES)
    rows = [
        Row(
            _("Atom of each unit"),
            basic.signed_colours(atoms[units].reshape(-1, 28, 28), largest),
            note=_(
                "unit and its share of the total activation; orange adds brightness, blue "
                "subtracts it"
            ),
            captions=[
                f"{unit + 1} · {share:.0%}"
                for unit, share in zip(units, active.shares[:count], strict=True)
            ],
            alt=_("Atoms of the active units, strongest first"),
        ),
        Row(
            _("Cumulative reconstruction"),
            datasets.to_pixels(pictures[:count]),
            note=_("{share:.0%} of the total activation").format(share=total),
            captions=[psnr.format(psnr=value) for value in quality[:count]],
            alt=_("Reconstruction from the strongest unit, from the two strongest, and so on"),
        ),
    ]
    picture_sheet(rows, key="built", largest=84)
    if len(examples):
        rate = float(cache.activity(dataset, SPARSE).rate[last])
        top = Row(
            _("Top-activating images of unit {number}").format(number=last + 1),
            image_sets.images(dataset).pixels[examples],
            note=_("activation rate over the test images: {rate:.1%}").format(rate=rate),
            alt=_("Top-activating test images of unit {number}").format(number=last + 1),
        )
        picture_sheet([top], key="top_activating", largest=84)


def codes(dataset: str, names: list[str], chosen: SelectedImages) -> None:
    """The code of the image in both models, as bars."""
    for column, name in zip(st.columns(len(names), gap="large"), names, strict=True):
        z = code(dataset, name, chosen)
        title = _("{name}: {count} of {all} dimensions are nonzero").format(
            name=model_title(name), count=np.count_nonzero(z), all=len(z)
        )
        with column:
            chart(basic.code_bars(z, title), key=f"code_{name}", alt=title)


def activity(dataset: str, names: list[str], chosen: SelectedImages) -> None:
    """Active units per image over all test images, and the mean activation of each unit."""
    z = code(dataset, SPARSE, chosen)
    sparse = cache.activity(dataset, SPARSE)
    marks = {_("the image above"): int(np.count_nonzero(z))}
    if DENSE in names:
        dense = cache.activity(dataset, DENSE)
        low, high = int(dense.counts.min()), int(dense.counts.max())
        label = _("{name}, every image") if low == high else _("{name}, maximum")
        marks[label.format(name=model_title(DENSE))] = high
    left, right = st.columns(2, gap="large")
    with left:
        title = _("Active units per image: {name}").format(name=model_title(SPARSE))
        st.markdown(f"**{title}**")
        titles = (_("active units per image"), _("fraction of the images"))
        figure = model_bars.count_histogram(sparse.counts, marks, titles)
        chart(figure, key="counts", alt=title)
        st.caption(
            _("{mean:.1f} of {all} on average. {measured}").format(
                mean=sparse.counts.mean(),
                all=len(z),
                measured=measured_on_first(dataset, len(sparse.counts)),
            )
        )
    with right:
        title = _("Mean activation of each unit; orange: active for the image above")
        st.markdown(f"**{title}**")
        titles = (_("units, by decreasing mean activation"), _("mean activation"))
        figure = model_bars.unit_bars(sparse.mean, z != 0, titles)
        chart(figure, key="activity", alt=title)
        st.caption(
            _("{dead} of {all} units are dead: active for none of the {count} test images.").format(
                dead=sparse.dead, all=len(z), count=f"{len(sparse.counts):,}"
            )
        )


def from_cards(dataset: str, names: list[str]) -> None:
    """Reconstruction error and active units, from the cards."""
    lines = []
    for name in names:
        card = models.card_of(dataset, name)
        if card.test is None:
            continue
        text = _("{name}: MSE {mse:.4f}").format(
            name=model_title(name), mse=card.test[Metric("mse")]
        )
        active = card.test.get(Metric("active_units"))
        if active is not None and not image_sets.images(dataset).decoded:  # counted above on those
            text += _(" with {active:.1f} of {all} units active per image").format(
                active=active, all=card.latent_dim
            )
        lines.append(text)
    if lines:
        st.caption(
            _("From the model cards, all original test images: {all}.").format(all="; ".join(lines))
        )
