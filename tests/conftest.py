"""What the whole suite shares: remarks that the summary must show."""

from collections.abc import Callable
from typing import Any

import pytest

_REMARKS: set[str] = set()


@pytest.fixture(scope="session")
def remark() -> Callable[[str], None]:
    """Say something in the summary, such as that a generated scene stood in for a real clip."""
    return _REMARKS.add


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's remarks to the process that prints the summary."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["remarks"] = sorted(_REMARKS)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Collect a worker's remarks."""
    _REMARKS.update(getattr(node, "workeroutput", {}).get("remarks", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the remarks of all workers."""
    if _REMARKS:
        terminalreporter.section("remarks")
        for text in sorted(_REMARKS):
            terminalreporter.write_line(text)
