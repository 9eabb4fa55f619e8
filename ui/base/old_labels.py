"""Labels that options had in addresses of earlier versions, so that old links still open.

Addresses used to hold the shown label, in English or Japanese: `?noise=Salt+and+pepper`. They
hold the option's key now. `old_labels.json` maps, for each parameter, the labels of the last
version that wrote them to today's keys. It gains no entries; when a key changes, its entry
follows (tests/pages/test_old_links.py).
"""

import json
from functools import lru_cache
from pathlib import Path


def current(parameter: str, value: str) -> str:
    """The key that a value of a parameter stands for: its own, where it is no old label."""
    return table().get(parameter, {}).get(value, value)


@lru_cache(maxsize=1)
def table() -> dict[str, dict[str, str]]:
    """Parameter -> label -> key."""
    text = Path(__file__).with_name("old_labels.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = json.loads(text)
    return found
