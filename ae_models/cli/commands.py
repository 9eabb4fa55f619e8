"""What each command of the command line does; `__main__` reads the options.

Errors are exceptions with one sentence. What is heavy to import is imported where it is needed,
as `--help` needs nothing.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ae_models.datasets import DATASETS
from ae_models.pipeline.plan import duration

if TYPE_CHECKING:
    from ae_models.artifacts.card import Card
    from ae_models.artifacts.study import Study
    from ae_models.training.executor import SingleProcess


class SomeFailed(RuntimeError):
    """Of several pieces of work some failed; the message names them."""


def train(options: argparse.Namespace) -> None:
    """Train one recipe or all that are not up to date."""
    import torch

    from ae_models.pipeline import build, studies
    from ae_models.pipeline import plan as pipeline_plan

    if options.config is not None:
        return train_choice(options)
    with executor(options) as workers:
        options.is_main_process = workers.is_main_process
        if options.threads:
            torch.set_num_threads(options.threads)
        plan = pipeline_plan.Plan(chosen(options), again=options.fresh or not options.all)

        def one(dataset: str, name: str) -> None:
            title = f"{dataset} {name}"
            if plan.again or not workers.on_main_process(
                lambda: pipeline_plan.is_made(dataset, name)
            ):
                bar = ProgressBar(title, plan.begin(dataset, name))
                if name in studies.STUDIES:
                    workers.on_main_process(lambda: studies.make(dataset, name, bar))
                else:
                    build.make(dataset, name, report=bar, fresh=options.fresh, executor=workers)
                    workers.on_main_process(lambda: write_graphs(dataset, name))
                plan.end()
            elif workers.is_main_process:
                print(f"{title}: up to date", flush=True)

        one_by_one(plan.pairs, one, tell=workers.is_main_process)


def write_graphs(dataset: str, name: str) -> None:
    """The graphs of a model just trained; a line on stderr where they cannot be made here."""
    from ae_models.pipeline import onnx_graphs

    try:
        onnx_graphs.write(dataset, name)
    except onnx_graphs.GraphsNeedOnnx as error:
        again = f"python -m ae_models graphs {name} --dataset {dataset}"
        print(f"{dataset} {name}: {error}, then {again}", file=sys.stderr, flush=True)


def train_choice(options: argparse.Namespace) -> None:
    """Train a configuration given as JSON into a folder."""
    import torch

    from ae_models.live import config, headless

    if options.recipe or options.all or options.dataset:
        raise ValueError("--config sets everything: give no recipe and no data set")
    if options.out is None:
        raise ValueError("--config needs --out FOLDER")
    torch.set_num_threads(options.threads or torch.get_num_threads())
    inline = options.config.lstrip().startswith("{")
    choice = config.read(options.config if inline else Path(options.config).read_text())
    bar = ProgressBar(f"{choice.dataset} {choice.kind}")
    headless.make(choice, options.out, bar, fresh=options.fresh)
    print(f"weights and card in {options.out}")


def executor(options: argparse.Namespace) -> SingleProcess:
    """Fabric's processes where any option asks for them, else this one alone."""
    from ae_models.training.executor import SINGLE_PROCESS

    if options.devices is options.nodes is options.precision is None:
        return SINGLE_PROCESS
    try:
        from ae_models.training import distributed
    except ModuleNotFoundError as error:
        raise ValueError(
            "--devices, --nodes and --precision need Lightning Fabric, which comes with: "
            "pip install -r requirements-train.txt"
        ) from error
    return distributed.start(options.devices, options.nodes, options.precision)


