"""What plugin packages bring under names: a name that several of them define is qualified, `package:name`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from trona.deck import Expression, load_yaml, parse_expression
from trona.errors import UserError, hint
from trona.model.registry import bare

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from trona.model.registry import Registry

T = TypeVar("T")

EXAMPLES = "conformance"
"""Folder of the example decks in a data folder."""


def choose(what: str, name: str, found: Mapping[str, T], own: str = "") -> T | None:
    """Return the one of several definitions of a name, by distribution, that is meant; None if there is none.

    name: plain, or qualified with a distribution. own: the distribution of who asks, whose definition goes first.
    Raises UserError if the name is plain and several other distributions define it.
    """
    package, colon, plain = name.rpartition(":")
    wanted = {d: v for d, v in found.items() if not colon or bare(d) == bare(package)}
    for distribution, value in wanted.items():
        if len(wanted) == 1 or (own and bare(distribution) == bare(own)):
            return value
    if not wanted:
        return None
    spelt = " or ".join(f"'{d.partition(' ')[0]}:{plain}'" for d in wanted)
    raise UserError(f"the {what} '{plain}' is defined by {' and by '.join(wanted)}; write {spelt}")


def read_constant(registry: Registry, name: str, asking: str = "") -> Expression:
    """Return a physical constant. Raises UserError if no package defines it, or several but not that of `asking`.

    asking: the plugin that asks for it.
    """
    plain = name.rpartition(":")[2]
    known: list[str] = []
    found: dict[str, Expression] = {}
    for folder in registry.data:
        path = folder / "constants.yaml"
        if path.is_file():
            entries = load_yaml(path).mapping()
            known.extend(entries)
            if plain in entries:
                value = parse_expression(entries[plain].mapping()["value"].string(), {})
                found[registry.data_origins.get(folder, str(folder))] = value
    chosen = choose("physical constant", name, found, registry.distributions.get(asking, ""))
    if chosen is None:
        raise UserError(f"no physical constant '{name}'{hint(name, known)}")
    return chosen


def example_decks(registry: Registry, name: str) -> list[Path]:
    """Return the example decks of the packages for a plugin."""
    folders = [folder / EXAMPLES for folder in registry.data]
    return [path for f in folders for end in (".yaml", "-*.yaml") for path in sorted(f.glob(f"{name}{end}"))]


def find_files(registry: Registry, folder: Path, name: str) -> dict[str, Path]:
    """Return the material files of a name: the user's own beside the deck, else those of packages by distribution."""
    package, colon, plain = name.rpartition(":")
    own = [] if colon else [folder / f"{plain}.yaml", folder / "materials" / f"{plain}.yaml"]
    for path in own:
        if _is_file(path):
            return {"": path}
    places = [d for d in registry.data if not colon or bare(registry.data_origins.get(d, "")) == bare(package)]
    paths = {registry.data_origins.get(d, str(d)): d / "materials" / f"{plain}.yaml" for d in places}
    return {origin: path for origin, path in paths.items() if _is_file(path)}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long for any file
        return False
