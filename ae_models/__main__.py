"""The command line: train, evaluate, graphs, generate, list, data.

python -m ae_models train undercomplete --dataset mnist
python -m ae_models generate --dataset mnist --labels 2026 --seed 7 --out digits.png
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ae_models.cli import commands
from ae_models.datasets import DATASETS, DEFAULT

Command = Callable[[argparse.Namespace], None]
INTERRUPTED = "Interrupted. Run the same command again to resume from the last complete epoch."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Errors are one sentence on stderr."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    try:
        return int(options.run(options) or 0)
    except KeyboardInterrupt:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the process is ending
        if options.is_main_process:
            print(f"\n{INTERRUPTED}", file=sys.stderr)
        return 130
    except (RuntimeError, OSError, ValueError, KeyError) as error:
        if options.is_main_process or type(error) is RuntimeError:  # of one process
            print(f"error: {error}", file=sys.stderr)
        return int(options.is_main_process)


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="python -m ae_models", description=__doc__.split("\n")[0])
    offered = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Command, about: str) -> argparse.ArgumentParser:
        sub = offered.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run, is_main_process=True)
        return sub

    def add_dataset(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--dataset", choices=DATASETS, help="one data set; all by default")

    sub = command("train", commands.train, "train a recipe and write its checkpoint and card")
    sub.add_argument("recipe", nargs="?", help="its key, as `list` shows it")
    sub.add_argument("--all", action="store_true", help="every recipe that is not trained yet")
    sub.add_argument("--fresh", action="store_true", help="train again from the start")
    sub.add_argument("--threads", type=int, help="CPU threads for torch; all cores by default")
    sub.add_argument("--devices", type=int, help="processes on each machine, one GPU each")
    sub.add_argument("--nodes", type=int, help="machines that train together")
    sub.add_argument("--precision", help="32-true or bf16-mixed; overrides the recipe")
    sub.add_argument("--config", help="configuration from the Train page: JSON or a file of it")
    sub.add_argument("--out", type=Path, help="output folder for --config")
    add_dataset(sub)

    sub = command(
        "evaluate", commands.evaluate, "measure checkpoints on the test split, into their cards"
    )
    sub.add_argument("recipe", nargs="?", help="its key, as `list` shows it")
    sub.add_argument("--all", action="store_true", help="every checkpoint")
    add_dataset(sub)

    sub = command("project", commands.project, "make the t-SNE maps that ship with checkpoints")
    sub.add_argument("recipe", nargs="?", help="its key, as `list` shows it")
    sub.add_argument("--all", action="store_true", help="every checkpoint")
    add_dataset(sub)

    sub = command("graphs", commands.graphs, "make the ONNX graphs that ship with checkpoints")
    sub.add_argument("recipes", nargs="*", metavar="recipe", help="keys; every recipe by default")
    add_dataset(sub)

    sub = command("generate", commands.generate, "generate images of chosen classes into a file")
    sub.add_argument("--dataset", choices=DATASETS, default=DEFAULT)
    sub.add_argument(
        "--labels", required=True, help="class labels: 2026, or 12,3 for labels above 9"
    )
    sub.add_argument("--copies", type=int, default=1, help="repetitions of all labels")
    sub.add_argument("--count", type=int, help="number of images; the labels are repeated in order")
    sub.add_argument("--seed", type=int, default=0)
    sub.add_argument(
        "--temperature",
        type=float,
        default=1.0,
        help="scale of the prior; 1 by default",
    )
    sub.add_argument("--sampler", help="key of a class-conditional model, cvae by default")
    sub.add_argument(
        "--torchvision", action="store_true", help="a .zip of files that torchvision's MNIST reads"
    )
    sub.add_argument(
        "--out",
        required=True,
        help="a .png, .npz or .zip file, or a folder/ for files that torchvision's MNIST reads",
    )

    sub = command("list", commands.list_checkpoints, "list recipes with the figures in their cards")
    sub.add_argument("recipe", nargs="?", help="key of one recipe, to show all its figures")
    sub.add_argument("--markdown", action="store_true", help="as a Markdown table")
    sub.add_argument("--overview", action="store_true", help="a dozen models, as the README does")
    add_dataset(sub)

    command("migrate", commands.migrate, "bring cards of earlier versions into today's form")

    sub = command("data", commands.data_command, "download the original images with torchvision")
    sub.add_argument("action", choices=("download",))
    add_dataset(sub)
    return top


if __name__ == "__main__":
    sys.exit(main())
