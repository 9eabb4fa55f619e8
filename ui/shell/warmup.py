"""Imports torch and loads the first models in the background.

The first page is painted without torch. The thread therefore waits until a first script
run has ended (`page_drawn`), or for LONGEST_WAIT seconds where no visitor comes.

Streamlit collects garbage in full after every rerun. With torch in memory that takes a
tenth of a second or more, longer than the rerun itself, so what the warm-up has brought
in is taken out of the collector's sight (`gc.freeze`). Memory is kept small: only what is
shown first is loaded, and large blocks go back to the system.
"""

import ctypes
import gc
import logging
import threading
from collections.abc import Callable

LONGEST_WAIT = 20.0  # seconds; a server that nobody has visited yet warms up anyway
LARGE = 8 * 2**20  # bytes of a block that goes back to the system as soon as it is free
AFTER_PAGE = 1.5  # seconds for the browser to fetch its scripts and paint, on two cores

_log = logging.getLogger(__name__)
_page_drawn = threading.Event()
_ready = threading.Event()
_started = threading.Lock()


def start(work: Callable[[], object] | None = None) -> None:
    """Starts the warm-up once; a second call while it runs or has succeeded does nothing."""
    if _ready.is_set() or not _started.acquire(blocking=False):
        return
    threading.Thread(target=_run, args=(work or _warm,), name="warm-up", daemon=True).start()


def page_drawn() -> None:
    """Signal that a page has been sent, so that the warm-up may use the processor."""
    _page_drawn.set()


def ready() -> bool:
    """Whether the warm-up has succeeded."""
    return _ready.is_set()


def _run(work: Callable[[], object]) -> None:
    try:
        if _page_drawn.wait(LONGEST_WAIT):
            threading.Event().wait(AFTER_PAGE)
        return_large_blocks()
        work()
        gc.collect()
        gc.freeze()
        _ready.set()
        if work is _warm:
            _warm_walk()
    except Exception:
        _log.exception("Warm-up failed; models are loaded when they are first asked for.")
    finally:
        _started.release()


def return_large_blocks() -> None:
    """Have glibc hand back large free blocks, of which it would keep some hundred MB.

    Ten thousand images are such a block, and every measurement on them takes several.
    """
    try:
        ctypes.CDLL("libc.so.6").mallopt(-3, LARGE)  # M_MMAP_THRESHOLD
    except (OSError, AttributeError):
        _log.info("No glibc: large free blocks may be kept by the allocator.")


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


def _warm_walk() -> None:
    """Encode the images that the latent map shows first, in the background."""
    from ae_models.datasets import DATASETS
    from ui.cache import image_sets, latent, models

    for dataset in DATASETS:
        image_sets.sprites(dataset)
        if "vae" in models.available(dataset, "codes"):
            latent.principal(dataset, "vae")
