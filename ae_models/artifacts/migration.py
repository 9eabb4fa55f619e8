"""Brings cards and studies of earlier versions into today's form without measuring again.

Until version 1.0 a figure was stored under a phrase ("psnr at Gaussian 0.5"), the phases of a
training were a sentence, and every epoch repeated the sentence of its phase. `migrated` gives
the same figures under `Metric` keys and the same settings as `PhaseRecord`s. A record in
the current form is unchanged, except for names that have changed since: add a
renamed field of a configuration to `CONFIG_NAMES`, a renamed field of a card to `CARD_NAMES`,
a renamed part of a model to `PART_NAMES`, a renamed loss term to `TERM_NAMES`, a renamed
method of a study to `METHOD_NAMES` and the wording of its settings to `SETTING_TEXTS`, then run
`python -m ae_models migrate`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ae_models.artifacts.card import CHECKPOINTS, Card
from ae_models.artifacts.phase_record import CorruptionRecord, PhaseRecord
from ae_models.artifacts.study import Study
from ae_models.metric_key import Metric

Record = dict[str, Any]

# Today's names by the earlier ones; of configurations by variant.
CARD_NAMES = {"lent": "inherited"}
CONFIG_NAMES = {
    "cvae": {"legibility": "class_weight"},
    "cvae-attributes": {"legibility": "class_weight", "obedience": "attribute_weight"},
    "gan": {"auxiliary": "class_weight", "slope": "r1_weight", "memory": "ema_decay"},
}
PART_NAMES = {"reader": "auxiliary classifier"}
TERM_NAMES = {"slope": "r1"}
# Of studies, by their name: methods in figures, the wording of settings (the first that fits goes
# first), and names in data files, as they stand in their JSON.
METHOD_NAMES = {
    "anomaly": {
        "autoencoder": "combined score",
        "redrawing alone": "reconstruction error",
        "code alone": "latent k-NN distance",
        "PCA-32 error": "PCA-32 reconstruction error",
        "nearest pictures": "pixel k-NN distance",
    },
    "augmentation": {"own": "own CVAE"},
}
SETTING_TEXTS: dict[str, dict[str, str]] = {
    "anomaly": {
        "pictures of half the size": "images at half resolution",
        "units that sees 3 squares of 3 to 6 pixels covered": (
            "units, trained with 3 squares of 3 to 6 pixels masked"
        ),
        "nearest of 1500 codes": "nearest neighbours among 1500 codes",
    },
    "augmentation": {
        "images a class": "images per class",
        " draws of ": " splits of ",
        "made ones for each": "synthetic images per real image",
        "4 numbers": "latent dimension 4",
        "moved: up to 2 pixels and 10 degrees": (
            "affine: shifts up to 2 pixels, rotations up to 10 degrees"
        ),
    },
    "clusters": {
        "groups of an image and of a changed view of it tell more of each other "
        "(mutual information)": (
            "clusters of an image and of a transformed view of it have the higher mutual "
            "information"
        ),
        "numbers: the": "dimensions: the",
        "least distance": "minimum distance",
        "normals on the 10, the likeliest of 8": (
            "Gaussians on the 10, of 8 starts the one of highest likelihood"
        ),
        "layers of 256 learns both maps and": "layers of 256 units fits both embeddings and",
    },
    "few-labels": {
        "10 draws": "10 splits",
        "labels in all, as many a class": "labels in total, equally many of each class",
        "where 6000 images give the patches": "the patches fitted on 6000 images",
        "labels spread over": "label spreading over",
        "classes weighed even": "balanced classes",
        "weights tuned": "weights fine-tuned",
        "codes together": "concatenated codes",
    },
    "restoration": {"trained further on one damage": "fine-tuned on one corruption"},
    "segmentation": {
        "laid over as many garments, anew": "overlaid on as many garments, drawn anew",
        "cross-entropy and overlap": "cross-entropy and soft IoU loss",
    },
}
FILE_NAMES = {
    "augmentation": {
        '"own":': '"own CVAE":',
        '"told":{': '"shipped CVAE":{',
        '"moved":': '"affine":',
        '"made":': '"synthetic":',
        '"told":': '"shipped_labels":',
    },
}

# How the phrases of figures were built: the first form that fits a whole phrase gives its metric.
KIND, VALUE, NAME = r"(?P<kind>.+)", r"(?P<value>[\d.]+)", r"(?P<name>.+)"
PHRASES: tuple[tuple[str, Callable[[dict[str, str]], Metric]], ...] = (
    (r"(?P<name>mse|psnr|ssim|accuracy|agreement|diversity|frechet|kl|perplexity|bits)",
     lambda m: Metric(m["name"])),
    (rf"psnr at {KIND} {VALUE}",
     lambda m: Metric("psnr", corruption=m["kind"], strength=float(m["value"]))),
    (r"mse of random pixels", lambda m: Metric("mse", condition="random_pixels")),
    (r"psnr of hidden half", lambda m: Metric("psnr", condition="hidden_patches")),
    (rf"psnr of hidden half, {NAME}",
     lambda m: Metric("psnr", method=m["name"], condition="hidden_patches")),
    (r"psnr_8_bit", lambda m: Metric("psnr", condition="8_bit_codes")),
    (r"frechet_floor", lambda m: Metric("frechet", condition="real_halves")),
    (r"alive", lambda m: Metric("active_dimensions")),
    (r"active units", lambda m: Metric("active_units")),
    (r"bits without prior", lambda m: Metric("bits", condition="without_prior")),
    (r"(?P<name>\w+) error", lambda m: Metric("attribute_error", attribute=m["name"])),
    (r"(?P<name>\w+) error, not asked",
     lambda m: Metric("attribute_error", attribute=m["name"], condition="not_requested")),
    (r"partner found", lambda m: Metric("contrastive_accuracy")),
    (r"comparison", lambda m: Metric("contrastive_loss")),
    (rf"iou, {NAME}", lambda m: Metric("iou", method=m["name"])),
    (rf"auroc {VALUE}", lambda m: Metric("auroc", method="autoencoder", label=int(m["value"]))),
    (rf"mean auroc, {NAME}", lambda m: Metric("auroc", method=m["name"], aggregate="classes")),
    (rf"auroc against {KIND}, {NAME}",
     lambda m: Metric("auroc", method=m["name"], source=m["kind"])),
    (rf"(?P<kind>accuracy|nmi|ari), {NAME}", lambda m: _clustering(m["kind"], m["name"])),
    (rf"{KIND} {VALUE}: {NAME}",
     lambda m: _restoration(m["kind"], float(m["value"]), m["name"])),
    (r"nothing added", lambda m: Metric("accuracy", synthetic_per_real=0)),
    (rf"own CVAE, {VALUE} times",
     lambda m: Metric("accuracy", method="own", synthetic_per_real=int(m["value"]))),
    (rf"(?P<kind>RBF SVM|logistic regression|label spreading|fine-tuned net), {NAME}",
     lambda m: Metric("accuracy", method=m["kind"], representation=m["name"])),
)  # fmt: skip


def migrate(root: Path = CHECKPOINTS) -> list[Path]:
    """Rewrite every card and study below a folder that is not in today's form; which were."""
    changed = []
    for path in sorted([*root.glob("*/*/card.json"), *root.glob("*/*/study.json")]):
        before = path.read_text(encoding="utf-8")
        record = migrated(json.loads(before))
        for file in record.get("files", ()) if path.name == "study.json" else ():
            record["files"][file] = _file(path.parent / file, record["name"])
        form = Card if path.name == "card.json" else Study
        after = form.model_validate(record).model_dump_json(indent=1) + "\n"
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


