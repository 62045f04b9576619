"""The OpenAPI document; ``python -m vedette.api`` prints the committed copy anew."""

import json
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from vedette.api.guard import COOKIE, GUEST_COOKIE, OPEN, is_for_guests, is_guarded
from vedette.api.problems import MEDIA_TYPE, Problem

_DESCRIPTION = """Vedette's own HTTP interface, which its console uses too.

Instants are whole microseconds since 1970-01-01T00:00:00Z. Errors are problem details (RFC 9457).
WebSockets, which OpenAPI does not describe: `/api/v1/cameras/{camera_id}/live` and
`/api/v1/updates`, the same under `/api/v1/shared/{share_id}` and `/api/v1/guest`; see
docs/reference/api.md."""


def document(app: FastAPI) -> dict[str, Any]:
    """The document of an application, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title="Vedette",
            version="1",
            description=_DESCRIPTION,
            routes=app.routes,
        )
        _secure(made)
        _explain_errors(made)
        app.openapi_schema = made
    return app.openapi_schema


def as_text(app: FastAPI) -> str:
    """The document as it is committed."""
    return json.dumps(document(app), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _operations(made: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, item in made["paths"].items()
        for method, operation in item.items()
    ]


def _secure(made: dict[str, Any]) -> None:
    made["components"]["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        "guest": {"type": "apiKey", "in": "cookie", "name": GUEST_COOKIE},
        "token": {"type": "http", "scheme": "bearer", "description": "vdt_…"},
    }
    for method, path, operation in _operations(made):
        if is_guarded(path) and (method, path) not in OPEN:
            guest = is_for_guests(path)
            operation["security"] = [{"guest": []}] if guest else [{"session": []}, {"token": []}]


def _explain_errors(made: dict[str, Any]) -> None:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = made["components"].setdefault("schemas", {})
    schemas.update(cast("dict[str, Any]", schema.pop("$defs", {})))
    schemas["Problem"] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    answer = {
        "description": "What went wrong, and the way out",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for _, _, operation in _operations(made):
        operation["responses"].pop("422", None)
        operation["responses"]["default"] = answer
