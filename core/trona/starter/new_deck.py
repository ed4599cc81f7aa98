"""Completes a deck from its mesh and its physics until it composes."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trona.deck import SECTIONS, BoundaryOption, Deck, InterfaceOption
from trona.deck.override import overridden
from trona.deck.source import from_plain
from trona.errors import UserError, UserErrors, nearest, raise_all
from trona.mesh import MeshData
from trona.model import Model, Registry, compose, registry
from trona.model.declare import Balance, Field
from trona.model.read_mesh import read_mesh_section
from trona.settings import read_settings
from trona.settings.sections import holds_at_boundaries
from trona.starter.choices import Choices
from trona.starter.examples import Examples
from trona.starter.options import filled
from trona.starter.paths import Path_, held, put
from trona.starter.shelf import Shelf
from trona.starter.writing import written
from trona.units import Unit

CHOOSE = "choose"
"""What a comment in a new deck begins with where a value was taken from an example."""
_MOST = 100
"""Changes that are tried before a deck is given up."""


def new_deck(
    mesh: Mapping[str, Any],
    physics: Sequence[str],
    path: Path,
    overrides: Sequence[str] = (),
    choices: Choices | None = None,
    plugins: Registry | None = None,
) -> str:
    """Return the text of a deck that composes, for a mesh and some physics.

    mesh: the section `mesh`. path: where the deck will be; file names in it are relative to its folder. overrides:
    what is decided already, as 'materials.lower=water'. choices: who decides the rest; by default the suggestions,
    which come from the example decks of the plugins and are marked by a comment.
    Raises UserError if a name is wrong, or if the deck cannot be completed.
    """
    plugins = plugins or registry()
    errors: list[UserError] = [UserError(plugins.no_such(n)) for n in physics if n not in plugins.physics]
    raise_all(errors)
    root = from_plain({"mesh": dict(mesh), "physics": dict.fromkeys(physics)}, path.name)
    for override in overrides:
        root = overridden(root, override)
    start = _Start(root.plain(), path, plugins, choices or Choices())
    start.decide_options()
    start.complete(trial=True)
    start.decide_materials()
    start.complete()
    start.hold_fields()
    start.decide_outputs()
    return written(start.plain, start.notes, start.offers())


class _Start:
    """A deck that is being completed."""

    def __init__(self, plain: dict[str, Any], path: Path, plugins: Registry, choices: Choices) -> None:
        self.plain, self.path, self.plugins, self.choices = plain, path, plugins, choices
        self.notes: dict[Path_, str] = {}
        self.free: set[Path_] = set()  # regions that no person has chosen
        unknown: list[UserError] = [
            UserError(f"no such section '{name}'{nearest(name, SECTIONS)}") for name in plain if name not in SECTIONS
        ]
        unknown += [
            UserError(f"{name}: expected a mapping, got '{plain[name]}'")
            for name in ("physics", "materials", "boundaries", "given", "initial")
            if not isinstance(plain.get(name) or {}, dict)
        ]
        raise_all(unknown)
        self.names = list(self.plain["physics"])
        self.examples = Examples(plugins, self.names)
        try:
            self.mesh: MeshData = read_mesh_section(self.deck(self.plain))[0]
        except UserError as error:
            raise UserError(_text(error)) from None
        self.shelf = Shelf(plugins, path.parent)
        self.model: Model | None = None

    def deck(self, plain: Mapping[str, Any]) -> Deck:
        return Deck.from_dict(plain, self.path.parent, self.path.name)

    # ------------------------------------------------------------------ decisions

    def decide_options(self) -> None:
        """Give each physics its regions and the options without which it does nothing."""
        for name in self.names:
            given = self.plain["physics"][name]
            if given is not None and not isinstance(given, dict):
                continue  # the user has written a list of them, or what the composition refuses
            cls = self.plugins.physics[name]
            likely = self.examples.blocks(name, self.mesh.blocks)
            options, notes = filled(
                name, cls, given or {}, self.mesh, self.examples.options(name), likely, self.choices
            )
            if type(self.choices) is Choices:
                self.free |= {("physics", name, key) for key in options.keys() - (given or {}).keys()}
            self.plain["physics"][name] = options
            self.notes |= {("physics", name, option): f"{CHOOSE}: {text}" for option, text in notes.items()}

    def decide_materials(self) -> None:
        """Give each block a material that has the properties which the physics ask for there."""
        assert self.model is not None
        materials = self.plain.get("materials") or {}
        for block in self.mesh.blocks:
            needed = [name for name, _ in self.model.properties_of(block)]
            if not needed or block in materials:
                continue
            fit = self.shelf.fitting(block, needed, self.examples)
            if fit and not set(needed) <= set(self.shelf.files[fit[0]].properties):
                fit = [name for name in fit if self._has_all(block, name)]
            if fit:
                materials[block] = self.choices.one(f"the material of {block}", fit[0], fit)
                others = f"; {', '.join(fit[1:6])} would do as well" if fit[1:] else ""
                self.notes["materials", block] = f"{CHOOSE}{others}"
                continue
            materials[block], missing = self.shelf.nearest(needed, self.examples)
            if missing:
                names = ", ".join(f"materials.{block}.{name}=VALUE" for name in missing)
                raise UserError(f"no material and no example has {', '.join(missing)}; give {names}")
            for name in materials[block]:
                self.notes["materials", block, name] = f"{CHOOSE}: the value of an example"
        self.plain["materials"] = materials

    def _has_all(self, block: str, material: str) -> bool:
        """Whether a material has what the physics need in a block; it may lack what they can do without."""
        plain = {**self.plain, "materials": dict.fromkeys(self.mesh.blocks, self.shelf.stand_in) | {block: material}}
        try:
            compose(self.deck(plain), self.plugins, self.mesh)
        except UserError as error:
            return f"of block {block} has no" not in str(error)
        return True

    def hold_fields(self) -> None:
        """Give each field a value on a boundary, or where it starts, if the examples have one and the deck has none.

        What composes may still have no solution of its own: a reaction that depends on the temperature does not fix it.
        """
        assert self.model is not None
        on_boundaries = [name for values in (self.plain.get("boundaries") or {}).values() for name in values or ()]
        stored = {b.field.name for b in self.model.balances.values() if any(t.kind == "storage" for t in b.terms)}
        changes: list[tuple[Path_, Any]]
        for name, field in self._fields().items():
            if self.plain.get("time") is not None and name in stored:
                changes = [(("initial", name), self.examples.value("initial", name))]
            elif name not in on_boundaries:
                value = self._components(self.examples.value("boundaries", name), field)
                changes = [(("boundaries", place, name), value) for place in self._boundaries(name)]
            else:
                continue
            for path, value in changes:
                if value is not None and not held(self.plain, path) and self._composes_with(path, value):
                    break

    def _composes_with(self, path: Path_, value: Any) -> bool:
        """Whether the deck composes with a value, which it then has."""
        before = copy.deepcopy(self.plain)
        put(self.plain, path, value)
        if self._check() is None:
            self.notes[path] = CHOOSE
            return True
        self.plain = before
        self._check()
        return False

    def _fields(self) -> dict[str, Field]:
        """Return the fields of the chosen physics that boundaries may fix."""
        assert self.model is not None
        classes = [self.plugins.physics[name] for name in self.names]
        own = {
            d.name: d for cls in classes for d in cls.provides if isinstance(d, Field) and holds_at_boundaries(cls, d)
        }
        return {name: d for name, d in own.items() if name in self.model.fields}

    def decide_outputs(self) -> None:
        """Draw every scalar field, unless the outputs are decided."""
        assert self.model is not None
        if self.plain.get("outputs") is None:
            fields = [n for n, f in sorted(self.model.fields.items()) if f.kind == "volume" and not f.shape]
            self.plain["outputs"] = {"plots": [n for n in fields if self.model.fields[n].plugin in self.names]}
            self._check()

    # ------------------------------------------------------------------ completion

    def complete(self, trial: bool = False) -> None:
        """Add what is missing, one thing at a time, until the deck composes. Raises UserError if it cannot.

        trial: with stand-ins for materials, whose properties the composed model then asks for.
        """
        tried: set[tuple[Path_, str]] = set()
        error = self._check(trial)
        while error is not None:
            found = self._without_one(error, tried, trial)
            if found is error:
                text = "\n".join(_text(one) for one in _each(error))
                raise UserError(f"the deck is not complete; add physics, or give what it lacks as KEY=VALUE:\n{text}")
            error = found

    def _without_one(self, error: UserError, tried: set[tuple[Path_, str]], trial: bool) -> UserError | None:
        """Make a change that ends one complaint, and return what is wrong then: the same error if none does."""
        for one in _each(error):
            for path, value in self._changes(one):
                if value is None or (path, str(value)) in tried or len(tried) > _MOST:
                    continue
                if held(self.plain, path) and path not in self.free:
                    continue
                tried.add((path, str(value)))
                before = copy.deepcopy(self.plain)
                put(self.plain, path, value)
                after = self._check(trial)
                left = [_text(each) for each in _each(after)] if after is not None else []
                if _text(one) not in left and not any(text.startswith(f"{'.'.join(path)}:") for text in left):
                    self.notes.setdefault(path, CHOOSE)
                    return after
                self.plain = before
        return error

    def _check(self, trial: bool = False) -> UserError | None:
        """Compose the deck; return what is wrong with it."""
        plain = copy.deepcopy(self.plain)
        if trial:
            given = plain.get("materials") or {}
            plain["materials"] = {block: given.get(block, self.shelf.stand_in) for block in self.mesh.blocks}
        try:
            self.model = compose(self.deck(plain), self.plugins, self.mesh)
            read_settings(self.model)
        except UserError as error:
            return error
        return None

    def _changes(self, error: UserError) -> Iterator[tuple[Path_, Any]]:
        """Yield what may end a complaint: the names in its text say which fields and sections it is about."""
        message, plugin = _text(error), _plugin(error)
        if wanted := re.search(r"give '(\w+): (\w+)' in '(\w+)'", message):
            yield (wanted[3], wanted[1]), wanted[2]
        if plugin in self.names:
            for key, option in self.plugins.physics[plugin].declared_options().items():
                if ("physics", plugin, key) in self.free and isinstance(option, InterfaceOption | BoundaryOption):
                    regions = self.mesh.interfaces if isinstance(option, InterfaceOption) else self.mesh.boundaries
                    yield from ((("physics", plugin, key), region) for region in regions)
        words = list(dict.fromkeys(re.findall(r"'([a-z]\w*)", message)))
        block = re.search(r"of block (\w+) has no '(\w+)'", message)
        if block is not None and isinstance((self.plain.get("materials") or {}).get(block[1]), dict):
            yield ("materials", block[1], block[2]), self.examples.value("materials", block[2])
        own = {d.name: d for name in self.names for d in self.plugins.physics[name].provides if isinstance(d, Field)}
        for word in words:
            if word in own or word == "mesh_displacement":
                value = self._components(self.examples.value("boundaries", word), own.get(word))
                yield from ((("boundaries", boundary, word), value) for boundary in self._boundaries(word))
        for word in words:
            if word not in own and self.plugins.declared_field(word):
                yield ("given", word), self.examples.value("given", word) or self.examples.value("boundaries", word)
        if "time" in words:
            time = self.examples.section("time") or {"end": "1 s", "step": "0.1 s"}
            yield ("time",), {key: time[key] for key in ("end", "step", "method") if key in time}
        for word in words:
            if word in own:
                yield ("initial", word), self.examples.value("initial", word)
            if word in SECTIONS:
                yield (word,), self.examples.section(word)
        if plugin in self.names and isinstance(self.plain["physics"][plugin], dict):
            for key, value in self.examples.options(plugin).items():
                yield ("physics", plugin, key), value

    def _boundaries(self, field: str) -> list[str]:
        """Return the boundaries of the mesh, first those that have a value of the field in an example."""
        places = self.examples.places(field)
        first = {name: places.index(name) for name in self.mesh.boundaries if name in places}
        return sorted(self.mesh.boundaries, key=lambda name: first.get(name, len(places)))

    def _components(self, value: Any, field: Field | None) -> Any:
        """Return a value of an example with as many components as the mesh has dimensions."""
        if not isinstance(value, list) or field is None or field.rank != 1:
            return value
        return [value[0]] * self.mesh.gdim

    # ------------------------------------------------------------------ offers

    def offers(self) -> dict[str, str]:
        """Return, by boundary, the further conditions that it may have, as text."""
        assert self.model is not None
        found = {}
        for name, boundary in self.mesh.boundaries.items():
            given = (self.plain.get("boundaries") or {}).get(name) or {}
            parts = []
            for plugin in self.names:
                cls = self.plugins.physics[plugin]
                for d in cls.provides:
                    if not holds_at_boundaries(cls, d):
                        continue
                    unknown = self.model.fields.get(d.field if isinstance(d, Balance) else d.name)
                    if unknown is None or not set(unknown.blocks) & set(boundary.blocks):
                        continue
                    key = d.inflow if isinstance(d, Balance) else d.name
                    if key and key not in given:
                        unit = Unit.parse(d.unit) * (Unit.parse("m") if isinstance(d, Balance) else Unit.parse("1"))
                        parts.append(f"{key} [{unit}]")
            if parts:
                found[name] = ", ".join(dict.fromkeys(parts))
        return found


def _each(error: UserError) -> Sequence[UserError]:
    return error.errors if isinstance(error, UserErrors) else (error,)


def _text(error: UserError) -> str:
    """Return a mistake without the line in a file that does not exist yet."""
    path = error.location.path if error.location is not None else ""
    message = str(getattr(error, "message", error))
    return f"{path}: {message}" if path else message


def _plugin(error: UserError) -> str:
    """Return the physics that a mistake is about, or ''."""
    parts = error.location.path.split(".") if error.location is not None else []
    return re.sub(r"\W.*", "", parts[1]) if len(parts) > 1 and parts[0] == "physics" else ""
