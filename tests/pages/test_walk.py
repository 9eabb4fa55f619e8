"""One visitor on all pages, in an order that nobody chose, who uses controls on the way.

Pages that share a key of the session, or leave something in the next one's address, are found
here: a page that is come to looks as it does to a visitor who opens it first.
"""

import random

import pytest

from tests.pages.conftest import PAGES, Visit, result, sentences
from tests.pages.controls import SETS_OTHERS, another, widgets
from ui.base.session_keys import lasting_key, page_key

MOVED = 2  # controls on each page
# Stand for what a running training needs, and for what a page that is not there now keeps.
HELD = (lasting_key("train", "walk"), page_key("elsewhere", "walk"))


@pytest.mark.parametrize("seed", [10])
def test_no_page_leaves_anything_in_another(visit: Visit, at_first: Visit, seed: int) -> None:
    chance = random.Random(seed)
    order = chance.sample(PAGES, len(PAGES))
    at = visit(order[0])
    for key in HELD:
        at.session_state[key] = "held"
    for place, page in enumerate(order):
        trail = " → ".join(order[: place + 1])
        if place:
            at.query_params.clear()  # as Streamlit does in a browser where a link is pressed
            at.switch_page(f"../../pages/{page}.py").run()
            assert not at.exception, trail
            assert not at.query_params, f"{trail}: {dict(at.query_params)} came along"
            assert result(at) == result(at_first(page)), trail
        for _ in range(MOVED):
            free = [w for w in widgets(at) if w.key not in SETS_OTHERS and not w.disabled]
            movable = [(w, value) for w in free if (value := another(w)) is not None]
            if not movable:
                break
            widget, value = chance.choice(movable)
            widget.set_value(value).run()
            assert not at.exception, f"{trail}: {widget.key}"
        at.button(key="reset").click().run()
        assert not at.exception and not sentences(at), f"{trail}: Reset"
        assert result(at) == result(at_first(page)), f"{trail}: Reset"
        lost = [key for key in HELD if key not in at.session_state]
        assert not lost, f"Reset on {page} forgot {lost}"
