"""The typed key under which a card or a study stores a figure, and what each measure is called.

A `Metric` says what was measured and under which circumstances. It is stored as a JSON object of
its fields and compared by them: no name of a metric is built or parsed as text. Needs no torch,
as cards are read before torch is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, fields
from typing import Any, NamedTuple

from ae_models.i18n import N_, Sentence


class Measure(NamedTuple):
    """How the figures of one measure are shown."""

    title: str
    format: str  # of the value, as in `format(value, ".3f")`
    unit: str = ""  # after the value; "" for a ratio or a count


MEASURES: dict[str, Measure] = {
    "mse": Measure(N_("MSE"), ".4f"),
    "psnr": Measure(N_("PSNR"), ".1f", N_("dB")),
    "ssim": Measure(N_("SSIM"), ".3f"),
    "accuracy": Measure(N_("accuracy"), ".2%"),
    "agreement": Measure(N_("agreement with the reference classifier"), ".1%"),
    "diversity": Measure(N_("diversity"), ".2f"),
    "frechet": Measure(N_("Fréchet distance"), ".1f"),
    "kl": Measure(N_("KL divergence"), ".1f", N_("nats")),
    "active_dimensions": Measure(N_("active dimensions"), ".0f"),
    "active_units": Measure(N_("active units"), ".1f"),
    "perplexity": Measure(N_("perplexity of the codebook"), ".1f"),
    "bits": Measure(N_("code length"), ".1f", N_("bits")),
    "attribute_error": Measure(N_("mean absolute error"), ".3g"),
    "clustering_accuracy": Measure(N_("clustering accuracy"), ".3f"),
    "nmi": Measure(N_("NMI"), ".3f"),
    "ari": Measure(N_("ARI"), ".3f"),
    "auroc": Measure(N_("AUROC"), ".3f"),
    "iou": Measure(N_("IoU"), ".2f"),
    "contrastive_accuracy": Measure(N_("contrastive accuracy"), ".1%"),
    "contrastive_loss": Measure(N_("contrastive loss"), ".3f", N_("nats")),
}
# What is special about a measurement, beyond the fields that say it by themselves.
CONDITIONS: dict[str, str] = {
    "random_pixels": N_("images of random pixels"),
    "hidden_patches": N_("hidden half of the patches"),
    "first_images": N_("first 300 images"),
    "8_bit_codes": N_("codes of 8 bits a number"),
    "real_halves": N_("two halves of the real images"),
    "not_requested": N_("not requested"),
    "without_prior": N_("without the prior"),
}
# Over what several figures are averaged.
AGGREGATES = {"classes": N_("classes")}
# The terms of losses that trainings record epoch by epoch, beside the measures.
TERMS: dict[str, str] = {
    "reconstruction": N_("reconstruction"),
    "cross-entropy": N_("cross-entropy"),
    "kl": N_("KL divergence"),
    "jacobian": N_("Jacobian penalty"),
    "l1": N_("L1 penalty"),
    "class": N_("class, auxiliary classifier"),
    "attributes": N_("attributes"),
    "prior": N_("prior"),
    "codebook": N_("codebook"),
    "commitment": N_("commitment"),
    "discriminator": N_("discriminator"),
    "generator": N_("generator"),
    "r1": N_("R1 penalty"),
    "generated class": N_("class of generated images"),
    "real": N_("score of real images"),
    "generated": N_("score of generated images"),
    "overlap": N_("overlap"),
}


@dataclass(frozen=True)
class Metric:
    """What a figure is of.

    Raises `ValueError` for a measure, an aggregate or a condition that is not listed.
    """

    measure: str  # a key of MEASURES
    _: KW_ONLY
    method: str = ""  # what was measured, where it is not the card's own model
    representation: str = ""  # the input of that method: features, or a model whose codes it gets
    corruption: str = ""  # of the input, a key of CORRUPTIONS
    strength: float | None = None  # of the corruption
    attribute: str = ""  # a measured attribute of images
    label: int | None = None  # the class that it is about
    source: str = ""  # the data set that anomalies are from
    aggregate: str = ""  # over what several figures were averaged, a key of AGGREGATES
    synthetic_per_real: int | None = None  # images added to the training set
    condition: str = ""  # a key of CONDITIONS

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise ValueError(f"there is no measure {self.measure!r}")
        if self.condition and self.condition not in CONDITIONS:
            raise ValueError(f"there is no condition {self.condition!r}")
        if self.aggregate and self.aggregate not in AGGREGATES:
            raise ValueError(f"there is no aggregate {self.aggregate!r}")

    def record(self) -> dict[str, Any]:
        """The fields that are set, as they are stored: `Metric(**metric.record()) == metric`."""
        named = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in named if value not in ("", None)}

    def title(self, named: Callable[[str], str] = str) -> Sentence:
        """The measure and its circumstances, in English that a page can translate.

        `named` gives the display title of a model's key, where a method or a representation is one.
        """
        return Sentence("{measure}{details}", measure=self._named(), details=self._details(named))

    def shown(self, value: float) -> Sentence:
        """A value in the measure's format, with its unit."""
        measure = MEASURES[self.measure]
        text = format(value, measure.format)
        return Sentence(
            "{value} {unit}" if measure.unit else "{value}", value=text, unit=measure.unit
        )

    def _named(self) -> Sentence | str:
        title = MEASURES[self.measure].title
        if self.attribute:
            return Sentence(N_("{measure} of {attribute}"), measure=title, attribute=self.attribute)
        return title

    def _details(self, named: Callable[[str], str]) -> Sentence | str:
        """What else is set, each after a comma."""
        found: Sentence | str = ""
        for detail in self._each_detail(named):
            found = Sentence("{before}, {detail}", before=found, detail=detail)
        return found

    def _each_detail(self, named: Callable[[str], str]) -> Iterable[str]:
        if self.method:
            yield named(self.method)
        if self.representation:
            yield Sentence(N_("on {representation}"), representation=named(self.representation))
        if self.corruption:
            strength = f"{self.strength:g}" if self.strength is not None else ""
            yield Sentence("{corruption} {strength}", corruption=self.corruption, strength=strength)
        if self.label is not None:
            yield Sentence(N_("class {label}"), label=self.label)
        if self.source:
            yield Sentence(N_("anomalies from {dataset}"), dataset=self.source)
        if self.aggregate:
            yield Sentence(N_("mean over {group}"), group=AGGREGATES[self.aggregate])
        if self.synthetic_per_real is not None:
            yield Sentence(
                N_("{count} synthetic for each real image"), count=self.synthetic_per_real
            )
        if self.condition:
            yield CONDITIONS[self.condition]


def term_title(name: str) -> str:
    """What a recorded term of a loss, or a figure on validation images, is called."""
    return TERMS.get(name) or (MEASURES[name].title if name in MEASURES else name)


def rounded(values: Mapping[Metric, float]) -> dict[Metric, float]:
    """Six digits of each figure, as cards and studies store them."""
    return {metric: float(f"{value:.6g}") for metric, value in values.items()}


def to_records(values: Mapping[Metric, float | list[float]], key: str) -> list[dict[str, Any]]:
    """Figures by metric as JSON objects: the fields of each metric, and its value under a key."""
    return [metric.record() | {key: value} for metric, value in values.items()]


def from_records(records: Iterable[Mapping[str, Any]], key: str) -> dict[Metric, Any]:
    """The inverse of `to_records`. Raises `ValueError` for what it cannot have written."""
    found: dict[Metric, Any] = {}
    for record in records:
        left = dict(record)
        try:
            value = left.pop(key)
            metric = Metric(**left)
        except (KeyError, TypeError) as error:
            raise ValueError(f"{record} is no figure") from error
        if metric in found:
            raise ValueError(f"{record} is given twice")
        found[metric] = value
    return found
