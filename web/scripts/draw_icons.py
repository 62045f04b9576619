# ruff: noqa: INP001  a script, no part of a package
"""Draw the icons of the installed console from ``public/mark.svg``; run it when the mark changes.

Usage: ``.venv/bin/python web/scripts/draw_icons.py CHROMIUM``
"""

import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

PUBLIC: Final = Path(__file__).resolve().parents[1] / "public"
GROUND: Final = "#12313b"
# Name, pixels, and how much of the square the mark takes; 1 keeps its own round corners.
# Telephones cut the others into their own shape, within a circle of 80 %.
ICONS: Final = (
    ("icon-192.png", 192, 1.0),
    ("icon-512.png", 512, 1.0),
    ("icon-maskable-512.png", 512, 0.9),
    ("apple-touch-icon.png", 180, 0.9),
)


def main(chromium: str) -> None:
    """Write every icon into ``public/``."""
    mark = (PUBLIC / "mark.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, pixels, share in ICONS:
            page = browser.new_page(viewport={"width": pixels, "height": pixels})
            ground = GROUND if share < 1 else "transparent"
            page.set_content(
                f"<body style='margin:0;height:100vh;display:grid;place-items:center;"
                f"background:{ground}'><div style='width:{share:%};line-height:0'>{mark}</div>"
            )
            page.screenshot(path=PUBLIC / name, omit_background=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
