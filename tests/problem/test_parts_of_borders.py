"""Laws that act on part of a border between two blocks: a weld, a spot, a crack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from parts import by_hand, parts, solved
from pytest_mpi import parallel_assert
from terms import known_too
from waves import DECK as WAVY

from trona.deck import Deck, read_deck
from trona.errors import UserError
from trona.explain import explain
from trona.mesh import MeshData
from trona.model import compose
from trona.plugin import Contribution, InterfaceOption, Physics, Quantity
from trona.session import Result, run
from trona.verify.taylor import taylor_test

K = {"a": 2.0, "b": 5.0, "c": 3.0}
HELD = {"bottom": 300.0, "top": 310.0}
ENDS = {"bottom": lambda x: x[:, -1] == 0, "top": lambda x: x[:, -1] == 1}


def halves(cells: int = 4, dim: int = 2, **groups: Any) -> MeshData:
    """Block a below b; groups of facets between them, by where they are along x."""
    between = {
        name: lambda x, low=low, high=high: (x[:, -1] == 0.5) & (x[:, 0] > low) & (x[:, 0] < high)
        for name, (low, high) in groups.items()
    }
    return parts(cells, {"a": lambda x: x[:, -1] < 0.5, "b": lambda x: x[:, -1] > 0.5}, {**ENDS, **between}, dim)


def deck(folder: Path, mesh: MeshData, laws: dict[str, float], **sections: Any) -> Deck:
    content = {
        "mesh": {"layers": [{"a": "1 m"}], "width": "1 m"},  # another mesh takes its place
        "materials": {b: {"thermal_conductivity": f"{K.get(b, 1)} W/m/K"} for b in mesh.blocks},
        "physics": {
            "heat": {"blocks": list(mesh.blocks)},
            "thermal_resistance": [{"interface": name, "R": f"{R} K*m^2/W"} for name, R in laws.items()],
        },
        "boundaries": {name: {"temperature": f"{T} K"} for name, T in HELD.items()},
        "elements": {"order": 1},
        **sections,
    }
    path = folder / "deck.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return read_deck(path)


def heat(folder: Path, mesh: MeshData, laws: dict[str, float], **sections: Any) -> Result:
    return run(compose(deck(folder, mesh, laws, **sections), mesh=mesh), record=False)


def agree(result: Result, mesh: MeshData, laws: dict[str, float]) -> None:
    """Every value is what finite elements with doubled vertices along the laws give, and nothing is lost."""
    expected, found = by_hand(mesh, K, laws, HELD), solved(result, "temperature")
    assert expected.keys() == found.keys()
    for key, value in expected.items():
        assert found[key] - 300 == pytest.approx(value - 300, rel=1e-9, abs=1e-9), key
    assert result.ledger["energy"].closure < 1e-12


def regular(result: Result) -> None:
    """Nothing is left undetermined: the Jacobian, its rows and columns made of one size, has no singular value near 0.

    A solver may pass over such a value and still find the rest.
    """
    import firedrake as fd

    problem = result.problem
    form = fd.derivative(problem.residual, problem.unknowns.states[0])
    J = fd.assemble(form, bcs=problem.bcs, mat_type="aij").petscmat[:, :]
    J = J / abs(J).max(axis=1, keepdims=True)
    J = J / abs(J).max(axis=0)
    assert np.linalg.svd(J, compute_uv=False)[-1] > 1e-6


@pytest.mark.parametrize("R", [1e-4, 0.1, 1e4])
def test_a_resistance_on_half_of_a_border(tmp_path: Path, R: float) -> None:
    """Also near the limits of no resistance and of a crack through which nothing flows."""
    mesh = halves(spot=(0, 0.5))
    result = heat(tmp_path, mesh, {"spot": R})
    agree(result, mesh, {"spot": R})
    limit = {1e-4: {}, 1e4: {"spot": np.inf}}.get(R)
    if limit is not None:
        expected, found = by_hand(mesh, K, limit, HELD), solved(result, "temperature")
        assert max(abs(found[key] - value) for key, value in expected.items()) < 1e-3 * (310 - 300)


def test_two_laws_side_by_side_and_nothing_on_the_rest(tmp_path: Path) -> None:
    mesh = halves(left=(0, 0.25), middle=(0.25, 0.5))
    laws = {"left": 0.1, "middle": 0.02}
    agree(heat(tmp_path, mesh, laws), mesh, laws)


THREE = {
    "a": lambda x: (x[:, 0] < 0.75) & (x[:, -1] < 0.5),
    "b": lambda x: (x[:, 0] < 0.75) & (x[:, -1] > 0.5),
    "c": lambda x: x[:, 0] > 0.75,
}


GROUPS = {
    "weld": lambda x: (x[:, -1] == 0.5) & (x[:, 0] < 0.5),
    "side": lambda x: (x[:, 0] == 0.75) & (x[:, -1] < 0.25),
    "other": lambda x: (x[:, 0] == 0.75) & (x[:, -1] > 0.75),
}


@pytest.mark.parametrize("law", ["a | b", "weld", "a | c"])
def test_blocks_that_another_one_joins(tmp_path: Path, law: str) -> None:
    """Where three blocks meet, a law on one border, or on part of it, leaves the field continuous at the others."""
    weld = {"weld": lambda x: (x[:, -1] == 0.5) & (x[:, 0] > 0.25) & (x[:, 0] < 0.75)}
    mesh = parts(4, THREE, {**ENDS, **weld})
    agree(heat(tmp_path, mesh, {law: 0.1}), mesh, {law: 0.1})


def test_two_laws_where_three_blocks_meet(tmp_path: Path) -> None:
    """All three borders are cut: at the point where they meet, one multiplier of three would be undetermined."""
    mesh = parts(4, THREE, {**ENDS, **GROUPS})
    laws = {"weld": 0.1, "side": 0.05, "other": 0.2}
    result = heat(tmp_path, mesh, laws)
    agree(result, mesh, laws)
    regular(result)
    # Neither does the Jacobian have a row there that would be compared with the residual of what is not solved.
    assert all(row.holds for row in taylor_test(result.problem))


def test_a_tie_that_ends_where_values_are_fixed(tmp_path: Path) -> None:
    """Its multiplier has nothing to hold where both sides are fixed."""
    blocks = {"a": lambda x: x[:, -1] < 0.5, "b": lambda x: x[:, -1] > 0.5}
    held = {"bottom": lambda x: x[:, -1] == 0, "top": lambda x: x[:, 0] == 1}
    mesh = parts(4, blocks, {**held, "spot": lambda x: (x[:, -1] == 0.5) & (x[:, 0] < 0.5)})
    agree(heat(tmp_path, mesh, {"spot": 0.1}), mesh, {"spot": 0.1})


class Film(Physics):
    """A resistance as a constraint that contains its multiplier: T_A - T_B - R q = 0."""

    name = "film"
    interface = InterfaceOption("A | B")
    R = Quantity("K*m^2/W", "resistance")

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        jump = law.minus.field("temperature") - law.plus.field("temperature")
        law.constrain(lambda q: jump - self.R * q, "K", model.balance("energy"), "film_flux", "heat through the film")


def test_a_constraint_that_determines_its_multiplier_closes_no_circle(tmp_path: Path) -> None:
    """Where both sides are fixed, 10 K apart, it is 10 K/R like anywhere else."""
    blocks = {"a": lambda x: x[:, -1] < 0.5, "b": lambda x: x[:, -1] > 0.5}
    held = {"bottom": lambda x: (x[:, 0] == 1) & (x[:, 1] < 0.5), "top": lambda x: (x[:, 0] == 1) & (x[:, 1] > 0.5)}
    mesh, laws = parts(4, blocks, held), {"a | b": 0.1}
    films = {"film": [{"interface": name, "R": f"{R} K*m^2/W"} for name, R in laws.items()]}
    physics = {"heat": {"blocks": list(mesh.blocks)}, **films}
    read = deck(tmp_path, mesh, {}, physics=physics)
    result = run(compose(read, known_too(Film), mesh=mesh), record=False)
    agree(result, mesh, laws)
    component = result.problem.unknowns.find("film_flux")
    found = result.problem.unknowns.states[0].subfunctions[component.index].dat.data_ro * float(component.scale)
    assert found.min() == pytest.approx(-10 / 0.1, rel=1e-9)


SIDES = {"left": lambda x: x[:, 0] == 0, "right": lambda x: x[:, 0] == 1}


@pytest.mark.parametrize("law", [{}, {"spot": 0.1}])
def test_a_tie_that_ends_at_a_terminal(tmp_path: Path, law: dict[str, float]) -> None:
    """Where a multiplier holds the potential of both sides, that of the tie has nothing to hold."""
    groups = {**SIDES, "spot": lambda x: (x[:, -1] == 0.5) & (x[:, 0] < 0.5)}
    mesh = parts(4, {"a": lambda x: x[:, -1] < 0.5, "b": lambda x: x[:, -1] > 0.5}, groups)
    physics = {
        "electronic_charge": {"blocks": ["a", "b"]},
        "terminal": {"boundary": "right", "potential": "1 V"},
        "contact_resistance": [{"interface": name, "R": f"{R} ohm*m^2"} for name, R in law.items()],
    }
    sections = {
        "materials": {b: {"electronic_conductivity": f"{K[b]} S/m"} for b in "ab"},
        "physics": physics,
        "boundaries": {"left": {"electrode_potential": "0.25 V * y / 1 m"}},
    }
    result = run(compose(deck(tmp_path, mesh, {}, **sections), mesh=mesh), record=False)
    expected = by_hand(mesh, K, law, {"left": lambda x: 0.25 * x[1], "right": lambda x: 1.0})
    found = solved(result, "electrode_potential")
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
    regular(result)


class Spring(Physics):
    """Tractions in proportion to the jump of the displacement."""

    name = "spring"
    interface = InterfaceOption("A | B")
    k = Quantity("Pa/m", "stiffness")

    def contribute(self, model: Contribution) -> None:
        law, momentum = model.interface(self.interface), model.balance("momentum")
        jump = law.minus.field("displacement") - law.plus.field("displacement")
        law.exchange(self.k * jump, momentum, momentum)


@pytest.mark.parametrize("slip", ["free", "none"])
def test_a_tie_of_displacements_that_ends_at_a_plate(tmp_path: Path, slip: str) -> None:
    """With a stiff spring on half of the border, the body moves as one without it."""
    groups = {**SIDES, "spot": lambda x: (x[:, -1] == 0.5) & (x[:, 0] < 0.5)}
    mesh = parts(4, {"a": lambda x: x[:, -1] < 0.5, "b": lambda x: x[:, -1] > 0.5}, groups)
    reached = []
    for law in ({}, {"spring": {"interface": "spot", "k": "1e5 GPa/m"}}):
        plate = {"boundary": "right", "displacement": "1 um", "slip": slip}
        sections = {
            "materials": {b: {"youngs_modulus": f"{K[b]} GPa", "poisson_ratio": "0.3"} for b in "ab"},
            "physics": {"elasticity": {"blocks": ["a", "b"]}, "platen": plate, **law},
            "boundaries": {"left": {"displacement": ["0 m", "0 m"]}},
            "elements": {"order": 2, "contact_pressure": 2},
        }
        read = deck(tmp_path, mesh, {}, **sections)
        result = run(compose(read, known_too(Spring), mesh=mesh), record=False)
        regular(result)
        reached.append(result["plate_load"])
    assert reached[1] == pytest.approx(reached[0], rel=1e-4)


def test_a_spot_inside_a_border_in_three_dimensions(tmp_path: Path) -> None:
    mesh = halves(4, 3, spot=(0.25, 0.75))
    agree(heat(tmp_path, mesh, {"spot": 0.1}), mesh, {"spot": 0.1})


def test_a_tie_holds_at_every_node_of_quadratic_elements(tmp_path: Path) -> None:
    """As a resistance on the rest does that is next to none."""
    mesh = halves(left=(0, 0.5), right=(0.5, 1))
    one, other = (
        heat(tmp_path, mesh, laws, elements={"order": 2, "temperature": 2})
        for laws in ({"left": 0.1}, {"left": 0.1, "right": 1e-7})
    )
    a, b = (r["temperature_gradient_max"] for r in (one, other))
    assert a == pytest.approx(b, rel=1e-5)
    assert one.ledger["energy"].closure < 1e-12


def test_a_tie_on_a_surface_that_moves(tmp_path: Path) -> None:
    """As a small resistance on the rest does; what is stored differs on the two sides, and one of them grows."""
    size, reached = 1e-6, []
    groups = {
        **ENDS,
        "left": lambda x: (x[:, -1] == 0.5) & (x[:, 0] < 0.5),
        "right": lambda x: (x[:, -1] == 0.5) & (x[:, 0] > 0.5),
    }
    blocks = {"metal": lambda x: x[:, -1] < 0.5, "liquid": lambda x: x[:, -1] > 0.5}
    mesh = parts(4, blocks, groups, length=size)
    poor = {"thermal_conductivity": "1e-6 W/m/K"}
    stored = {"density": "1200 kg/m^3", "specific_heat_capacity": "1800 J/kg/K"}
    for rest in ([], [{"interface": "right", "R": "1e-5 K*m^2/W"}]):
        laws = [{"interface": "left", "R": "0.1 K*m^2/W"}, *rest]
        sections = {
            "materials": {b: {**m, **poor, **stored} for b, m in WAVY["materials"].items()},
            "physics": {**WAVY["physics"], "heat": {"blocks": list(blocks)}, "thermal_resistance": laws},
            "boundaries": {
                "top": {**WAVY["boundaries"]["top"], "temperature": "310 K"},
                "bottom": {**WAVY["boundaries"]["bottom"], "temperature": "300 K"},
            },
            "motion": WAVY["motion"],
            "initial": {"temperature": "305 K"},
            "time": {"step": "8 s", "end": "40 s"},
        }
        sections["materials"]["metal"]["density"] = "968 kg/m^3"
        result = run(compose(deck(tmp_path, mesh, {}, **sections), mesh=mesh), record=False)
        assert result.ledger["energy"].closure < 1e-11
        name = "temperature_jump_max (left)" if rest else "temperature_jump_max"
        reached.append((result[name], result["surface_top"] - size / 2, result["surface_bottom"] - size / 2))
    assert reached[1] == pytest.approx(reached[0], rel=1e-4)


def test_the_unknown_of_a_tie_has_a_name_and_is_printed(tmp_path: Path) -> None:
    mesh = halves(spot=(0, 0.5))
    text = explain(compose(deck(tmp_path, mesh, {"spot": 0.1}), mesh=mesh))
    name = "temperature_tie (rest of a | b)"
    assert f"{name} [W/m^2]  flux of energy that keeps temperature continuous, on rest of a | b" in text
    held = f"temperature[minus] - temperature[plus] = 0 [K], held by {name} (thermal_resistance)"
    assert f"at rest of a | b  {held}" in text


def test_a_whole_border_needs_no_tie(tmp_path: Path) -> None:
    mesh = halves(left=(0, 0.5), right=(0.5, 1))
    model = compose(deck(tmp_path, mesh, {"left": 0.1, "right": 0.2}), mesh=mesh)
    assert not model.constraints


def test_a_tie_does_not_fix_a_level(tmp_path: Path) -> None:
    """With nothing held anywhere the field has no level, whichever way its pieces are joined."""
    mesh = halves(spot=(0, 0.5))
    with pytest.raises(UserError, match=r"nothing fixes 'temperature' in a\+b, which is closed"):
        compose(deck(tmp_path, mesh, {"spot": 0.1}, boundaries={}), mesh=mesh)


def test_a_tie_on_a_line(tmp_path: Path) -> None:
    """Two points are the border of a and b there; the law is at one, and the tie at the other."""
    blocks = {"b": lambda x: abs(x[:, 0] - 0.5) < 0.25, "a": lambda x: x[:, 0] >= 0}
    mesh = parts(4, blocks, {**ENDS, "spot": lambda x: x[:, 0] == 0.25}, 1)
    result = heat(tmp_path, mesh, {"spot": 0.1})
    (tie,) = result.problem.unknowns.of("temperature_tie (rest of b | a)")
    q = 10 / (0.5 / K["a"] + 0.5 / K["b"] + 0.1)
    assert tie.space.dim() == 1
    assert abs(result["temperature_jump_max"]) == pytest.approx(0.1 * q, rel=1e-10)
    assert result.ledger["energy"].closure < 1e-12
    regular(result)


@pytest.mark.parallel(2)
def test_two_ranks_find_the_same(tmp_path: Path) -> None:
    mesh, laws = parts(4, THREE, {**ENDS, **GROUPS}), {"weld": 0.1, "side": 0.05, "other": 0.2}
    result = heat(tmp_path, mesh, laws)
    expected = by_hand(mesh, K, laws, HELD)
    jumps = [abs(expected["a", p] - expected["b", p]) for p in [(0.0, 0.5), (0.25, 0.5), (0.5, 0.5)]]
    found = next(o.value for name, o in result.outputs.items() if name == "temperature_jump_max (weld)")
    parallel_assert(found == pytest.approx(max(jumps), rel=1e-9))
    parallel_assert(result.ledger["energy"].closure < 1e-12)
