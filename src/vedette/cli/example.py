"""The example configuration, written from the settings tree so that it never lags behind."""

import json
import textwrap
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from vedette.accounts.settings import SignOnSettings
from vedette.settings import Settings
from vedette.storage.settings import VolumeSettings

_TABLES: dict[str, tuple[type[BaseModel], dict[str, str]]] = {
    "volumes": (VolumeSettings, {"path": '"/srv/footage"'}),
    "sign_on": (
        SignOnSettings,
        {"name": '"Town hall"', "issuer": '"https://id.example.org"', "client_id": '"vedette"'},
    ),
}
"""Lists of tables, with what stands for settings that have no default."""

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
        elif name not in _TABLES:
            lines += _setting(name, info)
    for name, kind in sections:
        lines += [f"[{name}]"]
        for field, info in kind.model_fields.items():
            lines += _setting(field, info)
    for name, (kind, examples) in _TABLES.items():
        lines += [*_comment(Settings.model_fields[name].description or ""), f"# [[{name}]]"]
        for field, info in kind.model_fields.items():
            lines += _setting(field, info, example=examples.get(field, '""'))
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
