"""The rooms of the core: each imports only what stands before it on the way of a deck through a run."""

from __future__ import annotations

import ast
from pathlib import Path

CORE = Path(__file__).parents[1] / "core" / "trona"
ORDER = (
    "errors",
    "units",
    "deck",
    "mesh",
    "model",
    "settings",
    "problem",
    "readings",
    "stepper",
    "record",
    "diagnosis",
    "session",
    "explain",
    "verify",
    "sweep",
    "cli",
    "conformance",
    "plugin",
)
"""The rooms, first the ones that know nothing of the others; `plugin` only gathers what a plugin is written with."""
NOT_YET: set[tuple[str, str]] = set()


def modules() -> dict[str, Path]:
    """The file of every module of the core by its name; those that the template makes are none."""
    found = {}
    for path in CORE.rglob("*.py"):
        parts = path.relative_to(CORE.parent).with_suffix("").parts
        if "template" not in parts:
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> set[str]:
    """The modules that a file imports, also inside functions and for annotations only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (names & known.keys()) or {node.module}
    return found & known.keys()


def room(module: str) -> str:
    return module.split(".")[1]


def test_no_room_imports_a_later_one() -> None:
    known = modules()
    inner = [name for name in known if "." in name]
    assert {room(name) for name in inner} == set(ORDER)
    late = {
        (name, other)
        for name in inner
        for other in imports(known[name], known)
        if "." in other and ORDER.index(room(other)) > ORDER.index(room(name))
    }
    assert late == NOT_YET
