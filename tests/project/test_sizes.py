"""Files stay under 400 lines, functions under 50; honest exceptions are listed, only to shrink."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_FILE_LINES = 400
MOST_FUNCTION_LINES = 50

LONG_FILES: dict[str, int] = {}
LONG_FUNCTIONS: dict[str, int] = {
    # Places are descriptions, read from top to bottom.
    "src/vedette/testing/scene/places.py::car_park": 62,
    "src/vedette/testing/scene/places.py::lobby": 70,
    "src/vedette/testing/scene/places.py::playground": 61,
    "src/vedette/testing/scene/places.py::school_gate": 63,
    "src/vedette/testing/scene/street.py::_street": 56,
}


def _sources() -> list[Path]:
    python = [one for name in ("src", "bench", "docs") for one in (ROOT / name).rglob("*.py")]
    page = [*(ROOT / "web" / "src").rglob("*.ts"), *(ROOT / "web" / "src").rglob("*.svelte")]
    return [path for path in python + page if not path.name.endswith("schema.d.ts")]


def test_no_file_is_too_long() -> None:
    too_long = {
        str(path.relative_to(ROOT)): count
        for path in _sources()
        if (count := len(path.read_text().splitlines())) > MOST_FILE_LINES
    }
    excess = {name: n for name, n in too_long.items() if n > LONG_FILES.get(name, 0)}
    assert not excess, f"is one of these two files? {excess}"
    assert not set(LONG_FILES) - set(too_long), "a listed exception is no longer needed"


def _docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the docstring, which may be as long as it needs to be."""
    first = node.body[0]
    if ast.get_docstring(node) is None:
        return 0
    return (first.end_lineno or first.lineno) - first.lineno + 1


def test_no_function_is_too_long() -> None:
    too_long: dict[str, int] = {}
    for path in _sources():
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring(node)
                if length > MOST_FUNCTION_LINES:
                    too_long[f"{path.relative_to(ROOT)}::{node.name}"] = length
    excess = {name: n for name, n in too_long.items() if n > LONG_FUNCTIONS.get(name, 0)}
    assert not excess, f"is one of these two functions? {excess}"
    assert not set(LONG_FUNCTIONS) - set(too_long), "a listed exception is no longer needed"
