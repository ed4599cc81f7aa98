"""Materials: named properties per block, read from YAML files with value, unit, source and uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from trona.deck import (
    Expression,
    ExpressionError,
    Node,
    OptionContext,
    Quantity,
    Table,
    constant_at,
    load_yaml,
    parse_expression,
    parse_input,
    read_options,
)
from trona.deck.files import YAML, read_text
from trona.deck.options import collect
from trona.errors import DeckError, Location, UserError, hint
from trona.model.checks.faults import located
from trona.model.materials.property_text import ABOUT, written
from trona.model.materials.validity import read_valid
from trona.model.packages import choose, find_files
from trona.model.sections import entries_of
from trona.model.shapes import shaped
from trona.model.symbols import InputSymbol, symbolic_functions
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from trona.model.composition import Composition
    from trona.model.materials.validity import Expectation
    from trona.model.registry import Registry


@dataclass(frozen=True, eq=False)
class Material:
    """The properties of one block: those of its file, overridden by those that the deck adds."""

    name: str
    block: str
    properties: dict[str, Node]
    location: Location
    file: str = ""
    own: frozenset[str] = frozenset()
    """Names of the properties that the deck itself gives."""

    def evaluate(self, name: str, unit: Unit, model: Composition, user: str) -> Any:
        """Return the property as an expression of inputs and of fields.

        Raises DeckError when it is missing (naming the plugin `user` that needs it) or has another unit.
        """
        if name not in self.properties:
            where = f" ({self.file})" if self.file else ""
            raise DeckError(
                f"material '{self.name}' of block {self.block} has no '{name}' [{unit}], which "
                f"{user or 'an expression'} needs{hint(name, self.properties)}{where}",
                self.location,
            )
        return self.read(name, unit, model)

    def read(self, name: str, unit: Unit, model: Composition) -> Any:
        """Return a property that is there as an expression of inputs and of fields. Raises DeckError."""
        absent = self.absent(name, model)
        given = {n: InputSymbol(e, n, model.dimension, f"{name}.at.{n}", self.block) for n, e in absent.items()}
        return self._read(self.properties[name], name, unit, model, given, absent)

    def expectations(self, name: str, model: Composition) -> list[Expectation]:
        """Return the ranges of fields in which a property says that it holds."""
        node = self.properties[name]
        if not isinstance(node.value, dict) or "valid" not in node.value:
            return []
        owner, source = f"{name} of {self.name}", written(node).source
        view = model.view(owner)
        return read_valid(node.value["valid"], owner, source, self.block, view, self.absent(name, model))

    def absent(self, name: str, model: Composition) -> dict[str, Expression]:
        """Return the fields that the block has not and at whose value (`at`) the property is taken then."""
        node = self.properties[name]
        if not isinstance(node.value, dict) or "at" not in node.value:
            return {}
        found = {}
        for field, value in node.value["at"].mapping().items():
            present = model.fields.get(field)
            if field in model.given or (present is not None and (not present.blocks or self.block in present.blocks)):
                continue
            declared = model.registry.declared_field(field)
            unit = Unit.parse(declared.unit) if declared else None
            try:
                found[field] = parse_expression(value.string(), {}, unit)
            except ExpressionError as error:
                raise DeckError(error.message, value.at(error.column)) from None
        return found

    def form(self, name: str, forms: Iterable[str]) -> str:
        """Return the property form that a property is written in, '' if it is a plain value or expression."""
        value = self.properties[name].value
        return next((form for form in forms if form in value), "") if isinstance(value, dict) else ""

    def _read(
        self,
        node: Node,
        name: str,
        unit: Unit,
        model: Composition,
        given: dict[str, InputSymbol],
        absent: dict[str, Expression],
    ) -> Any:
        view = model.view(name, given)
        folder = model.deck.folder
        if isinstance(node.value, dict) and "table" not in node.value:
            kinds = [k for k in node.value if k not in ABOUT]
            known = ("value", "expression", "table", *model.registry.forms)
            for kind in kinds:
                if kind not in known:
                    text = f"no such way to write a property: '{kind}'{hint(kind, known)}"
                    raise DeckError(text, node.key(kind))
            if len(kinds) != 1:
                raise node.error(f"'{name}' needs exactly one of {', '.join(known)}")
            kind = kinds[0]
            if kind in model.registry.forms:
                return self._form(node.value[kind], kind, name, unit, model, given)
            node = node.value[kind]
        elif isinstance(node.value, dict):
            node = node.without(ABOUT)
        expression = parse_input(node, unit, view.variables(), folder)
        if expression.variables and expression.variables <= absent.keys():
            expression = constant_at(expression, {n: e.constant for n, e in absent.items()})
        if not model.varies(expression):
            return model.note(InputSymbol(expression, name, model.dimension, slot=name, block=self.block))
        return expression.evaluate(view.variable_symbols(expression.variables), symbolic_functions())

    def _form(
        self, node: Node, kind: str, name: str, unit: Unit, model: Composition, given: dict[str, InputSymbol]
    ) -> Any:
        form, view = model.registry.forms[kind], model.view(kind, given)
        whose = f"{kind} ({model.registry.origin(kind)})"

        def evaluate() -> Any:
            declared = form.declared_options()
            if "value" in declared:
                declared["value"] = Quantity(str(unit.si), declared["value"].text)
            context = OptionContext(variables=view.variables(), folder=model.deck.folder)
            values = read_options(kind, declared, node, context)
            instance = form.__new__(form)
            instance.options, instance.owner = values, f"{name} of {self.name}"
            for option, value in values.values.items():
                slot = f"{name}.{option}"
                if isinstance(value, Expression | Table):
                    value = model.note(InputSymbol(value, slot, model.dimension, slot=slot, block=self.block))
                setattr(instance, option, value)
            return shaped(instance.evaluate(view), (), f"{name} of {self.name} by {kind}")

        return located(node.location, evaluate, form, whose)


def read_materials(node: Node | None, model: Composition) -> dict[str, Material]:
    """Read the deck's `materials`: a material's name, or {use: NAME, PROPERTY: VALUE, ...}, per block."""

    files: dict[str, tuple[str, dict[str, Node]]] = {}

    def read(block: str, entry: Node) -> Material:
        if block not in model.mesh.blocks:
            assert node is not None
            raise DeckError(f"no block '{block}'{hint(block, model.mesh.blocks)}", node.key(block))
        own: dict[str, Node] = {}
        use: Node | None = entry
        if not isinstance(entry.value, str):
            if not isinstance(entry.value, dict):
                raise entry.error(f"expected the name of a material or a mapping of properties, got {entry.kind}")
            own = dict(entry.value)
            use = own.pop("use", None)
        name = use.string() if use else block
        if use and name not in files:  # each is read once, for however many blocks
            files[name] = _find(name, use, model.deck.folder, model.registry)
        file, properties = files[name] if use else ("", {})
        return Material(name, block, {**properties, **own}, entry.location, file, frozenset(own))

    found = collect(partial(read, block, entry) for block, entry in entries_of(node).items())
    return {material.block: material for material in found}


def material_folders(folder: Path, data: tuple[Path, ...]) -> list[Path]:
    """Return where material files are looked for, first match wins: beside the deck, then in plugin packages."""
    return [folder, folder / "materials", *(d / "materials" for d in data)]


def _find(name: str, use: Node, folder: Path, registry: Registry) -> tuple[str, dict[str, Node]]:
    if {"/", "\\"} & set(name):
        raise use.error(f"a material is called by its name, not by a path, got {use.kind}")
    found = find_files(registry, folder, name)
    home = next((registry.data_origins.get(d, "") for d in registry.data if d in folder.parents), "")
    try:
        path = choose("material", name, found, home)
    except UserError as error:
        raise DeckError(str(error), use.location) from None
    if path is not None:
        root = load_yaml(path, use.location)
        section = root.mapping().get("properties")
        if section is None:
            raise UserError(f"{path}: a material file needs a mapping 'properties'")
        return str(path), dict(section.mapping())
    folders = material_folders(folder, registry.data)
    names = sorted({p.stem for place in folders if place.is_dir() for p in place.glob("*.yaml") if is_material(p)})
    raise DeckError(f"no material '{name}'{hint(name, names)}", use.location)


def is_material(path: Path) -> bool:
    """Whether a YAML file looks like a material, as a deck beside it does not."""
    try:
        return "properties:" in read_text(path, "deck", YAML)
    except UserError:
        return False
