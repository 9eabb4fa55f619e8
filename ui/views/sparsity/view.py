"""The Sparsity page's pieces: who fires for an image, what they draw, and how busy all are."""

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
from ui.widgets.image_selection import Subject, measured_on_first
from ui.widgets.plotly_chart import chart

SPARSE, BESIDE = "sparse", "undercomplete"
MOST = 40  # units that a sheet shows
EXAMPLES = 10  # images for which one unit is loudest


def code(dataset: str, name: str, chosen: Subject) -> NDArray[np.float32]:
    """The code (D,) of the chosen image."""
    z: NDArray[np.float32] = inference.encode(models.model(dataset, name), chosen.x)[0].numpy()
    return z


@st.fragment
def build_up(dataset: str, chosen: Subject, key: str = "first") -> None:
    """The picture by the first unit, the first two, and so on; what each of them draws.

    How many is asked by a slider that has `key` in the address.
    """
    count = st.slider(_("The first units"), 1, MOST, 10, key=key, bind="query-params", width=460)
    model = models.model(dataset, SPARSE)
    z = code(dataset, SPARSE, chosen)
    firing = sparsity.firing(z)
    if not len(firing.units):
        st.info(_("No unit fires for this image."))
        return
    count = min(count, len(firing.units))
    pictures = sparsity.built_up(model, z, len(firing.units))
    quality = metrics.psnr(pictures, chosen.x.expand_as(pictures)).tolist()
    units, last = firing.units[:count], int(firing.units[count - 1])
    atoms = cache.atoms(dataset, SPARSE)
    largest = float(np.abs(atoms[firing.units]).max())
    share = float(firing.shares[:count].sum())
    seen = np.stack([chosen.pixels[0], *datasets.to_pixels(pictures[[count - 1, -1]])])
    psnr = _("{psnr:.1f} dB")
    picture_sheet(
        [
            Row(
                _("The image"),
                seen,
                note=_("{firing} of {all} units fire").format(firing=len(firing.units), all=len(z)),
                captions=[
                    _("784 pixels"),
                    _("{count} units, {psnr}").format(
                        count=count, psnr=psnr.format(psnr=quality[count - 1])
                    ),
                    _("all {count}, {psnr}").format(
                        count=len(firing.units), psnr=psnr.format(psnr=quality[-1])
                    ),
                ],
                alt=_("The image, and what its first units and all its units draw"),
            )
        ],
        key="whole",
        largest=140,
    )
    examples = sparsity.loudest(latent.codes(dataset, SPARSE), last, EXAMPLES)
    rows = [
        Row(
            _("What each draws"),
            basic.signed_colours(atoms[units].reshape(-1, 28, 28), largest),
            note=_("number and share of all firing; orange adds ink, blue takes it away"),
            captions=[
                f"{unit + 1} · {part:.0%}"
                for unit, part in zip(units, firing.shares[:count], strict=True)
            ],
            alt=_("What each firing unit draws, the strongest first"),
        ),
        Row(
            _("The picture so far"),
            datasets.to_pixels(pictures[:count]),
            note=_("{share:.0%} of all firing").format(share=share),
            captions=[psnr.format(psnr=value) for value in quality[:count]],
            alt=_("The picture by the first unit, the first two, and so on"),
        ),
    ]
    picture_sheet(rows, key="built", largest=84)
    if len(examples):
        often = float(cache.activity(dataset, SPARSE).often[last])
        loudest = Row(
            _("Unit {number} is loudest here").format(number=last + 1),
            image_sets.images(dataset).pixels[examples],
            note=_("fires for {often:.1%} of the test images").format(often=often),
            alt=_("The test images for which unit {number} is loudest").format(number=last + 1),
        )
        picture_sheet([loudest], key="loudest", largest=84)


def codes(dataset: str, names: list[str], chosen: Subject) -> None:
    """The code of the image in both models, as bars."""
    for column, name in zip(st.columns(len(names), gap="large"), names, strict=True):
        z = code(dataset, name, chosen)
        title = _("{name}: {count} of {all} numbers are not 0").format(
            name=model_title(name), count=np.count_nonzero(z), all=len(z)
        )
        with column:
            chart(basic.code_bars(z, title), key=f"code_{name}", alt=title)


def business(dataset: str, names: list[str], chosen: Subject) -> None:
    """How many units fire for an image, over all test images, and how busy each unit is."""
    z = code(dataset, SPARSE, chosen)
    sparse = cache.activity(dataset, SPARSE)
    marks = {_("the image above"): int(np.count_nonzero(z))}
    if BESIDE in names:
        dense = cache.activity(dataset, BESIDE)
        least, most = int(dense.counts.min()), int(dense.counts.max())
        said = _("{name}, every image") if least == most else _("{name}, at most")
        marks[said.format(name=model_title(BESIDE))] = most
    left, right = st.columns(2, gap="large")
    with left:
        title = _("How many units of {name} fire").format(name=model_title(SPARSE))
        st.markdown(f"**{title}**")
        titles = (_("units that fire for an image"), _("part of the images"))
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
        title = _("How busy each of them is; orange: it fires for the image above")
        st.markdown(f"**{title}**")
        titles = (_("units, the busiest first"), _("mean activity"))
        figure = model_bars.unit_bars(sparse.mean, z != 0, titles)
        chart(figure, key="activity", alt=title)
        st.caption(
            _("{dead} of {all} are dead: they fire for none of the {count} test images.").format(
                dead=sparse.dead, all=len(z), count=f"{len(sparse.counts):,}"
            )
        )


def from_cards(dataset: str, names: list[str]) -> None:
    """What sparsity costs, as the cards have it."""
    lines = []
    for name in names:
        card = models.card_of(dataset, name)
        if card.test is None:
            continue
        said = _("{name}: MSE {mse:.4f}").format(
            name=model_title(name), mse=card.test[Metric("mse")]
        )
        active = card.test.get(Metric("active_units"))
        if active is not None and not image_sets.images(dataset).decoded:  # counted above on those
            said += _(" with {active:.1f} of {all} units an image").format(
                active=active, all=card.latent_dim
            )
        lines.append(said)
    if lines:
        st.caption(
            _("From the cards, all original test images: {all}.").format(all="; ".join(lines))
        )
