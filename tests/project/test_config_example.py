"""config/example.toml names every setting, as the code has it now."""

import tomllib
from pathlib import Path

from vedette.cli.example import example_toml
from vedette.settings import Settings

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "example.toml"


def test_the_committed_example_is_what_the_code_says() -> None:
    assert EXAMPLE.read_text("utf-8") == example_toml(), (
        "settings changed; run `.venv/bin/vedette config example > config/example.toml`"
    )


def test_every_setting_is_explained() -> None:
    def check(schema: dict[str, object], path: str) -> list[str]:
        missing: list[str] = []
        properties = schema.get("properties")
        assert isinstance(properties, dict)
        for name, field in properties.items():  # pyright: ignore[reportUnknownVariableType]
            if not field.get("description"):  # pyright: ignore[reportUnknownMemberType]
                missing.append(f"{path}{name}")
        return missing

    whole = Settings.model_json_schema()
    missing = check(whole, "")
    for section, schema in whole["$defs"].items():
        if "properties" in schema:
            missing += check(schema, f"{section}.")
    assert not missing


def test_the_example_loads_when_its_settings_are_uncommented() -> None:
    lines = [
        line[2:] if line.startswith("# ") and " = " in line else line
        for line in EXAMPLE.read_text("utf-8").replace("# [[volumes]]", "[[volumes]]").splitlines()
        if not line.startswith("# ") or " = " in line or "[[" in line
    ]
    values = tomllib.loads("\n".join(line for line in lines if _is_setting(line)))
    values["server"] = {
        key: value for key, value in values["server"].items() if not key.startswith("tls_")
    }
    assert Settings(**values) is not None


def _is_setting(line: str) -> bool:
    head = line.split(" = ", maxsplit=1)[0]
    return line.startswith("[") or head.isidentifier()
