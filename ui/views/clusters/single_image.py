"""The shipped cluster of one image, and the scores on the whole test split."""

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ae_models import datasets, inference
from ae_models.artifacts.card import CheckpointError, Figures
from ae_models.tasks.clustering import methods, parametric_umap
from ae_models.tasks.clustering.methods import LINEAR, MAP, PIXELS, PLAIN, SHIPPED, UMAP_OF
from ae_models.tasks.nearest_neighbours import k_nearest
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.cache import image_sets
from ui.components.picture_sheet import Row, picture_sheet
from ui.views.clusters import cache

NEAREST = 10  # test images beside the visitor's own


def show(dataset: str, pixels: NDArray[np.uint8]) -> None:
    """The cluster of an image (28, 28), and the images of that cluster nearest to it."""
    try:
        net = cache.net(dataset)
        members, embedding = cache.shipped(dataset), cache.embedding(dataset)
        model = cache.encoder(dataset)
    except CheckpointError:  # the list of representations shows which file is missing
        st.info(_("Assigning an image needs the shipped clustering, which is missing."))
        return
    code = inference.encode(model, datasets.to_tensor(pixels[None])).flatten(1)
    found = parametric_umap.embed(net, code)
    cluster = int(found.probabilities[0].argmax())
    own = np.flatnonzero(members == cluster)
    near = own[k_nearest(found.embedding, torch.tensor(embedding[own]), NEAREST).indices[0].numpy()]
    row = Row(
        _("Input"),
        pixels[None],
        note=_("cluster {number}, probability {probability:.0%}").format(
            number=cluster + 1, probability=float(found.probabilities[0, cluster])
        ),
    )
    beside = Row(
        _("Nearest in its cluster"),
        image_sets.images(dataset).pixels[near],
        note=_("{count} test images in the cluster").format(count=f"{len(own):,}"),
        alt=_("The test images of the cluster nearest to the input"),
    )
    picture_sheet([row, beside], key="own_group", largest=84)


def whole_split(dataset: str) -> None:
    """The scores of the study: every representation by every algorithm."""
    figures = cache.figures(dataset)
    if figures is None:
        st.info(_("The scores of the shipped clustering cannot be read."))
        return
    code = parametric_umap.code_name(dataset)
    names = {
        PIXELS: _("pixels"),
        LINEAR: model_title(LINEAR),
        PLAIN: model_title(PLAIN),
        code: model_title(code),
        MAP: _(UMAP_OF).format(name=model_title(code)),
    }
    columns = {_("representation"): [*names.values(), _(SHIPPED)]}
    for algorithm in methods.ALGORITHMS:
        scores = [triple(figures, algorithm, name) for name in names]
        columns[_(algorithm)] = [*scores, ""]
    columns[_("Gaussian mixture")][-1] = triple(figures, SHIPPED)
    st.table(columns)
    st.caption(
        _(
            "Accuracy / NMI / ARI on {count} original test images, measured when the study was "
            "made. The shipped clustering was fitted on training images alone; all others cluster "
            "the test images themselves, with ten clusters where the number must be given."
        ).format(count=f"{figures.images:,}")
    )


def triple(figures: Figures, method: str, representation: str = "") -> str:
    """Accuracy, NMI and ARI of a setting; n/a where one was not measured."""
    found = [figures.get(metric) for metric in methods.metrics_of(method, representation)]
    return " / ".join(_("n/a") if value is None else f"{value:.3f}" for value in found)
