"""The import rule bites: each fault, planted in a copy of the source, is caught."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FAULTS = {
    "a stage imports a stage": ("record/__init__.py", "import vedette.playback"),
    "a stage imports a driver": ("ingest/__init__.py", "import vedette.hub.drivers.memory"),
    "the wiring imports a driver": ("app.py", "import vedette.bus.drivers.memory"),
    "a noun imports a service": ("model/camera.py", "import vedette.catalog.ports"),
    "a noun imports a database library": ("model/camera.py", "import sqlalchemy"),
    "a bitstream imports a media library": ("media/__init__.py", "import av"),
    "a new folder has no place": ("misc/__init__.py", ""),
}


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(linter), "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def _copy(folder: Path) -> Path:
    shutil.copytree(
        ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "static")
    )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_source_keeps_the_rule(tmp_path: Path) -> None:
    result = _lint(_copy(tmp_path))
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_planted_fault_is_caught(fault: str, tmp_path: Path) -> None:
    file, line = FAULTS[fault]
    target = _copy(tmp_path) / "src" / "vedette" / file
    target.parent.mkdir(exist_ok=True)
    with target.open("a") as source:
        source.write(f"\n{line}\n")
    result = _lint(tmp_path)
    assert result.returncode != 0, f"{fault} went unnoticed"
