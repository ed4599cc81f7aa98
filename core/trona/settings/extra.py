"""The outputs that a deck adds under `outputs.extra`, each of a kind that an installed package provides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from trona.errors import DeckError, UserError, hint, raise_all
from trona.model.asked import Curve, GlobalValue, Numbers
from trona.model.records import Derived, Output
from trona.model.reduction import NoValueError
from trona.settings.entry import DeckEntry

if TYPE_CHECKING:
    from trona.deck import Node
    from trona.model.model import Model
    from trona.model.output_kind import OutputKind
    from trona.model.unknown import Unknown


@dataclass
class Extras:
    """The outputs that a deck adds, as they are read."""

    model: Model
    outputs: list[Output] = field(default_factory=list)
    fields: dict[str, Derived] = field(default_factory=dict)
    numbers: list[Numbers] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)

    def add(self, found: Numbers | Curve | Output | Derived) -> None:
        """Add what an entry asks for."""
        if isinstance(found, Output):
            self.outputs.append(found)
        elif isinstance(found, Derived):
            self.fields[found.name] = found
        elif isinstance(found, Numbers):
            self.numbers.append(found)
        else:
            self.curves.append(found)

    def known(self) -> dict[str, Numbers]:
        """Return all numbers known so far, by name; where an entry makes several, each by its own name."""
        found = [number_of(o) for o in (*self.model.outputs, *self.outputs)]
        found += [global_number(f) for f in self.model.fields.values() if f.kind == "global"]
        several = [*self.numbers, *(end for curve in self.curves for end in curve.extremes)]
        return {each.name: each for each in found} | {n: one(each, n) for each in several for n in each.names}


def number_of(output: Output) -> Numbers:
    """Return a reduction as a number like any other."""
    name, reduction = output.name, output.reduction
    value, may_lack = reduction.value, reduction.may_lack
    return Numbers("reduce", name, (name,), output.unit, output.text, (output,), lambda over: [value(over)], may_lack)


def global_number(unknown: Unknown) -> Numbers:
    """Return a global unknown as a number like any other."""
    part = GlobalValue(unknown.name, unknown.unit, unknown.declaration.text)
    return Numbers("global", unknown.name, (unknown.name,), part.unit, part.text, (part,), lambda value: [value])


def one(of: Numbers, name: str) -> Numbers:
    """Return one of several numbers."""
    at, compute = of.names.index(name), of.compute

    def this(*parts: Any) -> list[Any]:
        found = compute(*parts)[at]
        if isinstance(found, NoValueError):
            raise found
        return [found]

    return replace(of, name=name, names=(name,), compute=this, whole=False)


def read_extras(model: Model, node: Node | None) -> Extras:
    """Read `outputs.extra`. Raises UserError with every mistake in it."""
    extras = Extras(model)
    errors: list[UserError] = []
    found: list[tuple[type[OutputKind], DeckEntry]] = []
    for name, each in node.mapping().items() if node is not None else ():
        try:
            assert node is not None
            found.append(_kind_of(extras, name, each, node))
        except UserError as error:
            errors.append(error)
    for kind, entry in sorted(found, key=lambda item: item[0].stage):
        try:
            extras.add(kind(entry.values()).ask(entry))
        except UserError as error:
            errors.append(error)
    raise_all(errors)
    return extras


def _kind_of(extras: Extras, name: str, node: Node, parent: Node) -> tuple[type[OutputKind], DeckEntry]:
    """Return the kind of an entry, with the entry. Raises DeckError for a key that it does not have, or lacks."""
    model, given = extras.model, node.mapping()
    installed = model.registry.output_kinds
    kinds = [installed[key] for key in given if key in installed]
    if len(kinds) != 1:
        near = "" if kinds else next((h for key in given if (h := hint(key, installed))), "")
        raise node.error(f"output '{name}' needs one of {', '.join(installed)}{near}")
    kind = kinds[0]
    declared, more = kind.declared_options(), {}
    variants = kind.variants(model.registry.reductions)
    if variants:
        chosen = given[kind.name]
        if chosen.string() not in variants:
            raise chosen.error(f"no {declared[kind.name].text} '{chosen.string()}'{hint(chosen.string(), variants)}")
        more = variants[chosen.string()][1]
    for key in given:
        if key not in (known := (*declared, *more)):
            raise DeckError(f"no such key '{key}'{hint(key, known)}", node.key(key))
    for key, option in declared.items():
        if option.required and key not in given:
            raise node.error(f"output '{name}' needs '{key}'")
    if name in (*model.fields, *model.derived, *(o.name for o in model.outputs)):
        raise DeckError(f"the name '{name}' is taken by a field or another output", parent.key(name))
    return kind, DeckEntry(extras, kind, name, node)