def _file(path: Path, study: str) -> str:
    """Rewrite the names in a study's JSON file; its sha256. Other files stay as they are."""
    content = path.read_bytes()
    if path.suffix == ".json" and study in FILE_NAMES:
        content = _replaced(content.decode(), FILE_NAMES[study]).encode()
        path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def migrated(record: Record) -> Record:
    """A card or a study, as JSON, in today's form. Raises `ValueError` for what is in none."""
    found: Record = {}
    for name, value in record.items():
        if name == "recipe":
            found["phases"] = [phase.model_dump(mode="json") for phase in phases(value)]
        elif name in ("test", "check") and value is not None:
            found[name] = value | {"values": _figures(value["values"], "value")}
        elif name == "spread":
            found[name] = _figures(value, "values")
        elif name == "history":
            found[name] = [
                epoch | {"phase": _number(epoch["phase"]), "loss": _terms(epoch["loss"])}
                for epoch in value
            ]
        else:
            found[CARD_NAMES.get(name, name)] = value
    if "config" in found:
        names = CONFIG_NAMES.get(found["variant"], {})
        found["config"] = {names.get(key, key): value for key, value in found["config"].items()}
    if "method" in found:  # of a study
        names = METHOD_NAMES.get(found["name"], {})
        for figures in (found.get("test"), found.get("check")):
            for figure in figures["values"] if figures else ():
                if figure.get("method") in names:
                    figure["method"] = names[figure["method"]]
        found["method"] = _replaced(found["method"], SETTING_TEXTS.get(found["name"], {}))
    for phase in found.get("phases", ()):
        if "part" in phase:
            phase["part"] = PART_NAMES.get(phase["part"], phase["part"])
    return found


