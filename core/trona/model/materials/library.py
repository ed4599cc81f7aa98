"""The materials on offer: files beside a deck and in plugin packages, read as data, without a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as _field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from trona.deck import Expression, Node, load_yaml, parse_expression, parse_input
from trona.deck.bounds import BOUNDS
from trona.errors import DeckError, UserError, hint, nearest
from trona.model.declare import Field
from trona.model.materials.evaluate import read
from trona.model.materials.material import Material
from trona.model.materials.materials import is_material, material_folders
from trona.model.materials.property_text import Written, written
from trona.model.packages import read_constant
from trona.model.unknown import constant_of
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trona.model.registry import Registry
    from trona.model.symbols import InputSymbol


@dataclass(frozen=True)
class PropertyName:
    """A name of `properties.yaml`: the unit of such a property, what is usual, and the bounds that no value passes.

    low, high and bounds (by their names in trona.deck.bounds) are in SI.
    """

    name: str
    unit: Unit
    text: str
    low: float
    high: float
    bounds: dict[str, float]
    distribution: str


@dataclass(frozen=True)
class MaterialFile:
    """A material file; origin: the distribution it came with, '' for one of the user's."""

    name: str
    text: str
    path: Path
    origin: str
    properties: dict[str, Node]
    root: Node

    @cached_property
    def written(self) -> dict[str, Written]:
        """How each property is written."""
        return {name: written(node) for name, node in self.properties.items()}


def library(registry: Registry, folder: Path) -> dict[str, MaterialFile]:
    """Return the materials that a deck in `folder` can name, by name: a qualified one where several packages have it.

    A YAML file beside the deck that has no mapping `properties` is no material. Raises DeckError for one that is no
    YAML.
    """
    origins = {d / "materials": registry.data_origins.get(d, "") for d in registry.data}
    found: dict[str, list[MaterialFile]] = {}
    for place in material_folders(folder, registry.data):
        for path in sorted(place.glob("*.yaml")):
            if material := _read(path, origins.get(place, "")):
                found.setdefault(path.stem, []).append(material)
    named = {}
    for name, several in found.items():
        for one in several[:1] if not several[0].origin else several:
            qualified = len(several) > 1 and one.origin
            spelt = f"{one.origin.partition(' ')[0]}:{name}" if qualified else name
            named[spelt] = replace(one, name=spelt)
    return dict(sorted(named.items()))


def _read(path: Path, origin: str) -> MaterialFile | None:
    if not origin and not is_material(path):
        return None  # most likely a deck, which another command reads
    root = load_yaml(path)
    entries = root.value if isinstance(root.value, dict) else {}
    properties = entries["properties"].value if "properties" in entries else None
    if not isinstance(properties, dict):
        return None
    text = " ".join(entries["text"].text.split()) if "text" in entries else ""
    return MaterialFile(path.stem, text, path, origin, properties, root)


def property_names(registry: Registry) -> dict[str, PropertyName]:
    """Return the common names of properties, from the `properties.yaml` of all packages.

    Raises DeckError for a mistake in one, and when two packages give a name other units or another range.
    """
    found: dict[str, PropertyName] = {}
    for folder in registry.data:
        path = folder / "properties.yaml"
        if not path.is_file():
            continue
        for name, node in load_yaml(path).mapping().items():
            one = _name(name, node, registry.data_origins.get(folder, ""))
            other = found.setdefault(name, one)
            if not other.unit.same_dimension(one.unit):
                text = f"the property '{name}' is in {one.unit}, and in {other.unit} for {other.distribution}"
                raise node.error(text)
            if one.bounds != other.bounds:
                raise node.error(f"the property '{name}' has other bounds for {other.distribution}; uninstall one")
            if (one.low, one.high) != (other.low, other.high):
                ranges = [f"{n.low:g} to {n.high:g} {n.unit.si} for {n.distribution}" for n in (one, other)]
                raise node.error(f"the property '{name}' is between {' and between '.join(ranges)}; uninstall one")
    return found


def _name(name: str, node: Node, distribution: str) -> PropertyName:
    entry = node.mapping()
    for key in ("unit", "text", "between"):
        if key not in entry:
            raise node.error(f"the property '{name}' needs the key '{key}'")
    try:
        unit = Unit.parse(entry["unit"].string())
    except ValueError as error:
        raise entry["unit"].error(str(error)) from None
    ends = entry["between"].sequence()
    if len(ends) != 2:
        raise entry["between"].error(f"a range is [LOWEST, HIGHEST], got {len(ends)} values")
    low, high = (parse_input(end, unit, {}, "").constant for end in ends)
    known = ("unit", "text", "between", *BOUNDS)
    for key in entry:
        if key not in known:
            raise DeckError(f"no such key '{key}'{hint(key, known)}", node.key(key))
    bounds = {key: parse_input(entry[key], unit, {}, "").constant for key in BOUNDS if key in entry}
    return PropertyName(name, unit, entry["text"].string(), low, high, bounds, distribution)


_common: dict[tuple[Path, ...], dict[str, PropertyName]] = {}


def common_names(registry: Registry) -> dict[str, PropertyName]:
    """As `property_names`, read once."""
    if registry.data not in _common:
        _common[registry.data] = property_names(registry)
    return _common[registry.data]


class MissingFieldError(UserError):
    """A property depends on a field for which no value is given; `str(error)` is its name."""


