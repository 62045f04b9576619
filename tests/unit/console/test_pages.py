"""The console's routes: what may be kept, what must be asked anew, what is no page."""

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from vedette.console import mount_console


def ask(static: Path, path: str) -> httpx.Response:
    """GET ``path`` exactly as written, dots and all."""
    app = FastAPI()

    @app.get("/api/v1/known")
    def known() -> dict[str, bool]:  # pyright: ignore[reportUnusedFunction]
        return {"known": True}

    mount_console(app, static)

    async def get() -> httpx.Response:
        url = httpx.URL("http://vedette").copy_with(raw_path=path.encode())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
            return await client.get(url)

    return asyncio.run(get())


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>Vedette</title>")
    (tmp_path / "mark.svg").write_text("<svg/>")
    (tmp_path / "assets" / "index-abc.js").write_text("1")
    (tmp_path.parent / "secret.txt").write_text("secret")
    return tmp_path


@pytest.mark.parametrize(
    "path", ["/", "/cameras", "/replay/0191/1700000000", "/enter", "/secret.txt"]
)
def test_every_address_of_the_console_is_the_page_and_asked_anew(built: Path, path: str) -> None:
    answer = ask(built, path)
    assert answer.status_code == 200
    assert "<title>Vedette</title>" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert "script-src 'self';" in answer.headers["content-security-policy"]


def test_assets_are_kept_for_ever(built: Path) -> None:
    answer = ask(built, "/assets/index-abc.js")
    assert answer.text == "1"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path", ["/assets/index-old.js", "/assets/%2e%2e/index.html", "/api/v1/unknown", "/api"]
)
def test_what_is_missing_is_missing(built: Path, path: str) -> None:
    assert ask(built, path).status_code == 404


def test_the_api_is_not_shadowed(built: Path) -> None:
    assert ask(built, "/api/v1/known").json() == {"known": True}


def test_nothing_outside_the_folder_is_served(built: Path) -> None:
    for path in ("/assets/..%2f..%2fsecret.txt", "/assets/%2e%2e/%2e%2e/secret.txt"):
        assert "secret" not in ask(built, path).text


def test_without_a_build_the_page_says_how_to_build_it(tmp_path: Path) -> None:
    answer = ask(tmp_path, "/")
    assert answer.status_code == 503
    assert "make web" in answer.text
