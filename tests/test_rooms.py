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


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The sets of two or more modules that import each other, directly or by way of others."""
    reach = {name: set(others) for name, others in graph.items()}
    for middle in graph:
        for name in graph:
            if middle in reach[name]:
                reach[name] |= reach[middle]
    found = {frozenset(other for other in reach[name] if name in reach[other]) for name in graph if name in reach[name]}
    return [set(circle) for circle in found]


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a", "e"}, "e": set()}
    assert circles(graph) == [{"a", "b", "c"}]


def test_no_modules_import_each_other() -> None:
    known = modules()
    inner = [name for name in known if name.count(".") > 1]
    assert circles({name: imports(known[name], known) & set(inner) for name in inner}) == []


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
    assert not late


AFTER = ("problem", "readings", "stepper", "record", "diagnosis", "session", "explain", "verify")
"""The rooms that are handed what the settings have read."""
OF_A_DECK = {"name", "path", "resolved", "allow_petsc"}
"""What they may take of a deck: what it is called, where it is, and all of it for the record."""


def looks(source: str) -> set[str]:
    """What a source takes out of a deck: `deck.x` of a variable of that name, or of that attribute of anything."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        of = node.value if isinstance(node, ast.Attribute) else None
        if getattr(of, "id", getattr(of, "attr", "")) == "deck":
            assert isinstance(node, ast.Attribute)
            found.add(node.attr)
    return found


def test_a_look_at_the_deck_is_found() -> None:
    assert looks("a = self.model.deck.section('given')\ndeck = x.deck\ndeck.root") == {"section", "root"}
    assert looks("from trona.deck import Deck\ncompose(model.deck, mesh)") == set()


def test_nothing_after_the_settings_looks_at_the_deck() -> None:
    found = {
        (name.removeprefix("trona."), taken)
        for name, path in modules().items()
        if "." in name and room(name) in AFTER
        for taken in looks(path.read_text(encoding="utf-8")) - OF_A_DECK
    }
    # One run of a deck with a sweep is refused before anything is composed.
    assert found == {("session.run", "section"), ("session.run", "root")}
