"""Materials: named properties per block, read from YAML files with value, unit, source and uncertainty."""

from __future__ import annotations

from dataclasses import dataclass, field as _field
from typing import TYPE_CHECKING, Any

from trona.deck import Node, load_yaml, parse_input
from trona.deck import OptionContext, Quantity, read_options
from trona.errors import DeckError, UserError, nearest
from trona.model.symbols import InputSymbol, symbolic_functions
from trona.units import Unit

if TYPE_CHECKING:
    from pathlib import Path

    from trona.model.model import Model

ABOUT = ("source", "uncertainty", "valid", "assumption", "text")
"""Keys of a property that describe its value instead of giving it."""


@dataclass(eq=False)
class Material:
    """The properties of one block: those of its file, overridden by those that the deck adds."""

    name: str
    block: str
    properties: dict[str, Node]
    location: Any
    file: str = ""
    used: dict[tuple[str, str], Any] = _field(default_factory=dict)

    def evaluate(self, name: str, unit: Unit, model: Model, user: str) -> Any:
        """Return the property as an expression of inputs and of fields.

        Raises DeckError when it is missing (naming the plugin `user` that needs it) or has another unit.
        """
        key = (name, str(unit))
        if key not in self.used:
            if name not in self.properties:
                where = f" ({self.file})" if self.file else ""
                raise DeckError(
                    f"material '{self.name}' of block {self.block} has no '{name}' [{unit}], which {user} needs"
                    f"{nearest(name, self.properties)}{where}",
                    self.location,
                )
            self.used[key] = self._read(self.properties[name], name, unit, model)
        return self.used[key]

    def about(self, name: str) -> dict[str, Any]:
        """Return source, uncertainty, validity and whether the value is an assumption, as written."""
        node = self.properties[name]
        if not isinstance(node.value, dict):
            return {}
        return {k: n.plain() for k, n in node.value.items() if k in ABOUT}

    def _read(self, node: Node, name: str, unit: Unit, model: Model) -> Any:
        folder = model.deck.folder
        if isinstance(node.value, dict) and "table" not in node.value:
            kinds = [k for k in node.value if k not in ABOUT]
            known = ("value", "expression", "table", *model.registry.forms)
            if len(kinds) != 1:
                raise DeckError(f"'{name}' needs exactly one of {', '.join(known)}", node.location)
            kind = kinds[0]
            if kind not in known:
                raise DeckError(f"no such way to write a property: '{kind}'{nearest(kind, known)}", node.location)
            if kind in model.registry.forms:
                return self._form(node.value[kind], kind, name, unit, model)
            node = node.value[kind]
        elif isinstance(node.value, dict):
            node = node.without(ABOUT)
        expression = parse_input(node, unit, model.variables(), folder)
        if expression.is_constant or expression.variables == {"t"}:
            return InputSymbol(expression, name, model.dimension, slot=name, block=self.block)
        return expression.evaluate(model.variable_symbols(expression.variables), symbolic_functions())

    def _form(self, node: Node, kind: str, name: str, unit: Unit, model: Model) -> Any:
        form = model.registry.forms[kind]
        declared = form.declared_options()
        declared["value"] = Quantity(str(unit.si), declared["value"].text)
        context = OptionContext(variables=model.variables(), folder=model.deck.folder)
        values = read_options(kind, declared, node, context)
        instance = form.__new__(form)
        instance.options, instance.owner = values, f"{name} of {self.name}"
        for option, value in values.values.items():
            slot = f"{name}.{option}"
            symbol = InputSymbol(value, slot, model.dimension, slot=slot, block=self.block)
            setattr(instance, option, symbol)
        return instance.evaluate(model)


def read_materials(node: Node | None, model: Model) -> dict[str, Material]:
    """Read the deck's `materials`: a material's name, or {use: NAME, PROPERTY: VALUE, ...}, per block."""
    materials: dict[str, Material] = {}
    if node is None:
        return materials
    for block, entry in node.mapping().items():
        if block not in model.mesh.blocks:
            raise DeckError(f"no block '{block}'{nearest(block, model.mesh.blocks)}", node.keys[block])
        if isinstance(entry.value, str):
            name, own = entry.value, {}
            use: Node | None = entry
        else:
            own = dict(entry.mapping())
            use = own.pop("use", None)
            name = use.string() if use else block
        file, properties = _find(name, use, model.deck.folder, model.registry.data) if use else ("", {})
        materials[block] = Material(name, block, {**properties, **own}, entry.location, file)
    return materials


def material_folders(folder: Path, data: tuple[Path, ...]) -> list[Path]:
    """Return where material files are looked for, first match wins: beside the deck, then in plugin packages."""
    return [folder, folder / "materials", *(d / "materials" for d in data)]


def _find(name: str, use: Node, folder: Path, data: tuple[Path, ...]) -> tuple[str, dict[str, Node]]:
    folders = material_folders(folder, data)
    for place in folders:
        path = place / f"{name}.yaml"
        if path.is_file():
            root = load_yaml(path)
            section = root.mapping().get("properties")
            if section is None:
                raise UserError(f"{path}: a material file needs a mapping 'properties'")
            return str(path), dict(section.mapping())
    names = sorted({p.stem for place in folders if place.is_dir() for p in place.glob("*.yaml")})
    raise DeckError(f"no material '{name}'{nearest(name, names)}", use.location)
