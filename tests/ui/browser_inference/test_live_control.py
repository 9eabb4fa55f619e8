"""What a component of the browser reports is checked before a page takes it over."""

from types import SimpleNamespace

import pytest
import streamlit as st

from ui.browser_inference import browser_model
from ui.browser_inference.browser_model import BrowserModel
from ui.browser_inference.live_control import Stops, moved, reported
from ui.browser_inference.live_denoising import _note_failures

STRENGTH = Stops(least=0.0, limit=1.0, step=0.01, key_step=0.05)
PLANE = Stops(limit=4.0, step=0.01, key_step=0.1)


def sent(**report: object) -> SimpleNamespace:
    """The state of a component that has reported this."""
    return SimpleNamespace(moved=report)


def test_values_are_put_on_the_stops() -> None:
    assert moved(sent(values=[0.3700001]), 1, STRENGTH) == [0.37]
    assert moved(sent(values=[-4, 1.236]), 2, PLANE) == [-4.0, 1.24]
    assert moved(sent(values=[0, 1]), 2, STRENGTH) == [0.0, 1.0]


@pytest.mark.parametrize(
    "values",
    [None, 0.5, [], [0.5, 0.5], ["0.5"], [True], [None], [-0.01], [1.01], [float("nan")], [[0.5]]],
)
def test_values_that_no_slider_gives_are_passed_over(values: object) -> None:
    assert moved(sent(values=values), 1, STRENGTH) is None


@pytest.mark.parametrize("state", [None, SimpleNamespace(moved=None), SimpleNamespace(moved=[0.5])])
def test_a_component_that_has_reported_nothing(state: object) -> None:
    assert moved(state, 1, STRENGTH) is None
    assert reported(state) == 0


def test_moves_are_counted_as_the_browser_counts_them() -> None:
    assert reported(sent(values=[0.5], seq=3)) == 3
    assert reported(sent(values=[0.5], seq="3")) == 0


@pytest.mark.parametrize(
    ("report", "failed"),
    [
        ({"kind": "model", "models": ["mnist/unet"]}, {"mnist/unet"}),
        ({"kind": "runtime", "models": []}, {browser_model.RUNTIME}),
        ({"kind": "model", "models": ["mnist/other", 5]}, set()),
        ({"kind": "model"}, set()),
        ("runtime", set()),
    ],
)
def test_a_failure_is_noted_of_models_on_the_page_alone(
    monkeypatch: pytest.MonkeyPatch, report: object, failed: set[str]
) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    models = [
        BrowserModel(key=f"mnist/{name}", graphs={}, external=[], bytes=0)
        for name in ("unet", "conv")
    ]
    _note_failures(report, models)
    assert state.get(browser_model.FAILED, set()) == failed