@dataclass
class Conditions:
    """Values of fields at which properties are evaluated: stands in for a model where a material wants one."""

    registry: Registry
    values: dict[str, Expression] = _field(default_factory=dict)
    folder: Path = Path()
    dimension: int = 1
    material: MaterialFile | None = None
    """Whose properties others may depend on."""
    contributor: str = ""
    under_way: tuple[str, ...] = ()
    """Properties that are being evaluated."""

    @property
    def deck(self) -> Conditions:
        return self

    def note(self, symbol: InputSymbol) -> InputSymbol:
        """Return an input as it is: nothing here is a control."""
        return symbol

    @property
    def given(self) -> dict[str, Expression]:
        return self.values

    @property
    def fields(self) -> dict[str, Any]:
        return {}

    def varies(self, expression: Any) -> bool:
        return bool(expression.variables - {"t"})

    @classmethod
    def read(cls, texts: Iterable[str], registry: Registry, known: Iterable[str] = ()) -> Conditions:
        """Read texts like 'FIELD=VALUE'; `known` are names in addition to those of declared fields. Raises
        UserError."""
        declared = _declared(registry)
        values = {}
        for text in texts:
            name, equals, value = (part.strip() for part in text.partition("="))
            if not equals or not name:
                raise UserError(f"expected FIELD=VALUE, got '{text}'")
            names = sorted({*declared, *known})
            if name not in names:
                raise UserError(f"no field '{name}'{hint(name, names)}")
            try:
                values[name] = parse_expression(value, {}, declared.get(name))
            except ValueError as error:
                raise UserError(f"{name}: {error}") from None
        return cls(registry, values)

    def view(self, user: str, values: Mapping[str, InputSymbol] | None = None) -> Conditions:
        """Return these conditions as `user` asks for them, with further fields."""
        more = {name: cast(Expression, symbol.expression) for name, symbol in (values or {}).items()}
        return replace(self, contributor=user, values={**self.values, **more})

    def variables(self) -> dict[str, Unit]:
        places = {name: Unit.parse("s" if name == "t" else "m") for name in "txyz"}
        return {**places, **_declared(self.registry), **{name: v.unit for name, v in self.values.items()}}

    def field(self, name: str) -> Any:
        if name not in self.values:
            raise MissingFieldError(name)
        return self.values[name].constant

    def has_field(self, name: str) -> bool:
        return name in self.values

    def variable_symbols(self, names: Iterable[str]) -> dict[str, Any]:
        return {name: self.field(name) for name in names}

    def constant(self, name: str) -> Any:
        return read_constant(self.registry, name, self.contributor).constant

    def value(self, material: MaterialFile, name: str, unit: Unit) -> float:
        """Return a property in the SI unit, at these conditions.

        Raises MissingFieldError when it needs more, DeckError for a mistake in the file.
        """
        reader = Material(material.name, material.name, material.properties, material.root.location, str(material.path))
        stand_in: Any = replace(self, material=material, under_way=(*self.under_way, name))
        found = constant_of(read(reader, name, unit, stand_in))
        if found is None:
            raise MissingFieldError("t")
        return found

    def property(self, name: str, unit: str, default: float | None = None) -> float:
        """Return another property of the material that is being read. Raises DeckError if it depends on itself."""
        assert self.material is not None
        if name not in self.material.properties:
            if default is not None:
                return default
            known = hint(name, self.material.properties)
            raise DeckError(f"{self.material.name} has no property '{name}'{known}", self.material.root.location)
        if name in self.under_way:
            text = f"the property '{name}' depends on itself, {' -> '.join([*self.under_way, name])}"
            raise DeckError(text, self.material.properties[name].location)
        return self.value(self.material, name, Unit.parse(unit))

    def left(self, material: MaterialFile, name: str) -> list[str]:
        """Return the names of the conditions that lie out of the range in which a property holds."""
        found = []
        for field, ends in material.written[name].valid.items():
            if field in self.values:
                here = self.values[field]
                low, high = (parse_expression(end, {}, here.unit).constant if end else None for end in ends)
                if (low is not None and here.constant < low) or (high is not None and here.constant > high):
                    found.append(field)
        return found


def _declared(registry: Registry) -> dict[str, Unit]:
    """The unit of every field in blocks that some installed physics declares."""
    declared = (d for cls in registry.physics.values() for d in cls.provides if isinstance(d, Field))
    return {d.name: Unit.parse(d.unit) for d in declared if d.kind == "volume"}


def remarks(material: MaterialFile, registry: Registry) -> list[str]:
    """Return what is wrong or doubtful in a material file: units, sources, values out of all proportion."""
    names, conditions = property_names(registry), Conditions(registry)
    found = []
    for name, text in material.written.items():
        if not text.source:
            found.append(f"{name}: {'an assumption without a reason' if text.assumption else 'no source'}")
        if name not in names:
            found.append(f"{name}: not one of the common names{nearest(name, names)}")
            continue
        common = names[name]
        try:
            value = conditions.value(material, name, common.unit)
        except MissingFieldError:
            continue
        except DeckError as error:
            found.append(f"{name}: {error.message}")
            continue
        broken = [b for b, limit in common.bounds.items() if not BOUNDS[b].passes(value, limit)]
        if broken:
            limit = f"{BOUNDS[broken[0]].words} {common.bounds[broken[0]]:g} {common.unit}"
            found.append(f"{name}: {value:g} {common.unit} is impossible; it must be {limit}")
        elif not common.low <= value <= common.high:
            limits = f"{common.low:g} to {common.high:g} {common.unit}"
            found.append(f"{name}: {value:g} {common.unit} is not plausible; the usual range is {limits}")
    return found