def one_by_one(
    pairs: list[tuple[str, str]], work: Callable[[str, str], None], *, tell: bool = True
) -> None:
    """Do `work` for each (data set, name); one that fails does not stop the others.

    Its error is printed at once. Raises `SomeFailed` at the end, which names all that failed.
    """
    from ae_models.artifacts.checkpoint import CheckpointError
    from ae_models.training.loop import Diverged

    failed: list[str] = []
    for dataset, name in pairs:
        try:
            work(dataset, name)
        except (CheckpointError, Diverged, ValueError) as error:
            if len(pairs) == 1:
                raise
            if tell:
                print(f"error: {dataset} {name}: {error}", file=sys.stderr, flush=True)
            failed.append(f"{dataset} {name}")
    if failed:
        raise SomeFailed(f"{len(failed)} of {len(pairs)} failed: {', '.join(failed)}")


def evaluate(options: argparse.Namespace) -> None:
    """Measure one checkpoint or all, and print the figures."""
    from ae_models.pipeline import evaluation, previews, studies

    def one(dataset: str, name: str) -> None:
        measuring = studies if name in studies.STUDIES else evaluation
        print(f"{dataset} {name}: {shown(measuring.evaluate(dataset, name))}", flush=True)
        if name == previews.MODEL:
            previews.write(dataset)

    one_by_one(with_weights(options), one)


def project(options: argparse.Namespace) -> None:
    """Make the map of one checkpoint or of all, about a minute each."""
    from ae_models.pipeline import build
    from ae_models.pipeline.studies import STUDIES

    def one(dataset: str, name: str) -> None:
        made = name not in STUDIES and build.project(dataset, name)
        print(f"{dataset} {name}: {'map written' if made else 'no map in its recipe'}", flush=True)

    one_by_one(with_weights(options), one)


def graphs(options: argparse.Namespace) -> None:
    """Make the graphs of some checkpoints or of all, some ten seconds each, and say what has none.

    A name without a checkpoint on disk is an error; without names, such recipes are passed over.
    """
    from ae_models.artifacts.card import folder
    from ae_models.pipeline import onnx_graphs
    from ae_models.training.recipes import RECIPES

    names: list[str] = options.recipes or list(RECIPES)
    if unknown := [name for name in names if name not in RECIPES]:
        raise ValueError(f"no recipe is called {unknown[0]!r}; there are: {', '.join(RECIPES)}")

    def one(dataset: str, name: str) -> None:
        card = onnx_graphs.write(dataset, name)
        made = ", ".join(card.graphs) or "none"
        left_out = onnx_graphs.not_made(card).items()
        reasons = "".join(f"; no {file}: {reason}" for file, reason in left_out)
        print(f"{dataset} {name}: {made}{reasons}", flush=True)

    datasets = [options.dataset] if options.dataset else list(DATASETS)
    pairs = [(dataset, name) for dataset in datasets for name in names]
    on_disk = [(d, n) for d, n in pairs if options.recipes or folder(d, n).exists()]
    one_by_one(on_disk, one)


def with_weights(options: argparse.Namespace) -> list[tuple[str, str]]:
    """The pairs chosen; with --all, without those that have no weights to run."""
    from ae_models.artifacts.card import folder
    from ae_models.pipeline.studies import STUDIES
    from ae_models.training.recipes import recipe

    pairs = chosen(options)
    if not options.all:
        return pairs
    return [
        (d, n)
        for d, n in pairs
        if folder(d, n).exists() and (n in STUDIES or recipe(d, n).ships_weights)
    ]


def generate(options: argparse.Namespace) -> None:
    """Write generated images as a sheet (.png), arrays (.npz), files (.zip) or a data set."""
    from ae_models.tasks import generation, sample_export

    digits = options.labels.replace(",", "")
    if not digits.isdecimal() or not digits.isascii():
        raise ValueError("--labels takes digits only, for example 2026")
    asked = [int(label) for label in options.labels.split(",") if label]
    if "," not in options.labels:
        asked = [int(digit) for digit in options.labels]
    count = options.count
    total = len(asked) * options.copies if count is None else count
    if not 0 < total <= sample_export.MOST:
        raise ValueError(f"between 1 and {sample_export.MOST:,} images can be generated at once")
    if abs(options.seed) >= 2**63 - 1:
        raise ValueError("--seed takes whole numbers of at most 18 digits")
    labels = list(itertools.islice(itertools.cycle(asked), total))
    sampler = options.sampler or generation.SAMPLER
    request = sample_export.Request(
        options.dataset, labels, options.seed, options.temperature, sampler
    )

    def report(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done:,} images", end="\r", file=sys.stderr, flush=True)

    torchvision = options.torchvision or options.out.endswith("/")
    done = sample_export.write(
        Path(options.out), request, len(asked), torchvision=torchvision, report=report
    )
    print(f"{done} images in {options.out}")


