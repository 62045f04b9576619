"""The console's routes: what may be kept, what must be asked anew, what is no page."""

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from vedette.console import mount_console
from vedette.console.pages import TOP_LEVEL_FILES


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
    for name in TOP_LEVEL_FILES:
        (tmp_path / name).write_text(name)
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


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("service-worker.js", "text/javascript; charset=utf-8"),
        ("manifest.webmanifest", "application/manifest+json"),
        ("icon-192.png", "image/png"),
        ("mark.svg", "image/svg+xml"),
    ],
)
def test_what_installs_the_console_is_asked_anew_and_says_what_it_is(
    built: Path, name: str, kind: str
) -> None:
    answer = ask(built, f"/{name}")
    assert answer.text == name
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"worker-src 'self'", "manifest-src 'self'", "connect-src 'self'"} <= set(policy)


def test_a_service_worker_that_a_build_lacks_is_missing_and_not_the_page(built: Path) -> None:
    (built / "service-worker.js").unlink()
    assert ask(built, "/service-worker.js").status_code == 404


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
