"""The latent map in a browser: mouse, touch, keyboard and links."""

import re
import shutil
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import FLAGS, NAMES
from tests.browser.looking import PATIENCE

# Where a point lies on the screen, by the number of its image.
PLACE = """number => {
  const plot = document.querySelector(".js-plotly-plot");
  const { xaxis, yaxis } = plot._fullLayout;
  const box = plot.getBoundingClientRect();
  for (const [{ trace }] of plot.calcdata) {
    const i = Array.from(trace.customdata).indexOf(number);
    if (i < 0) continue;
    return [
      box.left + xaxis._offset + xaxis.l2p(trace.x[i]),
      box.top + yaxis._offset + yaxis.l2p(trace.y[i]),
    ];
  }
}"""
# The point that lies furthest from its neighbours is met without doubt.
LONELIEST = """() => {
  const plot = document.querySelector(".js-plotly-plot");
  const points = plot.calcdata.flatMap(([{ trace }]) =>
    Array.from(trace.x, (x, i) => [x, trace.y[i], trace.customdata[i]]));
  let best = [-1, 0];
  for (const [x, y, number] of points) {
    let nearest = Infinity;
    for (const [u, v, other] of points)
      if (other !== number) nearest = Math.min(nearest, (x - u) ** 2 + (y - v) ** 2);
    if (nearest > best[0]) best = [nearest, number];
  }
  return best[1];
}"""


def open_map(page: Page, address: str) -> None:
    """Opens the page and waits until the map and its marks are painted."""
    page.goto(address)
    page.wait_for_selector(".plot-marks circle", state="attached", timeout=PATIENCE)
    page.wait_for_selector("[data-test-script-state=notRunning]", state="attached")


def number(page: Page, letter: str) -> Locator:
    """The control that holds the number of a chosen image."""
    return page.get_by_role("spinbutton", name=f"Image {letter}")


def painted(page: Page, key: str) -> str:
    """What the canvases of a picture sheet show."""
    return page.locator(f".st-key-{key} canvas").first.evaluate("canvas => canvas.toDataURL()")


def wait_for_change(page: Page, key: str, before: str) -> None:
    canvas = page.locator(f".st-key-{key} canvas").first.element_handle()
    page.wait_for_function("([canvas, old]) => canvas.toDataURL() !== old", arg=[canvas, before])


def test_a_pointer_shows_the_picture_a_click_decodes_it_and_the_zoom_is_kept(
    server: str, page: Page
) -> None:
    open_map(page, f"{server}/latent_space?points=500")
    clicked = page.evaluate(LONELIEST)
    x, y = page.evaluate(PLACE, clicked)
    before = painted(page, "pair")
    page.mouse.move(x - 2, y)
    page.mouse.move(x, y)
    hover = page.locator(".hover-picture")
    expect(hover).to_be_visible()
    expect(hover).to_contain_text(f"#{clicked}")
    page.mouse.down()
    page.mouse.up()
    expect(page).to_have_url(re.compile(rf"[?&]a={clicked}(&|$)"))
    expect(page).to_have_url(re.compile(r"[?&]b=0(&|$)"))  # what was A
    expect(number(page, "A")).to_have_value(str(clicked))
    wait_for_change(page, "pair", before)
    page.wait_for_selector("[data-test-script-state=notRunning]", state="attached")
    the_zoom_is_kept(page)


def the_zoom_is_kept(page: Page) -> None:
    reach = "document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range.join()"
    whole = page.evaluate(reach)
    box = page.locator(".nsewdrag").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.1)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.9, steps=5)
    page.mouse.up()
    page.wait_for_function(f"{reach} !== {whole!r}")
    zoomed = page.evaluate(reach)
    before = painted(page, "pair")
    number(page, "A").fill("5")
    number(page, "A").press("Enter")
    wait_for_change(page, "pair", before)
    assert page.evaluate(reach) == zoomed


def test_a_slider_traverses_and_a_link_restores_the_position(
    server: str, page: Page, context: BrowserContext
) -> None:
    open_map(page, f"{server}/latent_space?a=17&b=21&data=fashion")
    before = painted(page, "traversal")
    page.get_by_role("slider", name=re.compile("PC 1")).focus()
    for _step in range(12):
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("d1=1.2"))
    wait_for_change(page, "traversal", before)
    page.wait_for_selector("[data-test-script-state=notRunning]", state="attached")
    page.get_by_role("button", name="Copy link to this view").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()

    other = context.new_page()
    open_map(other, page.evaluate("navigator.clipboard.readText()"))
    expect(number(other, "A")).to_have_value("17")
    expect(number(other, "B")).to_have_value("21")
    for key in ("pair", "traversal", "interpolation"):
        assert painted(other, key) == painted(page, key), key


