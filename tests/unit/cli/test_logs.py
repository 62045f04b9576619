"""Secrets do not reach the log, whoever logs them."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from vedette.cli.logs import configure_logs, without_userinfo


@pytest.fixture(autouse=True)
def restore() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    logging.basicConfig(force=True)


def test_secret_words_and_users_in_addresses_are_blanked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("info", as_json=True)
    log = structlog.get_logger("test")
    log.info("camera.added", password="hunter2", address="rtsp://viewer:hunter2@192.0.2.1/main")
    written = capsys.readouterr().err
    record = json.loads(written)
    assert record["password"] == "***"
    assert record["address"] == "rtsp://***@192.0.2.1/main"
    assert "hunter2" not in written


def _fail(password: str) -> None:
    raise OSError(f"{len(password)} characters did not help")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_does_not_show_variables(
    capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    configure_logs("info", as_json=as_json)
    try:
        _fail("hunter" + "2")
    except OSError:
        structlog.get_logger("test").exception("camera.failed")
    written = capsys.readouterr().err
    assert "camera.failed" in written
    assert "did not help" in written
    assert "hunter2" not in written


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning", as_json=False)
    structlog.get_logger("test").info("chatter")
    assert capsys.readouterr().err == ""


def test_a_database_address_is_shown_without_its_password() -> None:
    shown = without_userinfo('{"url":"postgresql+psycopg://vedette:secret@db/vedette"}')
    assert shown == '{"url":"postgresql+psycopg://***@db/vedette"}'
