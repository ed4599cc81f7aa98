"""The rooms of the core: each imports only what stands before it on the way of a deck through a run."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))
from rooms import ORDER, counts, imports, modules, picture, room

from trona.model.loading import registry


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
    rooms = list(ORDER)
    assert {room(name) for name in modules() if "." in name} == set(rooms)
    assert not [pair for pair in counts() if rooms.index(pair[1]) > rooms.index(pair[0])]


def test_the_picture_shows_every_import_below_its_diagonal() -> None:
    drawn = picture()
    assert drawn.count('class="dot"') == len(counts()) and 'class="wrong"' not in drawn


def physics_named(text: str, physics: set[str]) -> list[str]:
    """Names of physics in a text; of those that are plain words, only where they stand as names."""
    long, each = ("|".join(sorted(names)) for names in ({name for name in physics if "_" in name}, physics))
    marked = rf"physics\.(?:{each})\b|(?<![\w.\[(])[`'\"](?:{each})[`'\":,]"
    return [found.group() for found in re.finditer(rf"\b(?:{long})\b|{marked}", text)]


def test_core_names_no_physics_not_even_as_an_example() -> None:
    builtin = {name for name, known in registry().physics.items() if known.__module__.startswith("trona_plugins.")}
    for text in ("physics.heat.blocks", "`heat:` alone", "use 'heat'", "as in ionic_charge"):
        assert len(physics_named(text, builtin)) == 1, text
    assert not physics_named('growth = Number("largest ratio")', builtin)
    core = Path(__file__).parents[1] / "core"
    texts = {path.relative_to(core): path.read_text(encoding="utf-8") for path in sorted(core.rglob("*.py"))}
    assert {str(path): found for path, text in texts.items() if (found := physics_named(text, builtin))} == {}


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
