"""Imports torch, loads the first models and computes the first view of every page, once a server.

The first page is painted without torch. The thread therefore waits until a first script
run has ended (`page_drawn`), or for LONGEST_WAIT seconds where no visitor comes.

Memory is kept small, see memory.py: only what is shown first is loaded.

When that is there, what each page shows first is computed in small steps, in the order of the
menu and data set by data set. Between two steps visitors have the processor.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from ui.base.streamlit_internals import script_running
from ui.shell import memory

LONGEST_WAIT = 20.0  # seconds; a server that nobody has visited yet warms up anyway
LONGEST_PAUSE = 5.0  # seconds; where visitors come without end, it goes on after so long
POLL = 0.1  # seconds between two checks whether a script runs
AFTER_PAGE = 1.5  # seconds for the browser to fetch its scripts and paint, on two cores

FirstView = Callable[[str], Iterator[None]]  # data set -> what a page shows first, in steps

_log = logging.getLogger(__name__)
_page_drawn = threading.Event()
_ready = threading.Event()
_started = threading.Lock()


def start(
    first_views: Callable[[], Sequence[FirstView]] = tuple, work: Callable[[], object] | None = None
) -> None:
    """Starts the warm-up once; a second call while it runs or has succeeded does nothing.

    `first_views` is called when torch has been imported: it gives one function for each page.
    """
    if _ready.is_set() or not _started.acquire(blocking=False):
        return
    arguments = (first_views, work or _warm)
    threading.Thread(target=_run, args=arguments, name="warm-up", daemon=True).start()


def page_drawn() -> None:
    """Signal that a page has been sent, so that the warm-up may use the processor."""
    _page_drawn.set()


def ready() -> bool:
    """Whether the warm-up has succeeded."""
    return _ready.is_set()


def _run(first_views: Callable[[], Sequence[FirstView]], work: Callable[[], object]) -> None:
    try:
        if _page_drawn.wait(LONGEST_WAIT):
            threading.Event().wait(AFTER_PAGE)
        memory.return_large_blocks()
        work()
        memory.trim()
        _ready.set()
        compute(first_views())
        memory.trim()
    except Exception:
        _log.exception("Warm-up failed; models are loaded when they are first asked for.")
    finally:
        _started.release()


def compute(first_views: Sequence[FirstView]) -> None:
    """Computes the first view of every page for every data set, in the background.

    What fails is computed, and its error shown, when a visitor opens the page.
    """
    from ae_models.datasets import DATASETS

    for dataset in DATASETS:
        for first_view in first_views:
            try:
                for _step in first_view(dataset):
                    _give_way()
            except Exception as error:
                _log.info("%s of %s: %s", first_view.__module__, dataset, error)


def _give_way() -> None:
    """Waits until no visitor's script runs, for LONGEST_PAUSE seconds at most."""
    deadline = time.monotonic() + LONGEST_PAUSE
    while script_running() and time.monotonic() < deadline:
        time.sleep(POLL)


def _warm() -> None:
    """Import what pages import late, and load the images and models that they show first.

    Other models wait until somebody asks for them: all of them would double the memory.
    """
    from ae_models.datasets import DATASETS
    from ae_models.images import filters  # noqa: F401
    from ui.cache import image_sets, models
    from ui.plots import basic  # noqa: F401
    from ui.widgets import controls

    for dataset in DATASETS:
        image_sets.images(dataset)
        for name in controls.SIX:
            if name in models.available(dataset, "reconstructs"):
                models.model(dataset, name)
