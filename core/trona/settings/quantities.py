"""The quantities of a model that expressions of outputs may contain, in its blocks or on one boundary or interface."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import ufl

from trona.deck.tensors import AXES, Quantities, read_formula
from trona.model.laws import Law
from trona.model.materials.library import common_names
from trona.model.symbols import symbolic_functions
from trona.units import Unit

if TYPE_CHECKING:
    from trona.deck import Node
    from trona.model.model import Model
    from trona.model.records import Derived

_ONE, _METRE, _SECOND = Unit.dimensionless, Unit.parse("m"), Unit.parse("s")
_FLUX = "flux of "


@dataclass(frozen=True, eq=False)
class Quantity:
    """A quantity. blocks: where it lives, None for everywhere; symbol: makes its UFL expression."""

    unit: Unit
    symbol: Callable[[], Any]
    blocks: tuple[str, ...] | None = None
    shape: tuple[int, ...] = ()
    text: str = ""


@dataclass(frozen=True, eq=False)
class Asked:
    """An expression that the deck asks for. blocks: where all of it lives; text: what it is, in words or as written."""

    name: str
    expression: Any
    unit: Unit
    blocks: tuple[str, ...]
    text: str

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.expression.ufl_shape)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The quantities by name; elsewhere: names that mean something at another place, with a word on where."""

    model: Model
    known: Mapping[str, Quantity]
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def read(self, node: Node) -> Asked:
        """Read a name or an expression. Raises DeckError."""
        text = node.string()
        if text in self.known:  # also one that is no name in the grammar, as 'height (lower | upper)'
            found = self.known[text]
            return Asked(text, ufl.as_ufl(found.symbol()), found.unit, self._blocks([text], node), found.text)
        formula = read_formula(node, self._quantities())
        names = [name for name in formula.variables if name in self.known]
        values: dict[str, Any] = {name: self.known[name].symbol() for name in names}
        values |= self.model.variable_symbols(formula.variables - values.keys())
        expression = ufl.as_ufl(formula.evaluate(values, functions(self.model)))
        return Asked(formula.text, expression, formula.unit, self._blocks(names, node), formula.text)

    def _quantities(self) -> Quantities:
        units = {name: quantity.unit for name, quantity in self.known.items()}
        shapes = {name: quantity.shape for name, quantity in self.known.items() if quantity.shape}
        return Quantities(units, shapes, self.model.dimension, self.elsewhere)

    def _blocks(self, names: Iterable[str], node: Node) -> tuple[str, ...]:
        """Return the blocks where all of these live."""
        blocks = tuple(self.model.mesh.blocks)
        for name in sorted(names):
            where = self.known[name].blocks
            left = blocks if where is None else tuple(b for b in blocks if b in where)
            if not left:
                own = ", ".join(where or ())
                raise node.error(f"'{name}' lives in {own}, where the rest of '{node.string()}' does not")
            blocks = left
        return blocks


def functions(model: Model) -> dict[str, Callable[..., Any]]:
    """Return the functions of the grammar of tensors, for UFL."""
    coordinates = model.coordinates

    def div(vector: Any) -> Any:
        return ufl.tr(coordinates.gradient(vector)) if coordinates.turns else ufl.div(vector)

    components = {axis: (lambda v, i=i: v[i]) for i, axis in enumerate(AXES)}
    return {
        **symbolic_functions(),
        "grad": ufl.grad,
        "div": div,
        "norm": lambda v: ufl.sqrt(ufl.inner(v, v)),
        "dot": ufl.dot,
        "trace": ufl.tr,
        **components,
    }


