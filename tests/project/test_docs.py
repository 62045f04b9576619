"""The documents point at what exists and name what the code has."""

import re
from pathlib import Path

import pytest
import typer.main

from vedette.cli import application
from vedette.cli.output import Exit

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "web").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [m["target"] for m in LINK.finditer(page.read_text("utf-8"))]
    local = [t for t in targets if not re.match(r"[a-z]+:", t)]
    missing = [t for t in local if not (page.parent / t).exists()]
    assert not missing


def test_paths_named_in_the_architecture_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = re.findall(r"`((?:src|docs|tests|web|config|bench)/[^`*]*)`", text)
    assert named
    assert not [path for path in named if not (ROOT / path).exists()]


def _commands() -> list[str]:
    def walk(command: object, path: str) -> list[str]:
        children = getattr(command, "commands", None)
        if not children:
            return [path]
        return [
            leaf
            for name, child in children.items()
            if not child.hidden
            for leaf in walk(child, f"{path} {name}")
        ]

    return walk(typer.main.get_command(application), "vedette")


def test_every_command_and_exit_code_is_documented() -> None:
    text = (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8")
    assert not [command for command in _commands() if f"`{command}" not in text]
    assert not [code for code in Exit if f"| {code.value} |" not in text]
