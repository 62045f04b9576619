"""The documents point at what exists and name what the code has."""

import re
from pathlib import Path

import pytest
import typer.main

from docs.photograph.pages import SHOTS
from vedette.cli import application
from vedette.cli.output import Exit

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "web").glob("*.md")])
PICTURE = re.compile(r"\(pictures/([^)]+)\)")
MOST_PICTURE_BYTES = 160_000
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [m["target"] for m in LINK.finditer(page.read_text("utf-8"))]
    local = [t for t in targets if not re.match(r"[a-z]+:", t)]
    missing = [t for t in local if not (page.parent / t).exists()]
    assert not missing


def test_every_guide_page_is_in_the_index_and_every_picture_in_a_page() -> None:
    guide = ROOT / "docs" / "guide"
    index = (guide / "index.md").read_text("utf-8")
    pages = {page.name: page.read_text("utf-8") for page in guide.glob("*.md")}
    assert not [name for name in pages if name != "index.md" and f"({name}" not in index]
    shown = {name for text in pages.values() for name in PICTURE.findall(text)}
    kept = {one.name for one in (guide / "pictures").iterdir()}
    assert kept == shown
    taken = {name.removeprefix("phone-").removesuffix(".jpg") for name in kept}
    assert not taken - set(SHOTS), "no program takes these again"


def test_pictures_of_the_guide_are_small() -> None:
    sizes = {one.name: one.stat().st_size for one in (ROOT / "docs/guide/pictures").iterdir()}
    assert not {name: size for name, size in sizes.items() if size > MOST_PICTURE_BYTES}


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
