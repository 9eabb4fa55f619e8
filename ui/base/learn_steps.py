"""The steps of the guided path and the events of its timeline, as files a language has."""

from __future__ import annotations

import json
import tomllib
from functools import lru_cache
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ConfigDict

from ui.base.language import DEFAULT, LOCALES


class Try(BaseModel):
    """One thing to try: a page, and the state in which its link opens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    page: str  # a file in pages/, without .py
    query: dict[str, str | list[str]]


class Step(BaseModel):
    """One step: a few sentences, a live picture, a thing to try and a question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str  # stands in the address
    title: str
    text: str
    picture: str  # a key of PICTURES
    try_: Try
    question: str
    answer: str
    maths: str = ""
    of: str = ""  # in a translation: the fingerprint of the English that it was made of


class Event(BaseModel):
    """One step of the field."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int
    title: str
    text: str
    of: str = ""  # as above


@lru_cache(maxsize=8)
def steps(language: str) -> tuple[Step, ...]:
    """The path in a language, in English where there is none."""
    found = _read(language, "learn")["step"]
    return tuple(
        Step(try_=step["try"], **{k: v for k, v in step.items() if k != "try"}) for step in found
    )


@lru_cache(maxsize=8)
def events(language: str) -> tuple[Event, ...]:
    """The timeline in a language, in English where there is none."""
    return tuple(Event(**event) for event in _read(language, "timeline")["event"])


def fingerprint(english: Step | Event) -> str:
    """Eight hex digits that change with what a translator reads of a step or an event."""
    texts = english.model_dump(
        exclude={
            "id": True,
            "picture": True,
            "year": True,
            "of": True,
            "try_": {"page": True, "query": True},
        },
        exclude_defaults=True,  # a field that is new, and left out, makes nothing stale
    )
    return sha256(json.dumps(texts).encode()).hexdigest()[:8]


def _read(language: str, name: str) -> dict[str, Any]:
    path = LOCALES / language / f"{name}.toml"
    if not path.exists():
        path = LOCALES / DEFAULT / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
