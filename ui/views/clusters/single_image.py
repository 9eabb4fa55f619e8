"""What the shipped groups say of one picture, and what was measured on the whole test split."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae_models import datasets, inference
from ae_models.artifacts.card import CheckpointError, Figures
from ae_models.tasks.clustering import methods, parametric_umap
from ae_models.tasks.clustering.methods import LINEAR, MAP, PIXELS, PLAIN, SHIPPED, UMAP_OF
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.cache import image_sets
from ui.components.picture_sheet import Row, picture_sheet
from ui.views.clusters import cache

NEAREST = 10  # test pictures beside a visitor's own


def one(dataset: str, pixels: NDArray[np.uint8]) -> None:
    """The group of a picture (28, 28), and who lies near it there."""
    try:
        net = cache.net(dataset)
        members, places = cache.shipped(dataset), cache.places(dataset)
        model = cache.encoder(dataset)
    except CheckpointError:  # which file, is said where the representations are listed
        st.info(_("Without the shipped setting no picture can be given a group."))
        return
    code = inference.encode(model, datasets.to_tensor(pixels[None])).flatten(1)
    found = parametric_umap.laid_out(net, code)
    group = int(found.chances[0].argmax())
    own = np.flatnonzero(members == group)
    near = methods.nearest(places, found.places[0].numpy(), own, NEAREST)
    row = Row(
        _("The picture"),
        pixels[None],
        note=_("group {number}, with a chance of {chance:.0%}").format(
            number=group + 1, chance=float(found.chances[0, group])
        ),
    )
    beside = Row(
        _("Nearest in its group"),
        image_sets.images(dataset).pixels[near],
        note=_("{count} test images are in it").format(count=f"{len(own):,}"),
        alt=_("The test images of its group that lie nearest to the picture"),
    )
    picture_sheet([row, beside], key="own_group", largest=84)


def whole_split(dataset: str) -> None:
    """The figures of the study: every representation by every algorithm."""
    figures = cache.figures(dataset)
    if figures is None:
        st.info(_("The figures of the shipped setting cannot be read."))
        return
    code = parametric_umap.code_name(dataset)
    names = {
        PIXELS: _("pixels"),
        LINEAR: model_title(LINEAR),
        PLAIN: model_title(PLAIN),
        code: model_title(code),
        MAP: _(UMAP_OF).format(name=code),
    }
    columns = {_("pictures as"): [*names.values(), _(SHIPPED)]}
    for algorithm in methods.ALGORITHMS:
        told = [triple(figures, algorithm, name) for name in names]
        columns[_(algorithm)] = [*told, ""]
    columns[_("Gaussian mixture")][-1] = triple(figures, SHIPPED)
    st.table(columns)
    st.caption(
        _(
            "Accuracy / NMI / ARI on {count} original test images, measured when the study was "
            "made. The shipped setting has seen training images alone; every other way clusters "
            "the test images themselves, into ten where it must be told how many."
        ).format(count=f"{figures.images:,}")
    )


def triple(figures: Figures, method: str, representation: str = "") -> str:
    """Accuracy, NMI and ARI of a setting; n/a for what was not to be had."""
    found = [figures.get(metric) for metric in methods.metrics_of(method, representation)]
    return " / ".join(_("n/a") if value is None else f"{value:.3f}" for value in found)
