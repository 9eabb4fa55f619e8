"""Time of the tests by file: CPU seconds and wall-clock seconds.

    make bench-tests
    python -m pytest -p benchmarks.suite tests/pages  # a part of them

CPU seconds are those of the process that runs the tests and of the children it has waited for;
a server or a browser that outlives a test counts on the clock alone. They depend little on what
else the machine does, so two versions of the suite are compared by them.
"""

import os
from collections import defaultdict
from collections.abc import Iterator

import pytest

SHOWN = 40  # files, the slowest first
CPU = "CPU seconds"  # the name under which a worker sends them to the process that counts


def spent() -> float:
    """CPU seconds of this process and of its finished children so far."""
    return sum(os.times()[:4])


class Clock:
    """Adds what each test has spent to the figures of its file."""

    def __init__(self) -> None:
        self.cpu: defaultdict[str, float] = defaultdict(float)
        self.clock: defaultdict[str, float] = defaultdict(float)
        self.tests: defaultdict[str, int] = defaultdict(int)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """Starts the clock of a test; a fixture of many tests counts for the first of them."""
        self.began = spent()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """Sends what a test has spent along with its last report."""
        try:
            return (yield)
        finally:
            item.user_properties.append((CPU, spent() - self.began))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Adds up what comes from every worker."""
        file = report.nodeid.partition("::")[0]
        self.clock[file] += report.duration
        if report.when == "teardown":
            self.tests[file] += 1
            self.cpu[file] += sum(value for name, value in report.user_properties if name == CPU)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The table, and the sum of all files in its last line."""
        write = terminalreporter.write_line
        write(f"{'CPU s':>8} {'clock s':>8} {'tests':>6}  file")
        for file in sorted(self.cpu, key=self.cpu.__getitem__, reverse=True)[:SHOWN]:
            write(f"{self.cpu[file]:8.1f} {self.clock[file]:8.1f} {self.tests[file]:6}  {file}")
        sums = [sum(each.values()) for each in (self.cpu, self.clock, self.tests)]
        write(f"{sums[0]:8.1f} {sums[1]:8.1f} {sums[2]:6.0f}  all {len(self.cpu)} files")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the clock in the main process and in every worker."""
    config.pluginmanager.register(Clock(), "clock")
