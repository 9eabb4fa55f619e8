"""One word for one idea: words that the glossary replaces stand in no English text.

A word is banned as a word, so that "judge" is found and "judgement" is not. The list has those
of the glossary that no other meaning needs.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

from ae_models.__main__ import parser
from ae_models.artifacts.card import FAMILIES
from ae_models.artifacts.titles import title
from ae_models.training.recipes import RECIPES

ROOT = Path(__file__).resolve().parents[3]
FENCED = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)

# Pattern of what is banned -> what to say.
BANNED = {
    r"told (right|wrong)": "accuracy; misclassified",
    r"(is|are|was|must be) told": "class-conditional; given",
    r"told (all|the) (labels?|blur|truth)": "class-conditional; known PSF",
    r"other samplers": "generative",
    r"behind the scenes": "auxiliary",
    r"restorers?": "restoration model",
    r"strange(st)?|strangeness": "anomalies, anomaly score",
    r"(normal|strange) (is|are)": "normal class; anomaly source",
    r"both marks": "combined score",
    r"false alarms?": "false positives",
    r"pictures as": "representation",
    r"nearest pictures": "k-NN",
    r"numbers in the code": "latent dimension",
    r"(is|are|was|were) charged|charges?": "weight, penalty",
    r"invent(s|ed|ing)?": "generated, prior samples",
    r"nudg(e|es|ed|ing)": "perturbation",
    r"feels?|felt": "sensitivity",
    r"spreads": "RMS distance from the mean",
    r"busy|busiest": "activation rate",
    r"loudest|speaks?": "top-activating images; active",
    r"missing parts": "inpainting",
    r"gets? them (whole|clean)": "restoration, denoising",
    r"made (images|ones)": "synthetic images",
    r"moved and turned": "affine augmentation",
    r"learners?|learns on": "classifier, features",
    r"stand(s|ing)? by": "unlabelled pool",
    r"draw number": "split (seed); sample seed",
    r"take away|takes away|taken away": "download, export; remove",
    r"is it copying": "memorisation check",
    r"off by": "mean absolute error",
    r"stor(y|ies)": "preset",
    r"go(es)? on": "resume, continue",
    r"schedule of the rate": "learning-rate schedule",
    r"straight line|arc|arcs": "linear (lerp), spherical (slerp)",
    r"walk(s|ed|ing)?": "latent traversal, interpolation",
    r"(direction|directions) \{?\w*number": "PC n",
    r"the judge(['’]s)?|judges?|judged": "reference classifier",
    r"damag(e|es|ed|ing) (images?|pictures?|kind|the input)": "corruption",
    r"our own codes": "bundled gallery (decoded images)",
    r"decoded pictures": "decoded images",
    r"films?": "animation",
    r"straw man|ghost|handwriting or a hundred": "plain words",
    r"house|crowds?|shelf|shelves|wish(es)?|bills?": "no metaphors",
}


def ui_texts() -> list[str]:
    """All English texts that the code marks for translation, as `make texts` takes them."""
    found = extract_from_dir(
        ROOT,
        method_map=[
            ("app.py", "python"),
            *((f"{folder}/**.py", "python") for folder in ("ae_models", "pages", "ui")),
        ],
        keywords=DEFAULT_KEYWORDS | {"N_": None},
    )
    return sorted({text for _file, _line, text, _notes, _context in found if isinstance(text, str)})


def learn_texts() -> list[str]:
    """Every string of the Learn path and its timeline except keys of controls."""
    texts: list[str] = []

    def collect(value: object) -> None:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key not in ("id", "picture", "page", "query", "of"):
                    collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)

    for name in ("learn", "timeline"):
        collect(tomllib.loads((ROOT / "locales" / "en" / f"{name}.toml").read_text("utf-8")))
    return texts


def readme_texts() -> list[str]:
    """The English README without its code."""
    return FENCED.sub("", (ROOT / "README.md").read_text("utf-8")).split("\n\n")


def command_line_texts() -> list[str]:
    """The help of the command line and of each command."""
    top = parser()
    (commands,) = (a for a in top._actions if isinstance(a.choices, dict))
    assert isinstance(commands.choices, dict)
    return [top.format_help(), *(each.format_help() for each in commands.choices.values())]


def titles() -> list[str]:
    """What models and families are called."""
    return [*(str(title(name)) for name in RECIPES), *FAMILIES.values()]


SOURCES = {
    "screen": ui_texts,
    "learn": learn_texts,
    "readme": readme_texts,
    "command line": command_line_texts,
    "titles": titles,
}


def found_in(text: str) -> dict[str, str]:
    """The banned words of a text, each with what to say instead."""
    hits = {pattern: re.search(rf"\b(?:{pattern})", text, re.IGNORECASE) for pattern in BANNED}
    whole = {
        hit[0]: BANNED[pattern]
        for pattern, hit in hits.items()
        if hit and not text[hit.end() : hit.end() + 1].isalpha()
    }
    return whole


@pytest.mark.parametrize("source", SOURCES)
def test_no_text_has_a_banned_word(source: str) -> None:
    texts = SOURCES[source]()
    assert texts
    wrong = [f"{text!r}: {found}" for text in texts if (found := found_in(text))]
    assert not wrong, f"{len(wrong)} texts, say it as the glossary does:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    "text",
    ["What the judge sees", "Told wrong by", "Strange are", "A film", "Straight line", "An arc"],
)
def test_banned_words_are_found(text: str) -> None:
    assert found_in(text)


@pytest.mark.parametrize(
    "text",
    ["Batch size", "in your judgement", "a filmstrip", "search", "history", "Accuracy", "archive"],
)
def test_other_words_that_contain_them_are_not(text: str) -> None:
    assert not found_in(text)