def vocabulary(model: Model, law: Law | None = None, own: Mapping[str, Derived] | None = None) -> Vocabulary:
    """Return what expressions may contain in blocks or at a law; own: derived quantities that the deck adds."""
    known: dict[str, Quantity] = {}
    elsewhere: dict[str, str] = {}
    _add_sums(model, law, known, elsewhere)
    _add_properties(model, known)
    for name, derived in {**model.derived, **(own or {})}.items():
        if derived.law is not None and not _same(derived.law, law):
            elsewhere.setdefault(name, f"at {derived.law.name}")
            continue
        shape, blocks = tuple(derived.expression.ufl_shape), derived.blocks if derived.law is None else None
        known[name] = Quantity(derived.unit, partial(_as_it_is, derived.expression), blocks, shape, derived.text)
    for name, balance in model.balances.items():
        if balance.field.law is None:
            shape = (*balance.field.shape, model.dimension)
            known[f"flux({name})"] = Quantity(
                balance.flux_unit, partial(model.flux_symbol, name), balance.blocks, shape, f"flux of {name}"
            )
    _add_fields(model, law, known, elsewhere)
    _add_geometry(model, law, known, elsewhere)
    if law is not None:  # where a plugin stands several times, its names carry their region
        end = f" ({law.name})"
        known = {name.removesuffix(end): quantity for name, quantity in known.items() if name.endswith(end)} | known
    return Vocabulary(model, known, {name: where for name, where in elsewhere.items() if name not in known})


def _as_it_is(expression: Any) -> Any:
    return expression


def _add_fields(model: Model, law: Law | None, known: dict[str, Quantity], elsewhere: dict[str, str]) -> None:
    for name, field_ in model.fields.items():
        unit, text = field_.unit, field_.declaration.text
        if field_.law is not None and (law is None or field_.law.key != law.key):
            elsewhere[name] = f"at {field_.law.name}"
            continue
        blocks = field_.blocks if field_.kind == "volume" else None
        known[name] = Quantity(unit, partial(model.field, name), blocks, field_.shape, text)
        if not model.steady:
            rate = f"rate of {text}"
            known[f"rate({name})"] = Quantity(
                unit / _SECOND, partial(model.rate_symbol, name, None, ""), blocks, field_.shape, rate
            )
    for name, given in model.given.items():
        known[name] = Quantity(given.unit, partial(model.field, name), text=f"{name}, which the deck gives")


def _add_geometry(model: Model, law: Law | None, known: dict[str, Quantity], elsewhere: dict[str, str]) -> None:
    for i, axis in enumerate(AXES[: model.dimension]):
        known[axis] = Quantity(_METRE, partial(operator.getitem, model.symbols.x, i), text=f"position along {axis}")
    known["t"] = Quantity(_SECOND, lambda: model.symbols.t, text="time")
    if law is None:
        elsewhere["normal"] = "on a boundary or at an interface"
    else:
        known["normal"] = Quantity(_ONE, lambda: model.symbols.n, shape=(model.dimension,), text="unit normal")


def _add_properties(model: Model, known: dict[str, Quantity]) -> None:
    """Add the properties of materials whose units are known: those that are in use or have a common name."""
    units = {name: named.unit for name, named in common_names(model.registry).items()}
    units |= {name: Unit.parse(unit) for _, name, unit in model.properties}
    for name, unit in units.items():
        blocks = tuple(b for b, material in model.materials.items() if name in material.properties)
        if blocks:
            known[name] = Quantity(
                unit, partial(model.property_symbol, name, str(unit)), blocks, (), name.replace("_", " ")
            )


def _add_sums(model: Model, law: Law | None, known: dict[str, Quantity], elsewhere: dict[str, str]) -> None:
    """Add the declared sums that something feeds, in blocks and at the law."""
    for key, feeds in model.feeds.items():
        at, name = feeds[0].law, key.sum.name
        if at is not None and not _same(at, law):
            elsewhere.setdefault(name, f"at {at.name}")
            continue
        blocks = None if at is not None else tuple(dict.fromkeys(b for feed in feeds for b in feed.blocks))
        shape = key.sum.shape_in(model.dimension)
        known[name] = Quantity(Unit.parse(key.sum.unit), partial(model.sum_of, key), blocks, shape, key.sum.text)


def _same(at: Law, law: Law | None) -> bool:
    return law is not None and (at.key, at.minus) == (law.key, law.minus)
