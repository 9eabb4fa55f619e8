"""The Denoise page in a browser: slider, drawing, and a lost connection."""

import re
import threading

import numpy as np
import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.looking import draw_a_one, pictures, repainted, revision, settled


def test_noise_and_strength_change_the_pictures_beside_the_matrix(server: str, page: Page) -> None:
    page.goto(f"{server}/denoise")
    settled(page)
    before = pictures(page, "denoised")
    page.get_by_role("slider", name="Strength").press("ArrowRight")
    expect(page).to_have_url(re.compile("strength=0.55"))
    settled(page)
    after, at = pictures(page, "denoised"), revision(page, "denoised")
    assert [label for label, _ in after] == [label for label, _ in before]
    for (label, old), (_, new) in zip(before, after, strict=True):
        assert (old == new).all() == (label == "Clean"), label

    matrix = page.locator(".st-key-matrix")
    matrix.scroll_into_view_if_needed()
    expect(matrix.locator(".js-plotly-plot")).to_be_visible()
    expect(matrix.locator(".ytick text").first).to_contain_text("Undercomplete, 32")
    expect(matrix.locator(".heatmap-label").nth(5)).to_be_visible()

    page.get_by_role("radio", name="masking").press("Enter")
    repainted(page, "denoised", at)
    expect(page).to_have_url(re.compile("noise=masking"))


def test_a_drawn_digit_comes_out_reconstructed_and_can_be_undone(server: str, page: Page) -> None:
    page.goto(f"{server}/denoise?source=draw&strength=0&variants=conv&variants=pca-32")
    draw_a_one(page)
    rows = dict(pictures(page, "denoised"))
    clean = rows["Clean"][0].astype(float)
    assert clean.max() > 200 and clean.mean() < 100
    for name in ("Convolutional", "PCA, 32"):
        assert rows[name].shape == (1, 28, 28)
        assert np.corrcoef(clean.ravel(), rows[name][0].ravel())[0, 1] > 0.8, name

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Model input")).to_be_hidden()
    draw_a_one(page)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Model input")).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Model input")).to_be_visible()


@pytest.mark.parametrize("memory", ["server", "without_files"], ids=["kept", "forgotten"])
def test_a_connection_lost_costs_nothing_even_where_the_server_forgot_the_visitor(
    request: pytest.FixtureRequest, page: Page, memory: str
) -> None:
    server = request.getfixturevalue(memory)
    alive: list[WebSocketRoute] = []
    sessions: list[str] = []
    broken = threading.Event()

    def connect(line: WebSocketRoute) -> None:
        if broken.is_set():
            line.close(code=1011)
            return
        alive.append(line)
        other_end = line.connect_to_server()

        def passed_on(message: str | bytes) -> None:
            assert isinstance(message, bytes)
            decoded = ForwardMsg.FromString(message)
            if decoded.WhichOneof("type") == "new_session":
                sessions.append(decoded.new_session.initialize.session_id)
            line.send(message)

        other_end.on_message(passed_on)

    page.route_web_socket(re.compile("_stcore/stream"), connect)
    page.goto(f"{server}/denoise?source=draw&seed=3&variants=conv")
    draw_a_one(page)
    page.get_by_role("slider", name="Strength").press("ArrowRight")
    expect(page).to_have_url(re.compile("strength=0.55"))
    settled(page)
    before = pictures(page, "denoised")

    broken.set()
    for line in alive:
        line.close(code=1011)
    connected = page.locator("[data-test-connection-state=CONNECTED]")
    expect(connected).not_to_be_attached()
    page.wait_for_timeout(5_000 if memory == "server" else 2_000)
    lines = len(alive)
    broken.clear()
    expect(connected).to_be_attached()
    settled(page)
    assert len(alive) > lines
    assert len(set(sessions)) == (1 if memory == "server" else 2)

    for (label, old), (_, new) in zip(before, pictures(page, "denoised"), strict=True):
        assert (old == new).all(), label
    expect(page.get_by_role("slider", name="Strength")).to_have_value("0.55")
    page.get_by_role("slider", name="Strength").press("ArrowLeft")
    expect(page).not_to_have_url(re.compile("strength"))
    settled(page)
    assert (pictures(page, "denoised")[1][1] != before[1][1]).any()


def test_patches_are_hidden_by_keyboard(server: str, page: Page) -> None:
    page.goto(f"{server}/denoise?images=4")
    settled(page)
    page.get_by_role("radio", name="Inpainting").press("Enter")
    page.locator(".st-key-filled canvas").first.wait_for()
    settled(page)
    expect(page).to_have_url(re.compile("damage=missing"))
    at = revision(page, "filled")
    before = pictures(page, "filled")
    page.get_by_role("slider", name="Fraction hidden").press("ArrowRight")
    repainted(page, "filled", at)
    after = pictures(page, "filled")
    assert (before[0][1] == after[0][1]).all()
    assert (before[1][1] != after[1][1]).any()
