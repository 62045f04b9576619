"""The example configuration, written from the settings tree so that it never lags behind."""

import json
import textwrap
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from vedette.settings import Settings
from vedette.storage.settings import VolumeSettings

_HEAD = """\
# Every setting of Vedette with its default. Copy what you change into vedette.toml in the data
# folder, or name a file with --config. Environment variables win over the file:
# VEDETTE_SERVER__PORT=8480 sets port in [server]. Written by `vedette config example`.
"""


def example_toml() -> str:
    """All settings as commented TOML."""
    lines = [_HEAD]
    sections: list[tuple[str, type[BaseModel]]] = []
    for name, info in Settings.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            sections.append((name, kind))
        elif name != "volumes":
            lines += _setting(name, info)
    for name, kind in sections:
        lines += [f"[{name}]"]
        for field, info in kind.model_fields.items():
            lines += _setting(field, info)
    description = Settings.model_fields["volumes"].description or ""
    lines += [*_comment(description), "# [[volumes]]"]
    for field, info in VolumeSettings.model_fields.items():
        lines += _setting(field, info, example='"/srv/footage"' if field == "path" else '""')
    return "\n".join(lines).rstrip() + "\n"


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, 96)]


def _setting(name: str, info: FieldInfo, example: str = '""') -> list[str]:
    default = info.get_default(call_default_factory=True)
    shown = example if default is None or default is PydanticUndefined else _toml(default)
    return [*_comment(info.description or ""), f"# {name} = {shown}", ""]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return json.dumps(value.value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"  # pyright: ignore[reportUnknownVariableType]
    return json.dumps(value.as_posix() if isinstance(value, Path) else str(value))
