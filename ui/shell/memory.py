"""Keeps the resident memory of the server small, and garbage collection short.

Streamlit collects garbage in full after every rerun. With torch in memory that takes a tenth of a
second or more, longer than the rerun itself, so what the warm-up has brought in is taken out of
the collector's sight (`gc.freeze`).
"""

import ctypes
import gc
import logging

LARGE = 8 * 2**20  # bytes of a block that goes back to the system as soon as it is free
M_MMAP_THRESHOLD = -3

_log = logging.getLogger(__name__)


def return_large_blocks() -> None:
    """Have glibc hand back large free blocks, of which it would keep some hundred MB.

    Ten thousand images are such a block, and every measurement on them takes several.
    """
    try:
        ctypes.CDLL("libc.so.6").mallopt(M_MMAP_THRESHOLD, LARGE)
    except (OSError, AttributeError):
        _log.info("No glibc: large free blocks may be kept by the allocator.")


def trim() -> None:
    """To be called when much has been loaded: collects garbage, and hands back what is free."""
    gc.collect()
    gc.freeze()
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        _log.info("Free memory is kept by the allocator.")
