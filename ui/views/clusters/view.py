"""The Clusters page: controls, scores, map, and members of clusters."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae_models import datasets
from ae_models.artifacts.card import CheckpointError
from ae_models.tasks.clustering import methods, parametric_umap
from ae_models.tasks.clustering.methods import LINEAR, MAP, NOISE, PIXELS, PLAIN, SHIPPED, Scores
from ui.base.language import N_, _, said
from ui.base.model_titles import model_title
from ui.cache import image_sets, models
from ui.components.hover_picture import hover_picture
from ui.components.picture_sheet import Row, picture_sheet
from ui.components.webgl import webgl_missing
from ui.plots.latent_scatter import latent_scatter
from ui.views.clusters import cache
from ui.views.clusters.plots import confusion_map
from ui.widgets import controls
from ui.widgets.plotly_chart import chart

CHART = "clusters_map"
SEED = 0
FIRST_COUNT = 2_000  # test images
TYPICAL, ATYPICAL = 8, 4  # images of a cluster
MAX_SVG_POINTS = 1_000
HIDDEN = ("conditional",)  # class-conditional: these codes lack information on the class
SCORES = (N_("accuracy"), N_("NMI"), N_("ARI"))
Ids = NDArray[np.int64]


class Selection(NamedTuple):
    """Representation, algorithm and settings of a clustering."""

    dataset: str
    representation: str
    algorithm: str
    clusters: int
    points: int

    def assigned(self) -> Ids:
        """The cluster of each image. Raises `CannotCluster` and `CheckpointError`."""
        return cache.clusters(*self, SEED)

    def labels(self) -> Ids:
        return image_sets.images(self.dataset).labels[: self.points]


def choose(dataset: str) -> Selection:
    """Controls for representation, algorithm, number of clusters and of images."""
    names = representations(dataset)
    rows = controls.pick(
        _("Representation"),
        names,
        "rows",
        default=PLAIN,
        width=210,
    )
    algorithm = controls.choice(_("Algorithm"), controls.named(methods.ALGORITHMS), "algorithm")
    number = st.slider(
        _("Number of clusters"),
        2,
        20,
        parametric_umap.clusters(dataset),
        key="clusters",
        width=165,
        bind="query-params",
        disabled=algorithm not in methods.COUNTED,
        help=_("HDBSCAN determines the number itself."),
    )
    points = st.slider(
        _("Images"),
        500,
        5_000,
        FIRST_COUNT,
        500,
        key="among",
        width=165,
        bind="query-params",
    )
    return Selection(dataset, rows if rows in names else PIXELS, algorithm, number, points)


def representations(dataset: str) -> dict[str, str]:
    """The representations by name, with their labels; a warning says where the map is missing."""
    names = {PIXELS: _("pixels")}
    try:
        cache.plane(dataset)
        code = parametric_umap.code_name(dataset)
        names |= {MAP: _(methods.UMAP_OF).format(name=model_title(code)), code: model_title(code)}
    except CheckpointError as error:
        st.warning(said(error))
    coded = models.available(dataset, "codes")
    return names | {
        n: model_title(n) for n in coded if models.card_of(dataset, n).family not in HIDDEN
    }


def cluster(selection: Selection) -> Ids | None:
    """The cluster of each image; None where there are none, and a message says why."""
    try:
        with st.spinner(_("Clustering…")):
            return selection.assigned()
    except methods.CannotCluster as error:
        st.info(said(error))
    except CheckpointError as error:
        st.warning(said(error))
    return None


def table(selection: Selection, assigned: Ids | None) -> None:
    """Agreement of the chosen clustering with the labels, beside the shipped one and baselines."""
    rows = {
        _("chosen above"): None
        if assigned is None
        else methods.scores(assigned, selection.labels())
    }
    rows[_(SHIPPED)] = of_shipped(selection)
    for name, title in ((PIXELS, _("pixels")), (LINEAR, model_title(LINEAR))):
        label = _("k-means on {name}").format(name=title)
        rows[label] = of_baseline(selection, name)
    columns = {_("setting"): list(rows)}
    for place, score in enumerate(SCORES):
        columns[_(score)] = [shown(scores, place) for scores in rows.values()]
    st.table(columns)
    st.caption(
        _(
            "Labels are used for these scores alone: accuracy under the best one-to-one match of "
            "clusters and classes, normalised mutual information, adjusted Rand index. {measured}"
        ).format(measured=measured(selection))
    )


def shown(scores: Scores | None, place: int) -> str:
    """A score with three decimals; n/a where there is none."""
    return _("n/a") if scores is None or math.isnan(scores[place]) else f"{scores[place]:.3f}"


def measured(selection: Selection) -> str:
    """A caption on the images that scores are measured on."""
    text = _("Measured on {count} test images.")
    if image_sets.images(selection.dataset).decoded:
        text = _("Measured on {count} decoded test images.")
    return text.format(count=f"{len(selection.labels()):,}")


def of_shipped(selection: Selection) -> Scores | None:
    """The shipped clustering of the same images, which it was not fitted on."""
    try:
        assigned = cache.shipped(selection.dataset)[: selection.points]
    except CheckpointError:
        return None  # the list of representations shows which file is missing
    return methods.scores(assigned, selection.labels())


def of_baseline(selection: Selection, name: str) -> Scores | None:
    """k-means on the same images, with as many clusters as the shipped setting."""
    try:
        baseline = selection._replace(
            representation=name,
            algorithm="k-means",
            clusters=parametric_umap.clusters(selection.dataset),
        )
        return methods.scores(baseline.assigned(), selection.labels())
    except (methods.CannotCluster, CheckpointError):
        return None


def cluster_names(assigned: Ids) -> list[str]:
    """Names of the clusters, and of the noise points where there are any."""
    count = int(assigned.max(initial=NOISE)) + 1
    names = [_("cluster {number}").format(number=number + 1) for number in range(count)]
    return [*names, _("noise points")] if (assigned == NOISE).any() else names


def scatter(selection: Selection, assigned: Ids) -> None:
    """The two-dimensional map of the images, coloured by cluster or by label."""
    options = {"cluster": _("Cluster"), "label": _("Label")}
    by = controls.choice(_("Colour by"), options, "colour")
    try:
        plane = cache.plane(selection.dataset)
    except CheckpointError:
        st.info(_("The map needs the shipped clustering, which is missing."))
        return
    no_webgl = webgl_missing()
    ids = np.arange(min(len(assigned), MAX_SVG_POINTS if no_webgl else len(assigned)))
    names = cluster_names(assigned)
    groups = np.where(assigned == NOISE, len(names) - 1, assigned)
    if by == "label":
        names = [_(name) for name in datasets.DATASETS[selection.dataset].classes]
        groups = selection.labels()
    figure = latent_scatter(plane[ids], groups[ids], ids, names, ("", ""), webgl=not no_webgl)
    alt = _("Map of {count} test images, a colour and a marker for each group").format(
        count=len(ids)
    )
    with st.container(gap=None):
        chart(figure, key=CHART, alt=alt)
        hover_picture(CHART, image_sets.sprites(selection.dataset))
    st.caption(
        _(
            "The map is the shipped UMAP of the {name} code, whatever representation is chosen "
            "above. Neighbouring points are similar images; large distances mean little."
        ).format(name=model_title(parametric_umap.code_name(selection.dataset)))
    )


def confusion(selection: Selection, assigned: Ids) -> None:
    """The confusion matrix of clusters and labels."""
    classes = [_(name) for name in datasets.DATASETS[selection.dataset].classes]
    counts = methods.confusion(assigned, selection.labels(), len(classes))
    title = _("Number of images by cluster (rows) and label (columns)")
    st.markdown(f"**{title}**")
    figure = confusion_map(counts, cluster_names(assigned), classes)
    chart(figure, key="confusion", alt=title)


def members(selection: Selection, assigned: Ids) -> None:
    """Of each cluster the images nearest to its mean, and the farthest from it."""
    rows = cache.vectors(selection.dataset, selection.representation)[: selection.points]
    distances = methods.distances_to_mean(rows, assigned)
    counts = methods.confusion(
        assigned, selection.labels(), len(datasets.DATASETS[selection.dataset].classes)
    )
    typical: list[Row] = []
    atypical: list[Row] = []
    for number, label in enumerate(cluster_names(assigned)):
        if number == int(assigned.max(initial=NOISE)) + 1:
            break  # noise points have no mean
        near, far = methods.members(distances, assigned, number, TYPICAL)
        note = majority(selection.dataset, counts[number])
        typical.append(images_row(selection.dataset, label, near, note))
        if len(far):
            atypical.append(images_row(selection.dataset, label, far[:ATYPICAL], ""))
    left, right = st.columns([3, 2], gap="large")
    for column, name, sheet in (
        (left, _("Nearest to the cluster mean"), typical),
        (right, _("Farthest from the cluster mean"), atypical),
    ):
        with column:
            st.markdown(f"**{name}**")
            picture_sheet(sheet, key="typical" if sheet is typical else "odd", largest=56)


def images_row(dataset: str, label: str, ids: Ids, note: str) -> Row:
    """Some test images in a row."""
    alt = _("Test images of {name}").format(name=label)
    return Row(label, image_sets.images(dataset).pixels[ids], note=note, alt=alt)


def majority(dataset: str, counts: Sequence[int] | Ids) -> str:
    """Size of a cluster, and its most frequent label."""
    total, label = int(np.sum(counts)), int(np.argmax(counts))
    return _("{count} images, {share:.0%} of class {name}").format(
        count=total, share=counts[label] / total, name=_(datasets.DATASETS[dataset].classes[label])
    )
