"""Models that run in the browser: pictures follow a control, and the server hears of its end.

The runtime is installed by `python -m ui.browser_inference.install`; without it these tests are
skipped, and fail where CI is set.
"""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, Locator, Page, expect

from ae_models import datasets, inference
from ae_models.images.noise import NOISES
from ae_models.metrics import psnr
from ae_models.tasks import interpolation, projection
from tests.browser.looking import PATIENCE, copied_link, pictures, repainted, revision, settled
from ui.browser_inference import runtime_files
from ui.browser_inference.arrays import random_field
from ui.cache import latent, models

PLANE = "latent_space?model=vae-2d&points=500"
MAP = "latent_space?model=vae&axes=pca&points=500"
pytestmark = pytest.mark.usefixtures("runtime")
SIDE_BY_SIDE = 1  # grey levels: of rounding, between two ways to add up the same numbers


def handle(page: Page) -> Locator:
    """The handle on the map of codes."""
    return page.get_by_role("slider", name="Code on the map")


def traversal(page: Page) -> Locator:
    """The part that moves the code which is shown on the sheet of the handle's page."""
    return page.locator(".traversal")


def opened(page: Page, address: str) -> None:
    """Opens a page of codes and waits until the model can run in it."""
    with page.expect_response(re.compile(r"\.wasm$"), timeout=PATIENCE):
        page.goto(address)
    handle(page).wait_for(timeout=PATIENCE)
    # A frame has no buttons of the page, which `settled` looks for.
    page.wait_for_selector("[data-test-script-state=notRunning]", state="attached")


def shown(page: Page, by: str = "browser") -> list[float]:
    """The values that the picture shows, once the browser (or the server) has computed it."""
    part = page.locator(f".traversal[data-by={by}]").first
    part.wait_for(state="attached", timeout=PATIENCE)
    values: list[float] = json.loads(part.get_attribute("data-shown") or "")
    return values


def grasp(page: Page) -> tuple[float, float]:
    """Presses the mouse on the middle of the handle; where that is."""
    handle(page).scroll_into_view_if_needed()
    box = handle(page).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    return x, y


def drawn(page: Page, values: list[float]) -> None:
    """Waits until the picture of these values is there."""
    wanted = json.dumps(values, separators=(",", ":"))
    expect(page.locator(f".traversal[data-shown='{wanted}']")).to_have_count(1)


def caught_up(page: Page) -> None:
    """Waits until the picture is that of the handle's last place; pointer events come late."""
    deadline = time.monotonic() + PATIENCE / 1000
    part = traversal(page).first
    while json.loads(part.get_attribute("data-shown") or "[]") != said_values(page):
        assert time.monotonic() < deadline, "the picture stayed behind the handle"
        page.wait_for_timeout(50)


def said_values(page: Page) -> list[float]:
    """The first two values as a screen reader hears them."""
    text = handle(page).get_attribute("aria-valuetext") or ""
    found = re.findall(r": (−?[\d.]+)", text)
    return [float(number.replace("−", "-")) for number in found]


