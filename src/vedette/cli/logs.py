"""Logging for people on a terminal and for machines elsewhere; secrets never pass."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_USERINFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^/\s@\"]*@", re.IGNORECASE)
_SECRET_KEYS = frozenset({"password", "secret", "token", "authorization", "cookie"})


def without_userinfo(text: str) -> str:
    """The text with the user part of every URL in it blanked."""
    return _USERINFO.sub(r"\g<scheme>***@", text)


def without_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Last line of defence: blank secret keys, and the user part of any URL."""
    for key, value in event.items():
        if key.lower() in _SECRET_KEYS:
            event[key] = "***"
        elif isinstance(value, str) and "@" in value:
            event[key] = without_userinfo(value)
    return event


def configure_logs(level: str, *, as_json: bool) -> None:
    """Send structlog and the standard library's logging to stderr.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
        as_json: One object a line instead of coloured text.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        # Plain tracebacks: the rich ones show local variables, which may be secrets.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer]
        if as_json
        else [*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=renderer)
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)