def migrate(options: argparse.Namespace) -> None:
    """Rewrite the cards and studies that an earlier version wrote; nothing is measured."""
    from ae_models.artifacts import migration

    changed = migration.migrate()
    for path in changed:
        print(path)
    print(f"{len(changed)} rewritten")


def list_checkpoints(options: argparse.Namespace) -> None:
    """Every recipe, with its test figures where it has been trained."""
    from ae_models.cli import tables
    from ae_models.pipeline.studies import STUDIES
    from ae_models.training.recipes import RECIPES

    datasets = sorted({dataset for dataset, _ in chosen(options)}, key=list(DATASETS).index)
    if options.recipe:
        every = tables.study if options.recipe in STUDIES else tables.every_figure
        print("\n\n".join(every(dataset, options.recipe) for dataset in datasets))
        return
    if options.overview:
        print(tables.overview())
        return
    table = tables.markdown if options.markdown else tables.plain
    print("\n\n".join(table(dataset, list(RECIPES)) for dataset in datasets))


def data_command(options: argparse.Namespace) -> None:
    """Download one data set, or all that can be downloaded."""
    from ae_models.datasets import download, root

    every = [key for key, record in DATASETS.items() if record.torchvision]
    for dataset in [options.dataset] if options.dataset else every:
        for done in download(dataset):
            print(f"\r{DATASETS[dataset].title}: {done:.0%}", end="", flush=True)
        print(f"\r{DATASETS[dataset].title}: in {root()}")


def chosen(options: argparse.Namespace) -> list[tuple[str, str]]:
    """The (data set, recipe or study) pairs that a command is about."""
    from ae_models.pipeline import studies
    from ae_models.pipeline.studies import STUDIES
    from ae_models.training.recipes import RECIPES

    name = getattr(options, "recipe", None)
    names = [*RECIPES, *STUDIES]
    if name is not None and name not in names:
        raise ValueError(f"no recipe is called {name!r}; there are: {', '.join(names)}")
    if name is None and not getattr(options, "all", True):
        raise ValueError("name a recipe or give --all")
    datasets = [options.dataset] if options.dataset else list(DATASETS)
    pairs = [(d, n) for d in datasets for n in ([name] if name else names)]
    found = [(d, n) for d, n in pairs if n not in STUDIES or d in studies.datasets(n)]
    if name and not found:
        raise ValueError(f"{name} is available for {' and '.join(studies.datasets(name))} only")
    return found


def shown(card: Card | Study) -> str:
    """The test figures of a card on one line."""
    if card.test is None:
        return "not evaluated"
    return "  ".join(f"{key.title()} {value:.4g}" for key, value in card.test.values.items())


class ProgressBar:
    """One line on stderr for each training: epochs done, losses, time left, also for all."""

    def __init__(self, title: str, overall: Callable[[float], str] = lambda seconds: "") -> None:
        self.title = title
        self.overall = overall

    def __call__(self, done: int, total: int, text: str, seconds_left: float) -> None:
        bar = "█" * (20 * done // total)
        left = f"{duration(seconds_left)} left{self.overall(seconds_left)}"
        line = f"{self.title} [{bar:<20}] {done}/{total} {text} {left}"
        end = "\r" if sys.stderr.isatty() and done < total else "\n"
        print(f"{line:<100}", end=end, file=sys.stderr, flush=True)
