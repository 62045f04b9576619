"""config/example.toml names every setting, as the code has it now."""

import tomllib
from pathlib import Path

from pydantic import BaseModel

from vedette.accounts.settings import SignOnSettings
from vedette.cli.example import example_toml
from vedette.settings import Settings
from vedette.storage.settings import VolumeSettings

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "example.toml"


def test_the_committed_example_is_what_the_code_says() -> None:
    assert EXAMPLE.read_text("utf-8") == example_toml(), (
        "settings changed; run `.venv/bin/vedette config example > config/example.toml`"
    )


def _unexplained(kind: type[BaseModel], path: str) -> list[str]:
    missing: list[str] = []
    for name, field in kind.model_fields.items():
        if not field.description:
            missing.append(path + name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            missing += _unexplained(field.annotation, f"{path}{name}.")
    return missing


def test_every_setting_is_explained() -> None:
    assert not _unexplained(Settings, "") + _unexplained(VolumeSettings, "volumes.")
    assert not _unexplained(SignOnSettings, "sign_on.")


def test_the_example_loads_when_its_settings_are_uncommented() -> None:
    lines = [
        line[2:] if line.startswith("# ") and " = " in line else line
        for line in EXAMPLE.read_text("utf-8").replace("# [[", "[[").splitlines()
        if not line.startswith("# ") or " = " in line or "[[" in line
    ]
    values = tomllib.loads("\n".join(line for line in lines if _is_setting(line)))
    lists = (values["volumes"][0], values["sign_on"][0])
    for table in (values["server"], values["exports"], *lists):
        for key in [key for key, value in table.items() if value == ""]:
            del table[key]  # a setting without a default stands there as an empty text
    assert Settings(**values).server.port == Settings().server.port


def _is_setting(line: str) -> bool:
    head = line.split(" = ", maxsplit=1)[0]
    return line.startswith("[") or head.isidentifier()
