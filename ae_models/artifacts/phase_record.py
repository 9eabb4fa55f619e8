"""One phase of a training as a card stores it, and the words that describe it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

from ae_models.i18n import N_, Sentence

NOISE_TITLES = {  # "noise" is said of these alone
    "Gaussian": N_("Gaussian noise"),
    "salt & pepper": N_("salt & pepper noise"),
    "masking": N_("masking noise"),
    "speckle": N_("speckle noise"),
    "block": N_("block noise"),
}
OBJECTIVES = {
    "image": N_("{epochs} epochs of {optimizer} towards the image"),
    "label": N_("{epochs} epochs of {optimizer} towards the label"),
    "part": N_("{epochs} epochs of {optimizer} on the {part}"),
    "adversarial": N_("{epochs} epochs of {optimizer}, discriminator against generator"),
}


class CompactModel(BaseModel):
    """Stores what differs from the defaults alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_serializer(mode="wrap")
    def _compact(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        found: dict[str, Any] = handler(self)
        defaults = {name: field.default for name, field in type(self).model_fields.items()}
        return {
            name: value for name, value in found.items() if getattr(self, name) != defaults[name]
        }


class CorruptionRecord(CompactModel):
    """A corruption of the input, of one strength or drawn from a range."""

    kind: str  # a key of CORRUPTIONS
    min: float
    max: float | None = None

    def sentence(self) -> Sentence:
        """The kind with its strength."""
        kind = NOISE_TITLES.get(self.kind, self.kind)
        if self.max is None:
            return Sentence(N_("{kind} {min}"), kind=kind, min=f"{self.min:g}")
        return Sentence(
            N_("{kind} {min} to {max}"), kind=kind, min=f"{self.min:g}", max=f"{self.max:g}"
        )


class PhaseRecord(CompactModel):
    """The settings of one phase; a closed form has a name and none of the rest."""

    kind: Literal["gradient", "adversarial", "closed form"]
    name: str = ""
    epochs: int = 1
    target: Literal["image", "label"] = "image"
    part: str = ""  # of the model, trained alone
    optimizer: str = ""
    schedule: str = "one cycle"
    learning_rate: float | None = None
    batch_size: int | None = None
    weight_decay: float = 0.0
    corruptions: tuple[CorruptionRecord, ...] = ()
    chunks: int = 1  # of a batch, each with a corruption of its own
    shift: int = 0
    flip: bool = False
    blur: float = 0.0
    precision: str = ""

    def sentences(self) -> list[Sentence]:
        """Every setting in words, to be joined by commas; English that a page can translate."""
        if self.kind == "closed form":
            return [Sentence(self.name)]  # a text that the recipe marks for translation
        objective = (
            self.kind if self.kind == "adversarial" else "part" if self.part else self.target
        )
        said = [
            Sentence(
                OBJECTIVES[objective], epochs=self.epochs, optimizer=self.optimizer, part=self.part
            ),
            self._rate(),
            Sentence(N_("batch {size}"), size=self.batch_size),
        ]
        if self.weight_decay:
            said.append(Sentence(N_("weight decay {value}"), value=f"{self.weight_decay:g}"))
        if self.corruptions:
            kinds = joined([each.sentence() for each in self.corruptions], N_("{before} or {next}"))
            said.append(Sentence(N_("input with {kinds}"), kinds=kinds))
        if self.chunks > 1:
            said.append(
                Sentence(N_("drawn anew for each of {count} parts of a batch"), count=self.chunks)
            )
        if self.shift:
            said.append(Sentence(N_("shifted by up to {count} pixels"), count=self.shift))
        if self.flip:
            said.append(Sentence(N_("mirrored half of the time")))
        if self.blur:
            said.append(
                Sentence(
                    N_("half of the batches blurred by up to {value} pixels"),
                    value=f"{self.blur:g}",
                )
            )
        return [*said, Sentence("{precision}", precision=self.precision)]

    def _rate(self) -> Sentence:
        rate = f"{self.learning_rate:g}"
        if self.schedule == "one cycle":
            return Sentence(N_("learning rate {rate}"), rate=rate)
        return Sentence(N_("learning rate {rate} ({schedule})"), rate=rate, schedule=self.schedule)


def describe(phase: PhaseRecord) -> Sentence:
    """One phase in words."""
    return joined(phase.sentences(), "{before}, {next}")


def describe_all(phases: Iterable[PhaseRecord], starts_from: str = "") -> Sentence:
    """All phases in words, after the checkpoint whose weights they start from."""
    start = [Sentence(N_("the weights of {name}"), name=starts_from)] if starts_from else []
    return joined([*start, *map(describe, phases)], N_("{before}; then {next}"))


def joined(sentences: list[Sentence], template: str) -> Sentence:
    """Sentences one after the other, two at a time in a template with `before` and `next`."""
    if not sentences:
        return Sentence("")
    first, *others = sentences
    for other in others:
        first = Sentence(template, before=first, next=other)
    return first
