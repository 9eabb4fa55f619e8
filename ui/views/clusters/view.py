"""The Clusters page's pieces: what is parted how, how well, and who lies in each part."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae_models import datasets
from ae_models.artifacts.card import CheckpointError
from ae_models.tasks.clustering import methods, parametric_umap
from ae_models.tasks.clustering.methods import LINEAR, MAP, NONE, PIXELS, PLAIN, SHIPPED, Scores
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
TYPICAL, ODD = 8, 4  # pictures of a cluster
MOST_AS_SVG = 1_000
HIDDEN = ("conditional",)  # these codes leave out what they were told: the label
SCORES = (N_("accuracy"), N_("NMI"), N_("ARI"))
Ids = NDArray[np.int64]


class Asked(NamedTuple):
    """What the visitor wants parted, and how."""

    dataset: str
    representation: str
    algorithm: str
    clusters: int
    points: int

    def found(self) -> Ids:
        """Raises `CannotCluster` and `CheckpointError`."""
        return cache.found(*self, SEED)

    def labels(self) -> Ids:
        return image_sets.images(self.dataset).labels[: self.points]


def choose(dataset: str) -> Asked:
    """Representation, algorithm, number of clusters and of pictures."""
    names = representations(dataset)
    rows = controls.pick(
        _("Pictures as"),
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
        width=200,
        bind="query-params",
        disabled=algorithm not in methods.COUNTED,
        help=_("HDBSCAN finds the number itself."),
    )
    points = st.slider(
        _("Pictures"), 500, 5_000, 2_000, 500, key="among", width=200, bind="query-params"
    )
    return Asked(dataset, rows if rows in names else PIXELS, algorithm, number, points)


def representations(dataset: str) -> dict[str, str]:
    """What pictures may be taken as, and what that is called; says so where the map is missing."""
    names = {PIXELS: _("pixels")}
    try:
        cache.plane(dataset)
        code = parametric_umap.code_name(dataset)
        names |= {MAP: _(methods.UMAP_OF).format(name=code), code: model_title(code)}
    except CheckpointError as error:
        st.warning(said(error))
    coded = models.available(dataset, "codes")
    return names | {
        n: model_title(n) for n in coded if models.card_of(dataset, n).family not in HIDDEN
    }


def part(asked: Asked) -> Ids | None:
    """The clusters, computed now; None where there is nothing to part, and it is said why."""
    try:
        with st.spinner(_("Looking for clusters…")):
            return asked.found()
    except methods.CannotCluster as error:
        st.info(said(error))
    except CheckpointError as error:
        st.warning(said(error))
    return None


def table(asked: Asked, found: Ids | None) -> None:
    """How well the chosen way agrees with the labels, beside the shipped setting and baselines."""
    rows = {_("your choice"): None if found is None else methods.scores(found, asked.labels())}
    rows[_(SHIPPED)] = of_shipped(asked)
    for name in (PIXELS, LINEAR):
        label = _("k-means on {name}").format(name=_(name))
        rows[label] = of_baseline(asked, name)
    columns = {_("setting"): list(rows)}
    for place, score in enumerate(SCORES):
        columns[_(score)] = [shown(scores, place) for scores in rows.values()]
    st.table(columns)
    st.caption(
        _(
            "Labels come in here alone: accuracy with the best match of one cluster a class, "
            "normalised mutual information, adjusted Rand index. {measured}"
        ).format(measured=measured(asked))
    )


def shown(scores: Scores | None, place: int) -> str:
    """A score in words; n/a where there is none."""
    return _("n/a") if scores is None or math.isnan(scores[place]) else f"{scores[place]:.3f}"


def measured(asked: Asked) -> str:
    """On which pictures the scores were taken just now."""
    text = _("Measured on {count} test images.")
    if image_sets.images(asked.dataset).decoded:
        text = _("Measured on {count} test images, on decoded pictures.")
    return text.format(count=f"{len(asked.labels()):,}")


def of_shipped(asked: Asked) -> Scores | None:
    """The shipped setting on the same pictures, which it has never seen."""
    try:
        found = cache.shipped(asked.dataset)[: asked.points]
    except CheckpointError:
        return None  # it was said where the representations are listed
    return methods.scores(found, asked.labels())


def of_baseline(asked: Asked, name: str) -> Scores | None:
    """k-means on the same pictures, as many clusters as classes."""
    try:
        plain = asked._replace(
            representation=name,
            algorithm="k-means",
            clusters=parametric_umap.clusters(asked.dataset),
        )
        return methods.scores(plain.found(), asked.labels())
    except (methods.CannotCluster, CheckpointError):
        return None


def cluster_names(found: Ids) -> list[str]:
    """Those of the clusters, and of what is left out where anything is."""
    count = int(found.max(initial=NONE)) + 1
    names = [_("cluster {number}").format(number=number + 1) for number in range(count)]
    return [*names, _("left out")] if (found == NONE).any() else names


def scatter(asked: Asked, found: Ids) -> None:
    """The flat map of the pictures, coloured by cluster or by label."""
    ways = {"cluster": _("Cluster"), "label": _("Label")}
    by = controls.choice(_("Colour by"), ways, "colour")
    try:
        plane = cache.plane(asked.dataset)
    except CheckpointError:
        st.info(_("There is no map without the shipped setting."))
        return
    no_webgl = webgl_missing()
    ids = np.arange(min(len(found), MOST_AS_SVG if no_webgl else len(found)))
    names = cluster_names(found)
    groups = np.where(found == NONE, len(names) - 1, found)
    if by == "label":
        names = [_(name) for name in datasets.DATASETS[asked.dataset].classes]
        groups = asked.labels()
    figure = latent_scatter(plane[ids], groups[ids], ids, names, ("", ""), webgl=not no_webgl)
    alt = _("Map of {count} test images, a colour and a marker a group").format(count=len(ids))
    with st.container(gap=None):
        chart(figure, key=CHART, alt=alt)
        hover_picture(CHART, image_sets.sprites(asked.dataset))
    st.caption(
        _(
            "The map is the shipped UMAP of the {name} code, whatever is chosen above: who lies "
            "side by side is alike; far distances mean little."
        ).format(name=parametric_umap.code_name(asked.dataset))
    )


def confusion(asked: Asked, found: Ids) -> None:
    """Which labels each cluster holds."""
    classes = [_(name) for name in datasets.DATASETS[asked.dataset].classes]
    counts = methods.confusion(found, asked.labels(), len(classes))
    title = _("Clusters (rows) and labels (columns): numbers of images")
    st.markdown(f"**{title}**")
    figure = confusion_map(counts, cluster_names(found), classes)
    chart(figure, key="confusion", alt=title)


def members(asked: Asked, found: Ids) -> None:
    """Of each cluster the pictures nearest to its middle, and the farthest from it."""
    rows = cache.vectors(asked.dataset, asked.representation)[: asked.points]
    away = methods.from_middle(rows, found)
    counts = methods.confusion(found, asked.labels(), len(datasets.DATASETS[asked.dataset].classes))
    typical: list[Row] = []
    odd: list[Row] = []
    for number, label in enumerate(cluster_names(found)):
        if number == int(found.max(initial=NONE)) + 1:
            break  # what is left out has no middle
        near, far = methods.members(away, found, number, TYPICAL)
        note = mostly(asked.dataset, counts[number])
        typical.append(pictures(asked.dataset, label, near, note))
        if len(far):
            odd.append(pictures(asked.dataset, label, far[:ODD], ""))
    left, right = st.columns([3, 2], gap="large")
    for column, name, sheet in (
        (left, _("Typical: nearest to the middle"), typical),
        (right, _("Odd: farthest from it"), odd),
    ):
        with column:
            st.markdown(f"**{name}**")
            picture_sheet(sheet, key="typical" if sheet is typical else "odd", largest=56)


def pictures(dataset: str, label: str, ids: Ids, note: str) -> Row:
    """Some test pictures in a row."""
    alt = _("Test images of {name}").format(name=label)
    return Row(label, image_sets.images(dataset).pixels[ids], note=note, alt=alt)


def mostly(dataset: str, counts: Sequence[int] | Ids) -> str:
    """How many pictures a cluster has, and which label most of them."""
    total, most = int(np.sum(counts)), int(np.argmax(counts))
    return _("{count} pictures, {share:.0%} {name}").format(
        count=total, share=counts[most] / total, name=_(datasets.DATASETS[dataset].classes[most])
    )
