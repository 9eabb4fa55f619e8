"""The command line: train, evaluate, generate, list, data.

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
INTERRUPTED = "Interrupted. The same command goes on from the last whole epoch."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Errors are one sentence on stderr."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    try:
        return int(options.run(options) or 0)
    except KeyboardInterrupt:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is on its way out
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
        sub.add_argument(
            "--dataset", choices=DATASETS, help="one data set; all where this is left out"
        )

    sub = command("train", commands.train, "train a recipe and write its checkpoint and card")
    sub.add_argument("recipe", nargs="?", help="its name, as `list` shows it")
    sub.add_argument("--all", action="store_true", help="every recipe that is not trained yet")
    sub.add_argument("--fresh", action="store_true", help="train again from the start")
    sub.add_argument("--threads", type=int, help="CPU threads for torch; all cores by default")
    sub.add_argument("--devices", type=int, help="processes on each machine, a GPU for each")
    sub.add_argument("--nodes", type=int, help="machines that train together")
    sub.add_argument("--precision", help="32-true or bf16-mixed, whatever the recipe says")
    sub.add_argument("--config", help="what the page Train one gave: JSON, or a file of it")
    sub.add_argument("--out", type=Path, help="the folder for what --config trains")
    add_dataset(sub)

    sub = command(
        "evaluate", commands.evaluate, "measure checkpoints on the test split, into their cards"
    )
    sub.add_argument("recipe", nargs="?", help="its name, as `list` shows it")
    sub.add_argument("--all", action="store_true", help="every checkpoint")
    add_dataset(sub)

    sub = command("project", commands.project, "make the t-SNE maps that ship with checkpoints")
    sub.add_argument("recipe", nargs="?", help="its name, as `list` shows it")
    sub.add_argument("--all", action="store_true", help="every checkpoint")
    add_dataset(sub)

    sub = command("generate", commands.generate, "generate images of chosen classes into a file")
    sub.add_argument("--dataset", choices=DATASETS, default=DEFAULT)
    about = "class numbers, one digit each: 2026; beyond 9 separated by commas: 12,3"
    sub.add_argument("--labels", required=True, help=about)
    sub.add_argument("--copies", type=int, default=1, help="this many of the whole sequence")
    sub.add_argument("--count", type=int, help="this many images, the labels in turn")
    sub.add_argument("--seed", type=int, default=0)
    sub.add_argument("--temperature", type=float, default=1.0, help="spread of styles; 0 is none")
    sub.add_argument("--sampler", help="another model that samples by label than the CVAE")
    sub.add_argument(
        "--torchvision", action="store_true", help="a .zip of files that torchvision's MNIST reads"
    )
    sub.add_argument(
        "--out",
        required=True,
        help="a .png, .npz or .zip file, or a folder/ for files that torchvision's MNIST reads",
    )

    sub = command("list", commands.list_checkpoints, "list recipes with the figures in their cards")
    sub.add_argument("recipe", nargs="?", help="every figure of this one")
    sub.add_argument("--markdown", action="store_true", help="as the table in the README")
    add_dataset(sub)

    command("migrate", commands.migrate, "bring cards of earlier versions into today's form")

    sub = command("data", commands.data_command, "fetch the original images through torchvision")
    sub.add_argument("action", choices=("download",))
    add_dataset(sub)
    return top


if __name__ == "__main__":
    sys.exit(main())
