"""The OpenAPI document: committed as served, and kept by the server that it describes."""

import asyncio
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks

from vedette.api.factory import create_api, routes_alone
from vedette.api.openapi import as_text, document
from vedette.api.server import Listen, serve
from vedette.model.camera import Credentials
from vedette.model.probe import ProbeResult
from vedette.testing.house import open_house
from vedette.testing.media import make_clip

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 8
CHECKS = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)


def test_the_committed_document_is_the_served_one() -> None:
    committed = (ROOT / "docs" / "reference" / "openapi.json").read_text("utf-8")
    assert committed == as_text(routes_alone()), (
        "run: .venv/bin/python -m vedette.api > docs/reference/openapi.json"
    )


def test_every_operation_is_named_and_explained() -> None:
    operations = [
        operation
        for item in document(routes_alone())["paths"].values()
        for operation in item.values()
    ]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all(operation["description"] for operation in operations)
    assert all("default" in operation["responses"] for operation in operations)


@dataclass(frozen=True)
class Target:
    """A server, and what there is to find in it.

    Attributes:
        known: Values for path parameters; made-up ones would never get past the first look.
    """

    address: str
    token: str
    known: dict[str, Any]
    stop: Callable[[], object]

    def aim(self, case: Any) -> None:
        """Point a made-up request at something that exists; whoever deletes stays off it."""
        if case.method != "DELETE":
            for name in self.known.keys() & dict(case.path_parameters or {}).keys():
                case.path_parameters[name] = self.known[name]
        if isinstance(case.body, dict) and "camera" in case.body:
            case.body["camera"] = self.known["camera_id"]
        if "camera" in dict(case.query or {}):
            case.query["camera"] = self.known["camera_id"]
        if isinstance(case.body, dict) and isinstance(case.body.get("address"), str):
            case.body["address"] = "rtsp://192.0.2.1/main"


async def _serve(folder: Path, told: Future[Target]) -> None:
    async def probe(_address: str, _credentials: Credentials | None) -> ProbeResult:
        return ProbeResult(make="Acme")

    async with open_house(folder) as house:
        segment = await house.record(make_clip(), house.clock.wall_us())
        house.play(make_clip())
        app = create_api(replace(house.services, probe=probe))
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def ready(port: int) -> None:
            known = {
                "camera_id": house.camera.id,
                "segment_start_us": segment.start_us,
                "fragment_start_us": segment.start_us,
                "format_id": segment.format_id,
            }
            address = f"http://127.0.0.1:{port}"
            told.set_result(
                Target(address, house.token, known, lambda: loop.call_soon_threadsafe(stop.set))
            )

        await serve(app, Listen(port=0), stop.wait, ready=ready)


@contextmanager
def server(folder: Path) -> Generator[Target, None, None]:
    """A house behind a server in another thread."""
    told: Future[Target] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(folder, told)))
    thread.start()
    target = told.result(timeout=30)
    try:
        yield target
    finally:
        target.stop()
        thread.join(timeout=30)


@pytest.mark.server
@pytest.mark.parametrize("signed_in", [True, False])
def test_whatever_is_sent_the_server_answers_as_documented(
    tmp_path: Path, *, signed_in: bool
) -> None:
    """Requests are made up from the document itself, sensible and not."""
    with server(tmp_path) as target:
        schema = schemathesis.openapi.from_dict(document(routes_alone()))
        headers = {"Authorization": f"Bearer {target.token}"} if signed_in else {}
        welcome: set[str] = set()
        operations: list[Any] = [cast("Any", found).ok() for found in schema.get_all_operations()]
        for operation in operations:

            @settings(
                max_examples=EXAMPLES if signed_in else 2,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            )
            @given(case=operation.as_strategy())
            def ask(case: Any) -> None:
                target.aim(case)
                answer = case.call(base_url=target.address, headers=headers)
                case.validate_response(answer, checks=CHECKS)
                if answer.status_code < 400:
                    welcome.add(f"{case.method} {case.path}")

            ask()
        assert len(operations) > 20
        # Otherwise everything was turned away at the door and nothing was tested.
        assert len(welcome) >= (14 if signed_in else 1), welcome
