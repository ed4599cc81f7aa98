"""The structure of a model: who depends on whom, what changes that, and the order of the parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import ufl
from terms import layered

from trona.deck import Deck, read_deck
from trona.explain import coupling
from trona.model import compose
from trona.model.dependence import derivatives
from trona.model.structure import Structure, structure_of
from trona.model.symbols import FieldSymbol
from trona.units import Unit

CONFORMANCE = Path(__file__).resolve().parents[2] / "plugins/trona_plugins/conformance"
ONE = Unit.parse("1")


def symbol(name: str, shape: tuple[int, ...] = ()) -> Any:
    return FieldSymbol(name, ONE, 2, shape)


def changes(expression: Any) -> dict[str, set[str]]:
    """For each symbol of an expression what the derivative by it depends on, by names."""
    return {s.name: {c.name for c in causes} for s, causes in derivatives(expression).items()}


u, v, w, a, b = (*map(symbol, "uvw"), symbol("a", (2,)), symbol("b", (2,)))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (2 * u + 3 * v, {"u": set(), "v": set()}),
        (u * v, {"u": {"v"}, "v": {"u"}}),
        (u * u, {"u": {"u"}}),
        (u / v, {"u": {"v"}, "v": {"u", "v"}}),
        (w * ufl.grad(u)[0], {"u": {"w"}, "w": {"u"}}),
        (ufl.inner(a, b) + ufl.div(a), {"a": {"b"}, "b": {"a"}}),
        (ufl.dot(ufl.sym(ufl.grad(a)), b)[0], {"a": {"b"}, "b": {"a"}}),
        (v * ufl.exp(u), {"u": {"u", "v"}, "v": {"u"}}),
        (ufl.conditional(ufl.lt(u, v), w, 0 * w), {"u": {"u", "v", "w"}, "v": {"u", "v", "w"}, "w": {"u", "v", "w"}}),
        (u**2 + w, {"u": {"u"}, "w": set()}),
    ],
    ids=["sum", "product", "square", "quotient", "gradient", "tensors", "symmetric", "exp", "conditional", "power"],
)
def test_what_a_derivative_depends_on(expression: Any, expected: dict[str, set[str]]) -> None:
    assert changes(expression) == expected


def of(deck: Deck) -> Structure:
    return structure_of(compose(deck))


def parts(found: Structure) -> list[set[str]]:
    return [{piece.field for piece in part.pieces} for part in found.parts]


def test_what_nobody_waits_for_is_solved_last_and_is_constant() -> None:
    found = of(read_deck(CONFORMANCE / "thermal_expansion.yaml"))
    assert parts(found) == [{"temperature"}, {"displacement", "hydrostatic_stress"}]
    assert all(part.constant and part.linear for part in found.parts)


def test_creep_is_not_linear_and_stress_comes_before_the_reaction() -> None:
    (creep,) = of(read_deck(CONFORMANCE / "creep.yaml")).parts
    assert not creep.linear
    assert any(piece.local for piece in creep.pieces)
    stress, reaction = of(read_deck(CONFORMANCE / "mechanical_overpotential.yaml")).parts
    assert stress.constant
    assert {"electric_potential", "hydrostatic_stress"} <= {getattr(cause, "field", "") for cause in reaction.changes}


def test_a_mesh_that_moves_changes_everything_that_is_written_on_it() -> None:
    found = of(read_deck(CONFORMANCE / "growth.yaml"))
    motion = {piece for piece in found.pieces if piece.field == "mesh_displacement"}
    for (row, column), causes in found.depends.items():
        if row not in motion and row.kind == "volume":
            assert causes & motion, (row, column)


def test_the_coupling_graph_shows_the_structure() -> None:
    """On a mesh that moves, the balance of charge depends on where the mesh is, though no term of it says so."""
    model = compose(read_deck(CONFORMANCE / "growth.yaml"))
    graph, found = coupling(model), structure_of(model)
    assert ("charge", "mesh_displacement") in graph.depends
    assert ("butler_volmer", "charge") in graph.feeds
    unknown = dict(graph.solves)
    shown = {(unknown[balance], field) for balance, field in graph.depends}
    assert shown == {(row.field, column.field) for row, column in found.depends if row.field in unknown.values()}


@pytest.mark.parametrize(
    ("conductivity", "sections", "expected"),
    [
        ("2 W/m/K", {}, set()),
        ("2 W/m/K", {"time": {"stop": "2 s", "step": "1 s"}}, {"time step"}),
        ("2 W/m/K * (1 + t/(1 s))", {"time": {"stop": "2 s", "step": "1 s"}}, {"time", "time step"}),
        ("2 W/m/K * (temperature/(300 K))", {}, {"temperature (a+b)"}),
        ("2 W/m/K * (1 + x/(1 m))", {}, set()),
    ],
)
def test_what_changes_the_matrix_of_heat(conductivity: str, sections: dict[str, Any], expected: set[str]) -> None:
    heat = {"thermal_conductivity": conductivity, "density": "2 kg/m^3", "specific_heat_capacity": "3 J/kg/K"}
    (part,) = of(layered({"heat": {"blocks": ["a", "b"]}}, materials={"a": heat, "b": heat}, **sections)).parts
    assert set(map(str, part.changes)) == expected
    assert part.constant == (expected <= {"time step"})


def test_a_switched_terminal_needs_its_number() -> None:
    found = of(read_deck(CONFORMANCE / "terminal.yaml"))
    numbers = [piece for piece in found.pieces if piece.kind == "global"]
    assert numbers
    for number in numbers:
        assert any(row == number for row, _ in found.depends)