@pytest.fixture
def without_webgl(chromium: Browser) -> Iterator[Page]:
    """A tab of a browser that has no WebGL."""
    path = next(found for name in NAMES if (found := shutil.which(name)))
    other = chromium.browser_type.launch(executable_path=path, args=[*FLAGS, "--disable-3d-apis"])
    yield other.new_page()
    other.close()


def test_without_webgl_the_map_is_drawn_all_the_same(server: str, without_webgl: Page) -> None:
    page = without_webgl
    page.goto(f"{server}/latent_space")
    expect(page.get_by_text("This browser has no WebGL")).to_be_visible()
    expect(page.locator(".js-plotly-plot .scatterlayer .point").first).to_be_visible()
    assert page.locator(".js-plotly-plot .scatterlayer .point").count() <= 1_000


# Where a place of the plane lies on the screen, and the other way round.
ON_SCREEN = """([x, y]) => {
  const plot = document.querySelector(".js-plotly-plot");
  const { xaxis, yaxis } = plot._fullLayout;
  const box = plot.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.l2p(x), box.top + yaxis._offset + yaxis.l2p(y)];
}"""
EMPTY_PLACE = """() => {
  const { xaxis, yaxis } = document.querySelector(".js-plotly-plot")._fullLayout;
  return [xaxis.p2l(0.75 * xaxis._length), yaxis.p2l(0.15 * yaxis._length)]; // no bar lies there
}"""


def coordinates(page: Page) -> list[float]:
    """What the two numbers of the plane hold."""
    fields = (page.get_by_role("spinbutton", name=f"Dimension {n}", exact=True) for n in (1, 2))
    return [float(field.input_value()) for field in fields]


def reached(page: Page, expected: list[float], within: float) -> None:
    """Waits until both numbers are there: they come one after the other."""
    deadline = time.monotonic() + PATIENCE / 1000
    while coordinates(page) != pytest.approx(expected, abs=within):
        assert time.monotonic() < deadline, f"{coordinates(page)} is not {expected}"
        page.wait_for_timeout(50)


def test_a_click_where_there_is_no_point_is_decoded(server: str, page: Page) -> None:
    open_map(page, f"{server}/latent_space?model=pca-2&points=500")
    expected = page.evaluate(EMPTY_PLACE)
    x, y = page.evaluate(ON_SCREEN, expected)
    before = painted(page, "place")
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.up()
    wait_for_change(page, "place", before)
    expect(page).to_have_url(re.compile(r"[?&]x=.*[?&]y="))
    reached(page, expected, 0.2)
    assert number(page, "A").input_value() == "0"  # no image was clicked
    page.wait_for_selector("[data-test-script-state=notRunning]", state="attached")
    ring = page.get_by_role("slider", name="Code on the map").bounding_box()
    assert ring is not None
    x, y = page.evaluate(ON_SCREEN, coordinates(page))  # the page may have grown by a line
    assert ring["x"] + ring["width"] / 2 == pytest.approx(x, abs=3)
    assert ring["y"] + ring["height"] / 2 == pytest.approx(y, abs=3)


def test_the_keyboard_reaches_every_place_and_the_grid_goes(server: str, page: Page) -> None:
    open_map(page, f"{server}/latent_space?model=pca-2&x=1.5&y=-2")
    assert coordinates(page) == [1.5, -2]
    before = painted(page, "place")
    field = page.get_by_role("spinbutton", name="Dimension 1", exact=True)
    field.fill("-3.5")
    field.press("Enter")
    wait_for_change(page, "place", before)
    expect(page).to_have_url(re.compile(r"[?&]x=-3.5"))

    under = page.locator(".js-plotly-plot .imagelayer image")
    expect(under).to_have_count(1)
    page.get_by_text("Decoded grid", exact=True).click()
    expect(under).to_have_count(0)
    expect(page).to_have_url(re.compile("grid=false", re.IGNORECASE))


def test_a_finger_scrolls_the_page_over_the_map_and_a_tap_is_a_click(
    server: str, chromium: Browser
) -> None:
    visitor = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    try:
        page = visitor.new_page()
        open_map(page, f"{server}/latent_space?model=pca-2&points=500")
        page.locator(".js-plotly-plot").scroll_into_view_if_needed()
        expected = page.evaluate(EMPTY_PLACE)
        before = painted(page, "place")
        page.touchscreen.tap(*page.evaluate(ON_SCREEN, expected))
        wait_for_change(page, "place", before)
        reached(page, expected, 0.3)

        page.locator(".js-plotly-plot").scroll_into_view_if_needed()
        top = "document.querySelector('.js-plotly-plot').getBoundingClientRect().top"
        start = page.evaluate(top)
        touch = visitor.new_cdp_session(page)
        x, y = 195, start + 300
        points = [{"x": x, "y": y - 20 * step} for step in range(11)]
        for number, point in enumerate(points):
            kind = "touchMove" if number else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_function(f"{top} < {start - 100}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    finally:
        visitor.close()
