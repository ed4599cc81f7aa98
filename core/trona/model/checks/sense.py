"""Input that has the right units but makes no sense: a law listed twice, a load on a clamped boundary."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.deck import Blocks, BoundaryOption, Expression, InterfaceOption
from trona.errors import DeckError, UserError
from trona.model.checks.ends import contradicted
from trona.model.checks.known import expected_ranges, instants, points_of, samples, values_at
from trona.model.checks.levels import holds_level
from trona.model.symbols import FieldSymbol, InputSymbol
from trona.model.unknown import field_pieces, pieces, symbols_in
from trona.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.deck import Node
    from trona.model.checks.findings import Findings
    from trona.model.configured import Declared
    from trona.model.draft import Draft
    from trona.model.equation import Equation, Term
    from trona.model.model import Model
    from trona.model.records import FixedValue

_POINTS = ("at", "from", "to", "zoom")
_THICK = 100.0
"""So many of a physics' own lengths in the thinnest block are no accident of the case."""


def check_sense(model: Model) -> list[UserError]:
    """Return the mistakes; input that may be intended gives a warning."""
    return [*_clamped(model), *contradicted(model), *_without_content(model)]


def warn_of_places(model: Model, found: Findings) -> None:
    """Warn of values that jump and of lengths that do not fit each other."""
    _warn_of_jumps(model, found)
    _warn_of_lengths(model, found)


# ---------------------------------------------------------------- the same law twice


def repeated(model: Draft) -> Iterator[UserError]:
    """A physics that is listed twice in one region: both would act, which cannot be meant.

    Where an option tells them apart, it must do so, and must not be all that does.
    """
    for first, second in combinations(sorted(model.physics, key=_order), 2):
        apart = first.several
        if first.name != second.name or apart is True:
            continue
        one, other = _place(model, first), _place(model, second)
        if one is not None and other is not None and not one & other:
            continue  # they act in different places
        why = "both would act there"
        if apart:
            differing = _differing(first, second)
            if not all(physics.options.values[apart] for physics in (first, second)) or apart not in differing:
                why = f"give each its own '{apart}'"
            elif differing == {apart}:
                why = f"nothing but '{apart}' differs, so that both would be the same"
            else:
                continue
        words = _words(second)
        there = f" at {words}" if words else ""
        text = f"{second.name} is listed twice{there}, first on line {first.options.location.line}; {why}"
        yield DeckError(text, second.options.location)


def _differing(first: Declared, second: Declared) -> set[str]:
    """Return the options that two uses of a plugin give different values."""
    one, other = (
        {name: str(getattr(value, "text", value)) for name, value in physics.options.values.items()}
        for physics in (first, second)
    )
    return {name for name in one if one[name] != other[name]}


def _order(physics: Declared) -> tuple[str, int, int]:
    location = physics.options.location
    return location.file, location.line, location.column


def _place(model: Draft, physics: Declared) -> set[object] | None:
    """Return the blocks and facet sets that options name; None if none do, that is everywhere."""
    found: set[object] = set()
    named = False
    for name, option in physics.declared_options().items():
        value = physics.options.values[name]
        if value is None:
            continue
        if isinstance(option, Blocks):
            found |= set(value)
        elif isinstance(option, InterfaceOption):
            found |= set(model.mesh.interface(value).sets)
        elif isinstance(option, BoundaryOption):
            found |= set(model.mesh.boundaries[value].sets)
        else:
            continue
        named = True
    return found if named else None


def _words(physics: Declared) -> str:
    kinds = (Blocks, BoundaryOption, InterfaceOption)
    values = [physics.options.values[n] for n, o in physics.declared_options().items() if isinstance(o, kinds)]
    return ", ".join("+".join(v) if isinstance(v, tuple) else v for v in values if v is not None)


# ---------------------------------------------------------------- a load on what is clamped


def _clamped(model: Model) -> Iterator[UserError]:
    """A force, or another flux of a vector, where everything on which it acts is fixed."""
    for balance, term in model.terms():
        if term.kind != "inflow" or not balance.field.shape:
            continue
        held = {f.component for f in model.fixed if (f.field, f.boundary) == (balance.field.name, term.boundary)}
        free = [i for i in range(balance.field.shape[0]) if i not in held]
        if held and (not free or not _acts(model, term, free)):
            text = f"'{balance.field.name}' is fixed on '{term.boundary}', so what {term.plugin} sets there"
            yield DeckError(f"{text} has no effect", term.location)


