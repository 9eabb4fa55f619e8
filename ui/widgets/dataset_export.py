"""A labelled set of any size: how many, of which classes, as which files; made with progress."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import nn

from ae_models import datasets
from ae_models.artifacts.checkpoint import CheckpointError
from ae_models.images import labelled_set
from ae_models.tasks import generation, sample_export
from ae_models.tasks.sample_export import Request
from ui.base.language import _, said
from ui.cache import file_cache, models
from ui.widgets import controls

FIRST = 1_000
FORMATS = {"npz": "NPZ", "torchvision": "torchvision"}
MIME = {"npz": "application/octet-stream", "torchvision": "application/zip"}


def offer(
    dataset: str, sampler: str, labels: list[int], seed: int = 0, temperature: float = 1.0
) -> None:
    """The controls, the command that does the same, and the button that makes the set.

    `labels` are those chosen on the page; where there are none, all classes are meant. To be
    called last: a set takes seconds. It is no fragment, as no click would stop one.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        size = st.number_input(
            _("Images, 10 to {most:,}").format(most=labelled_set.LARGEST),
            10,
            labelled_set.LARGEST,
            FIRST,
            key="count",
            width=200,
            bind="query-params",
        )
        every = tuple(range(len(datasets.DATASETS[dataset].classes)))
        classes = every
        if labels and tuple(labels) != every:
            ways = {"ten": _("All classes in turn"), "above": _("The labels above in turn")}
            if controls.choice(_("Classes"), ways, "of") == "above":
                classes = tuple(labels)
        kind = controls.choice(_("Files"), FORMATS, "files")
    request = Request(dataset, np.resize(classes, int(size)).tolist(), seed, temperature, sampler)
    st.code(command(request, classes, kind), language="bash", wrap_lines=True)
    if kind == "torchvision":
        st.caption(
            _(
                "Unpacked into a folder, the archive can be read with "
                "`torchvision.datasets.{name}(folder)`: these images are the training split; "
                "{tested:,} more, sampled with the next seed, are the test split."
            ).format(name=datasets.DATASETS[dataset].folder, tested=labelled_set.tested(int(size)))
        )
    making(request, kind)


def command(request: Request, classes: tuple[int, ...], kind: str) -> str:
    """The command line that makes the same set."""
    words = ["python", "-m", "ae_models", "generate", "--dataset", request.dataset]
    words += ["--labels", ("" if max(classes) < 10 else ",").join(map(str, classes))]
    words += ["--count", str(len(request.labels))]
    if request.sampler != generation.SAMPLER:
        words += ["--sampler", request.sampler]
    words += ["--seed", str(request.seed)] if request.seed else []
    words += ["--temperature", f"{request.temperature:g}"] if request.temperature != 1 else []
    words += ["--out", "set/" if kind == "torchvision" else "set.npz"]
    return shlex.join(words)


def making(request: Request, kind: str) -> None:
    """The button to make a set, its progress with a way to stop, and the finished file."""
    key = (request._replace(labels=()), len(request.labels), tuple(request.labels[:20]), kind)
    files, place = file_cache.shared(), st.empty()
    path = files.get(key)
    if path is None and place.button(
        _("Generate the data set"), icon=":material/apps:", key="make_set"
    ):
        path = made(request, kind, key, place)
    if path is not None:
        size = path.stat().st_size / 1e6
        ending = "npz" if kind == "npz" else "zip"
        place.download_button(
            _("Download, {size:.1f} MB").format(size=size),
            file_cache.reader(path),
            f"{request.dataset}-{len(request.labels)}.{ending}",
            MIME[kind],
            icon=":material/download:",
            on_click="ignore",
            key="download_set",
        )


def made(request: Request, kind: str, key: object, place: DeltaGenerator) -> Path | None:
    """Write the file while its progress is shown; an interruption deletes the partial file."""
    files = file_cache.shared()
    path = files.fresh()
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, width=360)
        st.button(_("Stop"), icon=":material/stop:", key="stop_set")  # any click starts anew
    try:
        model = models.model(request.dataset, request.sampler)
        total = len(request.labels)
        total += labelled_set.tested(total) if kind == "torchvision" else 0
        for done in written(path, request, kind, model):
            bar.progress(done / total, _("{done:,} of {total:,}").format(done=done, total=total))
        files.put(key, path)
    except (OSError, CheckpointError) as error:
        place.empty()
        reason = error.strerror if isinstance(error, OSError) else said(error)
        st.warning(_("The data set could not be written: {error}").format(error=reason))
        path.unlink(missing_ok=True)
        return None
    except BaseException:  # also that by which Streamlit stops a script
        path.unlink(missing_ok=True)
        raise
    return path


def written(path: Path, request: Request, kind: str, model: nn.Module) -> Iterator[int]:
    """Write the set; yields how many images are in the file."""
    with path.open("wb") as file:
        if kind == "npz":
            yield from labelled_set.to_npz(file, sample_export.labelled_images(request, model))
        else:
            yield from labelled_set.to_zip(
                file, request.dataset, *sample_export.train_and_test(request, model)
            )
