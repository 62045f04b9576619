"""The page's routes: hashed assets for ever, everything else asked anew."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).resolve().parent / "static"

# The page loads nothing from elsewhere. ``blob:`` is where the player's media come from,
# ``data:`` the snapshot that a probed camera sent.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PAGE_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
ASSET_HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}
TOP_LEVEL_FILES: Final = {
    "mark.svg": "image/svg+xml",
    "manifest.webmanifest": "application/manifest+json",
    "service-worker.js": "text/javascript",
    "icon-192.png": "image/png",
    "icon-512.png": "image/png",
    "icon-maskable-512.png": "image/png",
    "apple-touch-icon.png": "image/png",
}
"""Files whose name stays the same, with what they are; the machine's own table may lack some."""
UNBUILT: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Vedette</title>
<body style="font:16px/1.5 system-ui;margin:12vh auto;max-width:34rem;padding:0 1rem">
<h1>The web page has not been built</h1>
<p>This Vedette runs from its source. Build the page with <code>make web</code>, then reload.
The API answers under <code>/api/v1</code> meanwhile.</p>"""


class _Assets(StaticFiles):
    """Files whose name carries the hash of what is in them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """See StaticFiles.get_response; adds the caching."""
        response = await super().get_response(path, scope)
        response.headers.update(ASSET_HEADERS)
        return response


def mount_console(app: FastAPI, static: Path = STATIC) -> None:
    """Answer every path that nothing else wants with the page.

    To be called after all other routes are there: the page takes whatever is left, so that its
    own addresses (``/cameras``, ``/replay/...``) survive a reload. Paths under ``/api/`` and
    ``/assets/`` never turn into the page: a script that asks for a missing thing gets 404.

    Args:
        app: Gets the routes; they are not part of the OpenAPI document.
        static: What ``make web`` built; without it every address explains how to build it.
    """
    if (static / "assets").is_dir():
        app.mount("/assets", _Assets(directory=static / "assets"), name="assets")

    @app.get("/{path:path}", include_in_schema=False, response_model=None)
    async def page(path: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        return _answer(path, static)


def _answer(path: str, static: Path) -> Response:
    if path == "api" or path.startswith(("api/", "assets/")):
        raise HTTPException(status_code=404, detail=f"there is no /{path}")
    if (kind := TOP_LEVEL_FILES.get(path)) and (static / path).is_file():
        return FileResponse(static / path, headers=PAGE_HEADERS, media_type=kind)
    if kind and (static / "index.html").is_file():
        # The page in place of a script or a picture would help nobody.
        raise HTTPException(status_code=404, detail=f"there is no /{path}")
    if not (static / "index.html").is_file():
        return HTMLResponse(UNBUILT, status_code=503, headers=PAGE_HEADERS)
    return FileResponse(static / "index.html", headers=PAGE_HEADERS, media_type="text/html")