def _acts(model: Model, term: Term, free: list[int]) -> bool:
    """Whether a flux through a boundary has a part in a direction that is free, as far as can be told."""
    symbols = symbols_in(term.expression)
    known = (InputSymbol, type(model.symbols.n))
    if model.dimension != 2 or not all(isinstance(s, known) and s is not model.symbols.x for s in symbols):
        return True
    mesh, region = model.mesh, model.mesh.boundaries.get(term.boundary)
    if region is None:
        return True
    edges = mesh.points[mesh.facets_of(region.sets)]
    along = edges[:, 1] - edges[:, 0]
    normals = np.column_stack([along[:, 1], -along[:, 0]]) / np.linalg.norm(along, axis=1)[:, None]
    for normal in np.unique(np.round(np.abs(normals), 9), axis=0):
        values = {s: 1.0 if isinstance(s, InputSymbol) else tuple(normal) for s in symbols if s is not model.symbols.t}
        values |= {model.symbols.t: 1.0}
        parts = [abs(float(term.expression((0.0, 0.0), values, component=(i,)))) for i in free]
        if max(parts) > 1e-9:
            return True
    return False


# ---------------------------------------------------------------- a closed cell


def _without_content(model: Model) -> Iterator[UserError]:
    """Balances of which nothing that is unknown enters or leaves: all their equations add up to one without unknowns.

    Then nothing fixes how much there is, and where something enters, no state at rest exists.
    """
    for balance in model.balances.values():
        field = balance.field
        terms = [term for other, term in model.terms() if other is balance]
        constrained = any(c.balance is balance and holds_level(model, c) for c in model.constraints)
        if field.kind != "volume" or field.shape or constrained or not any(t.kind == "flux" for t in terms):
            continue
        crossings: dict[int, list[Term]] = {}
        for term in terms:
            if term.crossing is not None:
                crossings.setdefault(id(term.crossing), []).append(term)
        both = [sides for sides in crossings.values() if len(sides) == 2]  # these cancel in the sum
        links = [(_side(a), _side(b)) for a, b in both]
        links += [link for piece in field_pieces(field, model.mesh) for link in pairwise(piece)]
        joined = pieces(balance.blocks, links)
        inner = {id(term) for pair in both for term in pair}
        for part in joined:
            if not any(_tells(model, balance, t, part) for t in terms if id(t) not in inner) and not _fixed(
                model, balance, part
            ):
                cure = "give its value on a boundary"
                if model.steady and any(t.kind == "storage" for t in balance.terms):
                    cure += ", or 'time' and an initial value"
                text = f"nothing fixes '{field.name}' in {'+'.join(part)}, which is closed; {cure}"
                yield DeckError(text, field.location)


def _side(term: Term) -> str:
    assert term.law is not None
    return term.law.patches[0].sides[term.side]


def _fixed(model: Model, balance: Equation, part: tuple[str, ...]) -> bool:
    for fixed in model.fixed:
        region = model.mesh.boundaries.get(fixed.boundary) or model.mesh.interfaces[fixed.boundary]
        if fixed.field == balance.field.name and set(region.blocks) & set(part):
            return True
    return False


def _tells(model: Model, balance: Equation, term: Term, part: tuple[str, ...]) -> bool:
    """Whether a term brings an unknown into the sum of all equations of a part."""
    if term.kind in ("flux", "facet", "jump"):
        return False
    if term.kind == "exchange":
        if _side(term) not in part or term.law is None:
            return False
        found = [model.expand_at(term.expression, s) for s in term.law.patches]
    else:
        found = [model.expand(term.expression, b) for b in term.blocks if b in part]
    return any(
        term.kind in ("storage", "raw") or (isinstance(s, FieldSymbol) and s.name in model.fields)
        for expression in found
        for s in symbols_in(expression)
    )


# ---------------------------------------------------------------- values that jump, lengths that do not fit


