"""Stores readings: one JSON file per run, ignored by git."""

import json
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.serving import ROOT, load

RESULTS = ROOT / "benchmarks" / "results"
BUSY = 0.5  # runnable processes for each core: from here on a reading is marked


def written(name: str, figures: Sequence[Any], load_before: float) -> Path:
    """Puts all readings, dataclasses with a `value`, into a file of their own; its path."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / time.strftime(f"{name}-%Y%m%d-%H%M%S.json")
    content = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "machine": f"{platform.machine()}, {platform.system()}",
        "load for each core": {"before": load_before, "after": load()},
        "figures": [asdict(figure) | {"value": figure.value} for figure in figures],
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def report(name: str, head: str, figures: Sequence[Any], load_before: float) -> None:
    """Prints them as a table, writes them, and says where and under which load."""
    print(head)
    for figure in figures:
        print(figure.line())
    if load_before > BUSY:
        print(f"Taken under load: {load_before:.1f} runnable processes for each core before.")
    print(written(name, figures, load_before).relative_to(ROOT))