def decoded(name: str, z: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What the server makes of a code."""
    x_hat = inference.decode(models.model("mnist", name), torch.from_numpy(z[None]))
    return datasets.to_pixels(x_hat)


def only_picture(page: Page, key: str) -> NDArray[np.int64]:
    ((_label, images),) = pictures(page, key)
    return images.astype(np.int64)


def close(found: NDArray[Any], wanted: NDArray[np.uint8]) -> bool:
    return bool(np.abs(found.astype(int) - wanted.astype(int)).max() <= SIDE_BY_SIDE)


def test_the_picture_follows_the_handle_and_the_server_hears_of_its_end(
    server: str, page: Page, counted: list[Any]
) -> None:
    opened(page, f"{server}/{PLANE}")
    first = only_picture(page, "place")
    x, y = grasp(page)
    before = len(counted)
    page.mouse.move(x + 70, y - 50, steps=25)
    shown(page)
    caught_up(page)
    values = shown(page)
    assert np.abs(values).min() > 0.2
    picture = only_picture(page, "place")
    assert np.abs(picture - first).max() > 50
    assert close(picture, decoded("vae-2d", np.array(values, np.float32)))
    page.mouse.move(x + 40, y + 30, steps=25)
    caught_up(page)
    assert len(counted) == before  # dragging costs the server nothing

    values = shown(page)
    page.mouse.up()
    expect(page).to_have_url(re.compile(rf"x={values[0]:g}.*y={values[1]:g}"))
    settled(page)
    assert len(counted) == before + 1
    fields = (page.get_by_role("spinbutton", name=f"Dimension {n}", exact=True) for n in (1, 2))
    assert [float(field.input_value()) for field in fields] == values
    assert close(only_picture(page, "place"), decoded("vae-2d", np.array(values, np.float32)))


def test_arrow_keys_move_by_one_step_and_a_link_restores_it(
    server: str, page: Page, context: BrowserContext, counted: list[Any]
) -> None:
    opened(page, f"{server}/{PLANE}&x=0.5&y=-1")
    handle(page).focus()
    before = len(counted)
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    assert said_values(page) == [-0.3, -0.9]
    drawn(page, [-0.3, -0.9])
    wanted = decoded("vae-2d", np.array([-0.3, -0.9], np.float32))
    assert close(only_picture(page, "place"), wanted)
    expect(page).to_have_url(re.compile(r"x=-0.3.*y=-0.9"))
    settled(page)
    assert len(counted) == before + 1  # for a row of keys

    other = context.new_page()
    opened(other, copied_link(page))
    assert said_values(other) == [-0.3, -0.9]
    assert close(only_picture(other, "place"), wanted)


def test_on_the_map_the_handle_moves_two_components_and_sliders_all_of_them(
    server: str, page: Page, counted: list[Any]
) -> None:
    opened(page, f"{server}/{MAP}&a=17&d4=-1.3")
    space, origin = latent.principal("mnist", "vae"), latent.codes("mnist", "vae")[17]

    def wanted(steps: list[float]) -> NDArray[np.uint8]:
        return decoded("vae", projection.along(origin, space, np.array(steps, np.float32)))

    x, y = grasp(page)
    before = len(counted)
    page.mouse.move(x - 30, y + 40, steps=20)
    shown(page)
    expect(traversal(page)).to_have_attribute("data-shown", re.compile(r"-1.3,0,0\]"))
    page.wait_for_function(
        """() => {
          const name = "[role=slider][aria-label^='Code on the map']";
          const said = document.querySelector(name).getAttribute("aria-valuetext");
          const numbers = [...said.matchAll(/: (−?[\\d.]+)/g)].map((hit) =>
            Number(hit[1].replace("−", "-")));
          const host = [...document.querySelectorAll("*")].map((e) => e.shadowRoot)
            .find((root) => root?.querySelector(".traversal"));
          const part = (host ?? document).querySelector(".traversal");
          return JSON.parse(part.dataset.shown).slice(0, 2).join() === numbers.join();
        }"""
    )
    values = shown(page)
    assert values[2:] == [0, -1.3, 0, 0]
    assert close(only_picture(page, "traversal"), wanted(values))
    assert len(counted) == before
    page.mouse.up()
    expect(page).to_have_url(re.compile(f"d1={values[0]:g}"))
    settled(page)
    assert close(only_picture(page, "traversal"), wanted(values))

    slider = page.get_by_role("slider", name=re.compile("PC 3"))
    expect(slider).to_have_count(1)  # the server's own is hidden
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    values[2] = 0.2
    drawn(page, values)
    assert slider.get_attribute("aria-valuetext") == "0.20 standard deviations"
    assert close(only_picture(page, "traversal"), wanted(values))
    expect(page).to_have_url(re.compile("d3=0.2"))
    settled(page)

    page.get_by_role("button", name="Reset to 0").click()
    expect(slider).to_have_value("0")
    expect(page).not_to_have_url(re.compile("d3="))
    settled(page)
    assert close(only_picture(page, "traversal"), wanted([0.0] * 6))


def test_two_tabs_do_not_mix(server: str, page: Page, context: BrowserContext) -> None:
    other = context.new_page()
    for tab in (page, other):
        opened(tab, f"{server}/{PLANE}")
    page.bring_to_front()
    x, y = grasp(page)
    page.mouse.move(x + 60, y + 20, steps=10)
    values = said_values(page)
    drawn(page, values)
    page.mouse.up()
    expect(page).to_have_url(re.compile(f"x={values[0]:g}"))
    assert said_values(other) == [0, 0]
    assert "x=" not in other.url
    other.bring_to_front()
    handle(other).press("ArrowUp")
    drawn(other, [0, 0.1])
    assert close(only_picture(other, "place"), decoded("vae-2d", np.array([0, 0.1], np.float32)))
    assert said_values(page) == values


@pytest.mark.parametrize(
    ("loses", "sends"),
    [
        ("delete window.WebAssembly", None),
        ("", re.compile(r"ort-wasm-simd-threaded\.wasm$")),
        ("", re.compile(r"/vae-2d/.*\.onnx$")),
    ],
    ids=["WebAssembly", "runtime", "graph"],
)
def test_what_the_browser_cannot_do_the_server_does(
    server: str, page: Page, loses: str, sends: re.Pattern[str] | None
) -> None:
    if loses:
        page.add_init_script(loses)
    if sends:
        page.context.route(sends, lambda route: route.abort())
    page.goto(f"{server}/{PLANE}&x=1.5&y=-2")
    quiet = "this browser could not run the model"
    expect(page.get_by_text(quiet).first).to_be_visible(timeout=PATIENCE)
    settled(page)
    expect(handle(page)).to_have_count(0)
    before = only_picture(page, "place")
    assert close(before, decoded("vae-2d", np.array([1.5, -2], np.float32)))
    at = revision(page, "place")
    field = page.get_by_role("spinbutton", name="Dimension 1", exact=True)
    field.fill("-1")
    field.press("Enter")
    expect(page).to_have_url(re.compile("x=-1"))
    repainted(page, "place", at)
    assert close(only_picture(page, "place"), decoded("vae-2d", np.array([-1, -2], np.float32)))
    page.get_by_role("slider", name=re.compile("PC 1")).press("ArrowRight")
    expect(page).to_have_url(re.compile("d1=0.1"))


def test_it_works_below_a_path_and_in_a_frame(start_server: Callable[..., str], page: Page) -> None:
    address = start_server({"STREAMLIT_SERVER_BASE_URL_PATH": "below/here"}, "below/here")
    opened(page, f"{address}/below/here/{PLANE}&embed=true")
    handle(page).press("ArrowRight")
    drawn(page, [0.1, 0])
    assert close(only_picture(page, "place"), decoded("vae-2d", np.array([0.1, 0], np.float32)))


def test_a_finger_drags_the_handle(server: str, chromium: Any) -> None:
    visitor = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    try:
        page = visitor.new_page()
        opened(page, f"{server}/{PLANE}")
        handle(page).scroll_into_view_if_needed()
        box = handle(page).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        touch = visitor.new_cdp_session(page)
        for number in range(11):
            kind = "touchMove" if number else "touchStart"
            point = {"x": x + 4 * number, "y": y - 6 * number}
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        caught_up(page)
        values = said_values(page)
        assert values[0] > 0.1 and values[1] > 0.1
        expect(page).to_have_url(re.compile(rf"x={values[0]:g}.*y={values[1]:g}"))
        assert page.evaluate("scrollY") == 0  # the page stayed where it was
    finally:
        visitor.close()


def test_arithmetic_in_the_browser_is_that_of_the_models(server: str, page: Page) -> None:
    page.goto(f"{server}/_stcore/health")
    module = f"{server}/browser_inference/{runtime_files.version()}/ops.js"

    def ops(call: str, *arrays: torch.Tensor) -> torch.Tensor:
        """A call of ops.js with arrays a, b, c."""
        script = f"""async (arrays) => {{
          const ops = await import({json.dumps(module)});
          const [a, b, c] = arrays.map((values) => Float32Array.from(values));
          return Array.from({call});
        }}"""
        return torch.tensor(page.evaluate(script, [each.flatten().tolist() for each in arrays]))

    x = torch.rand((3, 1, 28, 28), generator=torch.Generator().manual_seed(1))
    for name, noise in NOISES.items():
        for strength in (0.0, 0.3, 0.8):
            field = torch.from_numpy(random_field(name, len(x), 7))
            wanted = noise(x, strength, torch.Generator().manual_seed(7))
            found = ops(f"ops.noises[{json.dumps(name)}](a, {strength}, b)", x, field)
            assert torch.allclose(found, wanted.flatten(), atol=1e-6), name
    other = torch.rand(x.shape, generator=torch.Generator().manual_seed(2))
    assert torch.allclose(ops("ops.psnr(a, b)", x, other), psnr(x, other), atol=1e-3)
    start, end = np.random.default_rng(0).normal(size=(2, 16)).astype(np.float32)
    for way, function in (("linear", interpolation.linear), ("spherical", interpolation.spherical)):
        found = ops(f"ops.{way}(a, b, 0.25)", torch.tensor(start), torch.tensor(end))
        assert found.numpy() == pytest.approx(function(start, end, 5)[1], abs=1e-5)