def _terms(loss: dict[str, float]) -> dict[str, float]:
    """The loss of an epoch by today's names of its terms."""
    return {TERM_NAMES.get(name, name): value for name, value in loss.items()}


def metric(phrase: str) -> Metric:
    """The metric of an old phrase. Raises `ValueError` for one that was never used."""
    for form, made in PHRASES:
        if match := re.fullmatch(form, phrase):
            return made(match.groupdict())
    raise ValueError(f"no metric was called {phrase!r}")


def phases(text: str) -> list[PhaseRecord]:
    """The phases that a card described as a sentence. Raises `ValueError` for another sentence."""
    parts = text.split("; then ")
    if parts[0].startswith("the weights of "):  # the card's origin says so as well
        parts = parts[1:]
    return [_phase(part) for part in parts]


def _replaced(text: str, names: dict[str, str]) -> str:
    for earlier, now in names.items():
        text = text.replace(earlier, now)
    return text


def _figures(values: Any, key: str) -> Any:
    if isinstance(values, list):  # today's form
        return values
    return [metric(phrase).record() | {key: value} for phrase, value in values.items()]


def _number(phase: str | int) -> int:
    return phase if isinstance(phase, int) else int(phase.partition(".")[0])


def _clustering(score: str, setting: str) -> Metric:
    measure = "clustering_accuracy" if score == "accuracy" else score
    algorithm, on, representation = setting.partition(" on ")
    if not on:
        return Metric(measure, method="shipped setting")
    return Metric(measure, method=algorithm, representation=representation)


def _restoration(kind: str, strength: float, method: str) -> Metric:
    few = method not in ("damaged", "blind", "specialist")  # classical methods take long
    return Metric(
        "psnr",
        method={"damaged": "input"}.get(method, method.removesuffix(", few")),
        corruption=kind,
        strength=strength,
        condition="first_images" if few else "",
    )


def _phase(text: str) -> PhaseRecord:
    """One phase, "24 epochs of Adam towards the image, learning rate 0.002, batch 128, ..."."""
    begun = re.fullmatch(
        r"(\d+) epochs of ([\w+ ]+?)(?: on the ([^,]+)| towards the (image|label)|"
        r"(, discriminator against generator)), (.+)",
        text,
    )
    if begun is None:
        return PhaseRecord(kind="closed form", name=text)
    epochs, optimizer, part, target, adversarial, rest = begun.groups()
    settings: Record = {"kind": "adversarial" if adversarial else "gradient"}
    settings |= {"epochs": int(epochs), "optimizer": optimizer}
    settings |= {"part": part} if part else {"target": target} if target else {}
    for setting in rest.split(", "):
        settings |= _setting(setting)
    return PhaseRecord(**settings)


SETTINGS: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
    (r"batch (\d+)", "batch_size", int),
    (r"weight decay ([\d.e-]+)", "weight_decay", float),
    (r"input with (.+)", "corruptions", lambda text: tuple(map(_corruption, text.split(" or ")))),
    (r"drawn anew for each of (\d+) parts of a batch", "chunks", int),
    (r"shifted by up to (\d+) pixels", "shift", int),
    (r"(mirrored) half of the time", "flip", bool),
    (r"half of the batches blurred by up to ([\d.]+) pixels", "blur", float),
    (r"(float32|bfloat16)", "precision", str),
)


def _setting(text: str) -> Record:
    if rate := re.fullmatch(r"learning rate ([\d.e-]+)(?: \((.+)\))?", text):
        schedule = {"schedule": rate[2]} if rate[2] else {}
        return {"learning_rate": float(rate[1])} | schedule
    for form, name, parsed in SETTINGS:
        if match := re.fullmatch(form, text):
            return {name: parsed(match[1])}
    raise ValueError(f"no phase has the setting {text!r}")


def _corruption(text: str) -> CorruptionRecord:
    match = re.fullmatch(r"(.+?)(?: noise)? ([\d.]+)(?: to ([\d.]+))?", text)
    if match is None:
        raise ValueError(f"no input was {text!r}")
    kind, low, high = match.groups()
    return CorruptionRecord(kind=kind, min=float(low), max=float(high) if high else None)
