"""What a telephone reads before it installs the console: names, addresses and icons that exist."""

import json
import re
import struct
from pathlib import Path
from typing import Any, Final

import pytest

from vedette.console.pages import TOP_LEVEL_FILES

WEB: Final = Path(__file__).resolve().parents[3] / "web"
PUBLIC: Final = WEB / "public"


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return json.loads((PUBLIC / "manifest.webmanifest").read_text(encoding="utf-8"))


def pixels(path: Path) -> tuple[int, int]:
    """Width and height as a PNG file tells them itself."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n", path
    width, height = struct.unpack(">II", head[16:])
    return width, height


def test_the_installed_console_opens_the_wall_in_a_window_of_its_own(
    manifest: dict[str, Any],
) -> None:
    assert (manifest["start_url"], manifest["scope"], manifest["id"]) == ("/", "/", "/")
    assert manifest["display"] == "standalone"
    assert len(manifest["short_name"]) <= 12, "longer names are cut under an icon"


def test_every_icon_is_as_large_as_it_says_and_is_served(manifest: dict[str, Any]) -> None:
    shortcuts = [icon for shortcut in manifest["shortcuts"] for icon in shortcut["icons"]]
    for icon in [*manifest["icons"], *shortcuts]:
        name = icon["src"].removeprefix("/")
        assert name in TOP_LEVEL_FILES
        if name.endswith(".png"):
            width, height = pixels(PUBLIC / name)
            assert icon["sizes"] == f"{width}x{height}"
    plain = {icon["sizes"] for icon in manifest["icons"] if "purpose" not in icon}
    assert {"192x192", "512x512"} <= plain, "browsers offer to install with both only"
    assert [icon["sizes"] for icon in manifest["icons"] if icon.get("purpose") == "maskable"]


def test_shortcuts_lead_to_pages_that_there_are(manifest: dict[str, Any]) -> None:
    app = (WEB / "src" / "App.svelte").read_text(encoding="utf-8")
    assert [one["name"] for one in manifest["shortcuts"]] == ["Wall", "Map", "Bookmarks"]
    for shortcut in manifest["shortcuts"]:
        url = shortcut["url"]
        assert f'route.path === "{url}"' in app or f'"{url}": () => import(' in app


def test_the_page_names_its_manifest_and_the_files_of_telephones() -> None:
    page = (WEB / "index.html").read_text(encoding="utf-8")
    named = set(re.findall(r'href="/([^"]+)"', page))
    assert {"manifest.webmanifest", "apple-touch-icon.png", "mark.svg"} <= named
    assert named <= set(TOP_LEVEL_FILES)
    assert {path.name for path in PUBLIC.iterdir()} <= set(TOP_LEVEL_FILES), "nobody serves it"
