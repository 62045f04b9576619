"""Errors as RFC 9457 problem details: a status, a kind, and a sentence that says the way out."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, WebSocket
from fastapi.exceptions import (
    RequestValidationError,
    ValidationException,
    WebSocketRequestValidationError,
)
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketState

from vedette.base import errors

MEDIA_TYPE = "application/problem+json"

_STATUS: Sequence[tuple[type[errors.VedetteError], int, str]] = (
    (errors.NotFound, 404, "not-found"),
    (errors.Outdated, 409, "outdated"),
    (errors.Conflict, 409, "conflict"),
    (errors.TooManyAttempts, 429, "too-many-attempts"),
    (errors.ReasonAsked, 428, "reason-asked"),
    (errors.ProveAgain, 403, "prove-again"),
    (errors.BeginAgain, 401, "begin-again"),
    (errors.Refused, 403, "refused"),
    (errors.BadRequest, 400, "bad-request"),
    (errors.SourceRefused, 502, "camera-refused"),
    (errors.SourceUnsupported, 502, "camera-unsupported"),
    (errors.SourceProtocol, 502, "camera-protocol"),
    (errors.SourceLost, 502, "camera-unreachable"),
    (errors.StorageError, 503, "storage"),
    (errors.ConfigError, 400, "configuration"),
)


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="Where, such as body.name or query.start_us")
    message: str = Field(description="What is wrong with it")


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(description="urn:vedette:problem: and the kind, for programs")
    title: str = Field(description="The status in words")
    status: int = Field(description="HTTP status")
    detail: str = Field(description="One sentence for people that says the way out")
    act: str = Field(default="", description="What a reason is asked for")
    errors: list[FieldProblem] = Field(
        default_factory=list[FieldProblem], description="One entry per field that is wrong"
    )


def problem(
    status: int,
    kind: str,
    detail: str,
    *,
    fields: Sequence[FieldProblem] = (),
    act: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as an HTTP answer."""
    body = Problem(
        type=f"urn:vedette:problem:{kind}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        act=act,
        errors=list(fields),
    )
    return Response(
        body.model_dump_json(exclude_defaults=True),
        status_code=status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def not_signed_in(
    detail: str = "sign in, or send a token: Authorization: Bearer vdt_…",
) -> Response:
    """Nobody is known to be asking."""
    return problem(401, "not-signed-in", detail, headers={"WWW-Authenticate": "Bearer"})


def refused_entry(refusal: errors.Refused) -> Response:
    """The answer to somebody who tried to sign in and did not get in.

    Raises:
        TooManyAttempts: That is told as such.
    """
    if isinstance(refusal, errors.TooManyAttempts | errors.BeginAgain):
        raise refusal
    return not_signed_in(str(refusal))


def of_error(error: errors.VedetteError) -> Response:
    """The answer to a deliberate error."""
    headers: dict[str, str] = {}
    if isinstance(error, errors.TooManyAttempts):
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    act = error.act if isinstance(error, errors.ReasonAsked) else ""
    for kind, status, name in _STATUS:
        if isinstance(error, kind):
            return problem(status, name, str(error), act=act, headers=headers)
    return problem(500, "error", str(error), headers=headers)


def _of_validation(error: ValidationException) -> Response:
    fields = [
        FieldProblem(field=".".join(str(part) for part in item["loc"]), message=str(item["msg"]))
        for item in error.errors()
    ]
    first = fields[0] if fields else FieldProblem(field="body", message="cannot be read")
    detail = f"correct {first.field}: {first.message}"
    return problem(422, "invalid", detail, fields=fields)


def _of_http(error: HTTPException) -> Response:
    return problem(error.status_code, "http", str(error.detail), headers=dict(error.headers or {}))


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem."""

    async def deliberate(connection: HTTPConnection, error: Any) -> Response | None:
        return await _say(connection, of_error(error))

    async def invalid(connection: HTTPConnection, error: Any) -> Response | None:
        return await _say(connection, _of_validation(error))

    async def http(connection: HTTPConnection, error: Any) -> Response | None:
        return await _say(connection, _of_http(error))

    handlers: dict[Any, Any] = {
        errors.VedetteError: deliberate,
        RequestValidationError: invalid,
        WebSocketRequestValidationError: invalid,
        HTTPException: http,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _say(connection: HTTPConnection, answer: Response) -> Response | None:
    """A WebSocket that was not accepted yet is denied with the same problem."""
    if not isinstance(connection, WebSocket):
        return answer
    if connection.application_state is WebSocketState.CONNECTING:
        await connection.send_denial_response(answer)
    return None