def _warn_of_jumps(model: Model, found: Findings) -> None:
    """Fixed values that differ where their boundaries meet."""
    times = instants(model)
    for first, second in combinations(model.fixed, 2):
        same = (first.field, first.component) == (second.field, second.component)
        if not same or first.boundary == second.boundary or not _in_one_piece(model, first, second):
            continue
        shared = _shared(model, first, second)
        a, b = (values_at(model, fixed.value, shared, times) for fixed in (first, second))
        if not len(shared) or a is None or b is None:
            continue
        a, b = np.broadcast_arrays(a, b)
        apart = np.abs(a - b)
        if (apart > 1e-6 * np.maximum(np.abs(a), np.abs(b))).any():
            worst = np.unravel_index(np.argmax(apart), apart.shape)
            field = model.fields[first.field]
            name = first.field if first.component is None else f"{first.field}[{first.component}]"
            found.warnings.append(
                f"{second.location}: '{first.boundary}' and '{second.boundary}' meet and hold {name} at "
                f"{a[worst]:.6g} {field.unit.si} and {b[worst]:.6g} {field.unit.si}; "
                "there the flux grows without bound as the mesh is refined"
            )


def _in_one_piece(model: Model, first: FixedValue, second: FixedValue) -> bool:
    blocks = [
        set((model.mesh.boundaries.get(f.boundary) or model.mesh.interfaces[f.boundary]).blocks)
        for f in (first, second)
    ]
    field = model.fields[first.field]
    if field.kind != "volume":
        return False
    return any(all(part & set(piece) for part in blocks) for piece in field_pieces(field, model.mesh))


def _shared(model: Model, first: FixedValue, second: FixedValue) -> Any:
    one, other = (points_of(model, f.boundary) for f in (first, second))
    known = {point.tobytes() for point in one}
    rows = [point for point in other if point.tobytes() in known]
    return np.array(rows).reshape(len(rows), model.dimension)


def _warn_of_lengths(model: Model, found: Findings) -> None:
    """Lengths of the physics compared with those of the mesh: a sign that one of them is in the wrong unit."""
    mesh, metre = model.mesh, Unit.parse("m")
    whole = float((mesh.bounding_box[1] - mesh.bounding_box[0]).max())
    for physics in model.physics:
        for name in physics.options.given:
            value = physics.options.values[name]
            if not isinstance(value, Expression) or not value.is_constant:
                continue
            if value.unit.same_dimension(metre) and abs(value.constant) > whole:
                found.warnings.append(
                    f"{physics.options.location_of(name)}: {name} is {value.text}, and the whole mesh measures "
                    f"{whole:.4g} m; is the unit of one of them another?"
                )
    _warn_of_the_mesh_unit(model, whole, found)
    ranges = expected_ranges(model)
    for length in model.lengths:
        block, thickness = min(((b, _thickness(model, b)) for b in length.blocks), key=lambda pair: pair[1])
        values = samples(model, model.expand(length.expression, block), ranges)
        longest = max((value for value, _ in values or ()), default=0.0)
        if longest > 0 and thickness > _THICK * longest:
            found.warnings.append(
                f"{length.location}: {block} is {thickness:.3g} m thick, and {length.name} there is {longest:.3g} m; "
                "is the unit of one of them another?"
            )


def _warn_of_the_mesh_unit(model: Model, whole: float, found: Findings) -> None:
    """Positions in the deck that all lie within a hundredth of the mesh."""
    lengths = [length for node in _positions(model.deck.root, "") for length in _lengths_in(node.text)]
    if lengths and 0 < max(lengths) < whole / _THICK:
        location = model.deck.root.mapping()["mesh"].location
        found.warnings.append(
            f"{location}: the mesh measures {whole:.4g} m, and no position in this deck is beyond "
            f"{max(lengths):.4g} m; is length_unit another?"
        )


def _positions(node: Node, key: str) -> Iterator[Node]:
    """Yield the values of a deck that are positions: points of outputs, and formulas of x, y and z."""
    if isinstance(node.value, dict):
        for name, part in node.value.items():
            if name != "mesh":
                yield from _positions(part, name)
    elif isinstance(node.value, list):
        for part in node.value:
            yield from _positions(part, key)
    elif isinstance(node.value, str) and (key in _POINTS or re.search(r"\b[xyz]\b", node.text)):
        yield node


def _lengths_in(text: str) -> Iterator[float]:
    for number, name in re.findall(r"([0-9.]+(?:[eE][-+]?[0-9]+)?) *([^\W\d]+)(?![\w^/])", text):
        if name in ("m", "cm", "mm", "um", "µm", "nm"):
            yield Unit.parse(name).to_si(float(number))


def _thickness(model: Model, block: str) -> float:
    """The least extent of a block along an axis, m."""
    mesh = model.mesh
    points = mesh.points[np.unique(mesh.cells[mesh.cell_block == mesh.blocks.index(block)])]
    return float(np.ptp(points, axis=0).min())
