"""The Anomalies page's controls for the normal class and the anomaly source."""

from typing import NamedTuple

from ae_models import datasets
from ae_models.tasks.anomaly.evaluation import ScoredSet
from ui.base.language import _
from ui.views.anomalies import cache
from ui.widgets import controls


class Selection(NamedTuple):
    """Normal class and anomaly source."""

    dataset: str
    normal_class: int | None  # None: all of the data set
    foreign: bool  # anomalies are images of the other data set

    @property
    def normal(self) -> str:
        """The normal class in the visitor's language."""
        if self.normal_class is None:
            return datasets.DATASETS[self.dataset].title
        return _(datasets.DATASETS[self.dataset].classes[self.normal_class])

    def scored_set(self) -> ScoredSet:
        """The test images with their scores."""
        return cache.scored_set(*self)

    def class_name(self, scored: ScoredSet, index: int) -> str:
        """The class of an image in the visitor's language."""
        elsewhere = self.foreign and scored.is_anomaly[index]
        names = datasets.DATASETS[cache.other(self.dataset) if elsewhere else self.dataset].classes
        return _(names[scored.labels[index]])


def choose(dataset: str) -> Selection:
    """Controls for the normal class and the anomaly source."""
    names = {str(c): _(name) for c, name in enumerate(datasets.DATASETS[dataset].classes)}
    names["all"] = _("all of {title}").format(title=datasets.DATASETS[dataset].title)
    normal = controls.choice(
        _("Normal class"),
        names,
        "normal",
        default=str(datasets.DATASETS[dataset].normal_class),
        help=_("The detector was trained on images of this class alone."),
    )
    if normal == "all":
        return Selection(dataset, None, True)
    sources = {
        "classes": _("other classes"),
        "foreign": datasets.DATASETS[cache.other(dataset)].title,
    }
    source = controls.choice(_("Anomaly source"), sources, "strange")
    return Selection(dataset, int(normal), source == "foreign")
