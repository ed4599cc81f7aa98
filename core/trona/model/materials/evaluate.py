"""Material properties as expressions of inputs and of fields."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol, cast

from trona.deck import (
    Expression,
    ExpressionError,
    Node,
    OptionContext,
    Quantity,
    Table,
    constant_at,
    parse_expression,
    parse_input,
    read_options,
)
from trona.errors import DeckError, hint
from trona.model.checks.faults import located
from trona.model.materials.property_text import ABOUT, FACTOR, written
from trona.model.materials.validity import read_valid
from trona.model.shapes import shaped
from trona.model.symbols import InputSymbol, symbolic_functions
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from trona.model.materials.material import Material
    from trona.model.records import Expectation
    from trona.model.registry import Registry
    from trona.model.unknown import Unknown


class Folder(Protocol):
    """What says where the files lie that a property names."""

    @property
    def folder(self) -> Path: ...


class Surroundings(Protocol):
    """What a property is evaluated in: a model, or given conditions."""

    @property
    def registry(self) -> Registry: ...
    @property
    def deck(self) -> Folder: ...
    @property
    def dimension(self) -> int: ...
    @property
    def fields(self) -> Mapping[str, Unknown]: ...
    @property
    def given(self) -> Mapping[str, Any]: ...
    def note(self, symbol: InputSymbol) -> InputSymbol: ...
    def varies(self, expression: Any) -> bool: ...
    def view(self, user: str, values: Mapping[str, InputSymbol] | None = None) -> Any: ...


def evaluate(material: Material, name: str, unit: Unit, model: Surroundings, user: str) -> Any:
    """Return the property as an expression of inputs and of fields.

    Raises DeckError when it is missing (naming the plugin `user` that needs it) or has another unit.
    """
    if name not in material.properties:
        where = f" ({material.file})" if material.file else ""
        raise DeckError(
            f"material '{material.name}' of block {material.block} has no '{name}' [{unit}], which "
            f"{user or 'an expression'} needs{hint(name, material.properties)}{where}",
            material.location,
        )
    return read(material, name, unit, model)


def read(material: Material, name: str, unit: Unit, model: Surroundings) -> Any:
    """Return a property that is there as an expression of inputs and of fields. Raises DeckError."""
    lacking = absent(material, name, model)
    given = {n: InputSymbol(e, n, model.dimension, f"{name}.at.{n}", material.block) for n, e in lacking.items()}
    node = material.properties[name]
    found = _read(material, node, name, unit, model, given, lacking)
    parts = node.value if isinstance(node.value, dict) else {}
    return found * _factor(material, parts[FACTOR], name, model) if FACTOR in parts else found


def _factor(material: Material, node: Node, name: str, model: Surroundings) -> InputSymbol:
    """Return the number by which a property is multiplied, as an input. Raises DeckError for what is none."""
    factor, slot = parse_input(node, Unit.parse("1"), {}, model.deck.folder), f"{name}.{FACTOR}"
    if not factor.is_constant or not 0 < factor.constant < math.inf:
        raise node.error(f"a factor is a number above zero, got {node.kind}")
    return model.note(InputSymbol(factor, slot, model.dimension, slot=slot, block=material.block))


def expectations(material: Material, name: str, model: Surroundings) -> list[Expectation]:
    """Return the ranges of fields in which a property says that it holds."""
    node = material.properties[name]
    if not isinstance(node.value, dict) or "valid" not in node.value:
        return []
    owner, source = f"{name} of {material.name}", written(node).source
    view = model.view(owner)
    return read_valid(node.value["valid"], owner, source, material.block, view, absent(material, name, model))


def absent(material: Material, name: str, model: Surroundings) -> dict[str, Expression]:
    """Return the fields that the block has not and at whose value (`at`) the property is taken then."""
    node = material.properties[name]
    if not isinstance(node.value, dict) or "at" not in node.value:
        return {}
    found = {}
    for field, value in node.value["at"].mapping().items():
        present = model.fields.get(field)
        if field in model.given or (present is not None and (not present.blocks or material.block in present.blocks)):
            continue
        declared = model.registry.declared_field(field)
        unit = Unit.parse(declared.unit) if declared else None
        try:
            found[field] = parse_expression(value.string(), {}, unit)
        except ExpressionError as error:
            raise DeckError(error.message, value.at(error.column)) from None
    return found


def _read(
    material: Material,
    node: Node,
    name: str,
    unit: Unit,
    model: Surroundings,
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
                text = f"no such property form: '{kind}'{hint(kind, known)}"
                raise DeckError(text, node.key(kind))
        if len(kinds) != 1:
            raise node.error(f"'{name}' needs exactly one of {', '.join(known)}")
        kind = kinds[0]
        if kind in model.registry.forms:
            return _form(material, node.value[kind], kind, name, unit, model, given)
        node = node.value[kind]
    elif isinstance(node.value, dict):
        node = node.without(ABOUT)
    expression = parse_input(node, unit, view.variables(), folder)
    if expression.variables and expression.variables <= absent.keys():
        expression = constant_at(expression, {n: e.constant for n, e in absent.items()})
    if not model.varies(expression):
        return model.note(InputSymbol(expression, name, model.dimension, slot=name, block=material.block))
    return expression.evaluate(view.variable_symbols(expression.variables), symbolic_functions())


def _form(
    material: Material, node: Node, kind: str, name: str, unit: Unit, model: Surroundings, given: dict[str, InputSymbol]
) -> Any:
    form, view = cast(Any, model.registry.forms[kind]), model.view(kind, given)
    whose = f"{kind} ({model.registry.origin(kind)})"

    def evaluate() -> Any:
        declared = form.declared_options()
        if "value" in declared:
            declared["value"] = Quantity(str(unit.si), declared["value"].text)
        context = OptionContext(variables={"t": Unit.parse("s")}, folder=model.deck.folder)
        values = read_options(kind, declared, node, context)
        instance = form.__new__(form)
        instance.options, instance.owner = values, f"{name} of {material.name}"
        for option, value in values.values.items():
            slot = f"{name}.{option}"
            if isinstance(value, Expression | Table):
                value = model.note(InputSymbol(value, slot, model.dimension, slot=slot, block=material.block))
            setattr(instance, option, value)
        return shaped(instance.evaluate(view), (), f"{name} of {material.name} by {kind}")

    return located(node.location, evaluate, form, whose)
