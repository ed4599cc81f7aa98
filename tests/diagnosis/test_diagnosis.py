"""Seeded failures: the report names the true cause first, and writes what it knows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from held import Thermostat
from problems import problem_for
from pytest_mpi import parallel_assert
from seeds import SEEDS, bad_unit, negative, salt
from terms import asking, known_too, layered

from trona.deck import read_deck
from trona.diagnosis import Diagnosis, diagnose
from trona.diagnosis.births import find_birth
from trona.diagnosis.examination import PATIENCE
from trona.diagnosis.jacobian import taylor
from trona.diagnosis.places import Geometry
from trona.diagnosis.state import Transfer
from trona.diagnosis.terms import point_terms
from trona.errors import SolveError
from trona.model import Model, compose
from trona.plugin import Contribution, Quantity, as_vector, dot, grad
from trona.session.run import run

PIECES = ("rank0.vtu", "rank1.vtu")
FIRST_LINES = {
    "bad_unit": [
        r"electric_potential in salt would have to change by 1\.293e\+29 V: "
        r"butler_volmer at metal \| salt responds with only 7\.736e-29 A/m\^2 per V",
        r"  against 10 A/m\^2 from boundaries at top",
        r"  butler_volmer is most sensitive to butler_volmer\.i0 = 2e-30 A/m\^2 \(\S+\.yaml:\d+:\d+\)",
        r"  try: check the value and the unit of butler_volmer\.i0, then of current_density",
    ],
    "contradiction": [
        r"contradictory values: those prescribed for electric_potential in salt and electrode_potential "
        r"leave a surplus of 5e-06 A/m that nothing can take up",
        r"  boundaries at top: 1e-05 A/m, from current_density = 10 A/m\^2 \(\S+\.yaml:\d+:\d+\)",
        r"  butler_volmer at metal \| salt: -5e-06 A/m, from butler_volmer\.mean_current_density = -5 A/m\^2 \(\S+\)",
        r"  try: make them agree, or drop one and fix electric_potential on a boundary instead",
    ],
    "no_reference": [
        r"nothing fixes the level of electric_potential in salt and electrode_potential: the same constant "
        r"added to all changes no equation \(the Jacobian is singular\)",
        r"  try: give electric_potential or electrode_potential a value on a boundary",
    ],
    "negative": [
        r"concentration falls below zero: -39 mol/m\^3 in salt at \(0\) m \(\d of 7 values are not above 0\)",
        r"  salt in salt has no value there: ln\(concentration/salt\.reference\) is not a number; "
        r"concentration/salt\.reference = -\S+",
        r"  largest sink: boundaries at bottom, -0\.001 mol/\(m\^2\*s\), "
        r"from salt_flux = -1e-3 mol/m\^2/s \(\S+\)",
        r"  in the last good state its lowest value is 1 mol/m\^3",
        r"  try: check the value and the unit of salt_flux; does the consumption exceed the supply\?",
    ],
    "long_step": [
        r"the time step of 0\.45 s is too long: one of 0\.02813 s succeeds",
        r"  the smallest step allowed is 0\.4 s",
        r"  try: set time\.step and time\.smallest_step to 0\.02813 s or less, with a tolerance for adaptive steps",
    ],
    "used_up": [
        r"concentration falls below zero: -\S+ mol/m\^3 in salt at \(0\) m \(\d of 7 values are not above 0\)",
        r"  largest sink: boundaries at bottom, -1e-06 mol/\(m\^2\*s\), "
        r"from salt_flux = -1e-6 mol/m\^2/s \(\S+\)",
        r"  this state solves the equations: the stored amount is used up",
        r"  in the last good state its lowest value is 0\.\d+ mol/m\^3",
        r"  try: draw less, supply more, or end the run earlier with time\.stop on the lowest concentration",
    ],
}


def failure(model: Any) -> Diagnosis:
    """Run a deck that must fail."""
    with pytest.raises(SolveError) as caught:
        run(model, record=False)
    assert caught.value.diagnosis is not None
    assert str(caught.value) == caught.value.diagnosis.head()
    return caught.value.diagnosis


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_lines_name_the_cause(seed: str, tmp_path: Path) -> None:
    found = failure(SEEDS[seed](tmp_path))
    lines = found.head().splitlines()
    assert len(lines) <= 12
    for line, pattern in zip(lines, FIRST_LINES[seed], strict=False):
        assert re.fullmatch(pattern, line), line
    assert len(lines) >= len(FIRST_LINES[seed])
    assert "ended early" not in found.text()


def test_the_report_is_complete_and_on_disk(tmp_path: Path) -> None:
    with pytest.raises(SolveError) as caught:
        run(negative(tmp_path), directory=tmp_path / "out")
    text = (tmp_path / "out/failure.txt").read_text(encoding="utf-8")
    assert caught.value.diagnosis is not None and text == caught.value.diagnosis.text()
    for part in (
        "Newton failed after",
        "1. concentration falls below zero",
        "Imbalance in the last good state",
        "boundaries at bottom (inflow): 0.001 mol/(m^2*s)",
        "Ranges of the fields",
        "Scaling of the Jacobian",
        "Taylor test of the Jacobian in the last good state: holds",
    ):
        assert part in text, part
    plain = json.loads((tmp_path / "out/failure.json").read_text(encoding="utf-8"))
    assert plain["findings"][0]["kind"] == "negative"
    assert {"failed.pvd", "last_good.pvd"} <= {p.name for p in (tmp_path / "out").iterdir()}
    summary = json.loads((tmp_path / "out/summary.json").read_text(encoding="utf-8"))
    assert summary["status"].startswith("failed: Newton failed after")


def test_birth_of_a_value_that_is_not_finite(tmp_path: Path) -> None:
    """The smallest expression, its argument, and the place of the first point where it has no value."""
    problem = problem_for(negative(tmp_path))
    geometry = Geometry(problem)
    problem.unknowns.states[0].assign(-1.5)  # from the reference of 1, in mol/m3
    state = Transfer(problem, geometry).state(problem.unknowns.states)
    births = [b for p in point_terms(problem, geometry) if (b := find_birth(p, state)) is not None]
    (birth,) = births
    assert birth.text == ("ln(concentration/salt.reference) is not a number; concentration/salt.reference = -0.5")
    assert (birth.plugin, birth.kind, birth.block) == ("salt", "source", "salt")
    assert birth.fields == (("concentration", "mol/m^3", -0.5),)
    assert 0 < birth.x[0] < 4e-6


def test_a_start_without_a_residual(tmp_path: Path) -> None:
    """No Jacobian was factorised yet: that must neither crash nor hide the term."""
    problem = problem_for(negative(tmp_path))
    problem.unknowns.states[0].assign(-1.5)
    with pytest.raises(SolveError) as caught:
        problem.solve()
    found = diagnose(problem, caught.value)
    assert found is not None and "ended early" not in found.text()
    assert found.findings[0].text.startswith("concentration falls below zero: -0.5 mol/m^3 in salt at (")


@pytest.mark.parametrize("kink", [False, True])
def test_taylor_test_finds_a_kink(tmp_path: Path, kink: bool) -> None:
    """At c_0 a source r ln(c/c_0) whose slope doubles has no derivative."""
    problem = problem_for(
        salt(tmp_path, {"rate": "1 mol/m^3/s", "kink": kink}, boundaries={"top": {"concentration": "1 mol/m^3"}})
    )
    problem.newton.scale()
    found = taylor(problem, problem.unknowns.states[0])
    assert found is not None and found.holds is not kink
    if kink:
        # The solve itself succeeds; what a failure in this state would say:
        diagnosis = diagnose(problem, SolveError("stuck"))
        assert diagnosis is not None
        (told,) = [f.text for f in diagnosis.findings if f.kind == "not differentiable"]
        assert told.endswith(": salt in salt is not differentiable here")


def test_trouble_in_the_report_does_not_hide_the_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("no parts")

    monkeypatch.setattr("trona.diagnosis.examination.point_terms", broken)
    found = failure(bad_unit(tmp_path))
    assert found.head().startswith("Newton failed after")
    assert found.notes == ["the examination ended early (ValueError: no parts)"]


# ---------------------------------------------------------------------- terms one by one

FILM = {
    "interface": "metal | film",
    "i0": "20 A/m^2",
    "activation_energy": "20 kJ/mol",
    "mean_current_density": "-1 mA/cm^2",
    "film_thickness": "10 nm",
    "film_conductivity": "1e-4 S/m",
}


def film_cell(root: Path, folder: Path) -> Path:
    """A transient cell with a film in the rate law and an unknown number: every kind of term."""
    import yaml

    content = {
        "mesh": {"file": str(root / "meshes/three_layers.msh"), "length_unit": "um"},
        "materials": {"metal": "sodium", "film": "uniform_sei", "electrolyte": "napf6_carbonate"},
        "physics": {
            "ionic_charge": {"blocks": ["film", "electrolyte"]},
            "joule_heating": {},
            "butler_volmer": FILM,
            "heat": {"blocks": ["metal", "film", "electrolyte"]},
            "thermal_resistance": {"interface": "metal | film", "R": "1e-5 K*m^2/W"},
        },
        "boundaries": {
            "top": {"electric_potential": "0 V", "temperature": "25 degC"},
            "bottom": {"temperature": "298.15 K + 1e6 K/s * t"},
        },
        "initial": {"temperature": "25 degC"},
        "time": {"end": "4 us", "step": "1 us"},
    }
    path = folder / "film.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def compare(deck: Path | Model) -> None:
    """The sum of all terms, evaluated one by one, is the assembled residual."""
    import firedrake as fd

    problem = problem_for(compose(read_deck(deck)) if isinstance(deck, Path) else deck)
    random = np.random.default_rng(1)
    for state in problem.unknowns.states:
        for part in state.subfunctions:
            part.dat.data_wo[...] = random.random(part.dat.data_ro.shape)
    problem.inputs.set_times([3e-7, 2e-7, 1e-7, 0.0])
    for rate, value in zip(problem.inputs.rates, (3e7, -4e7, 1e7), strict=True):
        rate.assign(value)
    geometry = Geometry(problem)
    transfer = Transfer(problem, geometry)
    state = transfer.state(problem.unknowns.states)
    residual = fd.assemble(problem.residual)
    sums: dict[int, Any] = {}
    for part in point_terms(problem, geometry):
        sign = 1 if part.kind == "constraint" else -1
        sums[part.component.index] = sums.get(part.component.index, 0.0) - sign * part.rows(state)
    for component in problem.unknowns.components:
        expected = transfer.spread(component, residual.subfunctions[component.index])
        found = -sums[component.index]
        size = max(problem.comm.allgather(float(np.abs(expected).max(initial=0.0))))
        close = np.abs(found - expected[: len(found)]).max(initial=0.0) < 1e-11 * size
        parallel_assert(bool(close), component.label)


def spreading(self: Any, model: Contribution) -> None:
    """Heat of an interface spreads along it, and a wind that crosses it carries what lies in it along."""
    law = model.interface("a | b")
    T = model.add_surface_field(law, "skin", "K", "temperature of the interface")
    skin = model.add_balance("skin energy", "W/m^2", "skin", "energy of the interface")
    skin.flux(-2 * self.rate / self.kelvin * grad(T) * model.position[0] ** 3)
    skin.flux(self.rate * T / self.kelvin * as_vector([model.position[0] ** 2] * model.dimension))
    skin.source(self.rate * T / self.kelvin * model.position[0])
    skin.source(self.rate / self.kelvin**2 * dot(grad(T), grad(T)) * model.position[0] ** 3)


class Spreading(asking(spreading)):  # type: ignore[misc]
    """Spreads."""

    kelvin = Quantity("K", "a difference", default="1 K")


@pytest.mark.parametrize("mesh", [{}, {"width": "1 m", "cells_across": 2}])
def test_terms_along_an_interface_sum_to_the_residual(mesh: dict[str, Any]) -> None:
    """On a line nothing runs along it, for there it is a point."""
    deck = layered({"heat": {"blocks": ["a", "b"]}, "asking": {}}, mesh=mesh)
    compare(compose(deck, known_too(Spreading)))


def sized(self: Any, model: Contribution) -> None:
    """Heat by the size of cells, in blocks, at a boundary and at an interface."""
    energy, law = model.balance("energy"), model.interface("a | b")
    energy.source(self.rate * model.cell_size / model.quantity(1.0, "m", "unit"))
    law.source(self.rate * model.cell_size, energy, "minus")
    energy.inflow("top", self.rate * model.cell_size)


@pytest.mark.parametrize("mesh", [{}, {"width": "1 m", "cells_across": 2}], ids=["1-D", "2-D"])
def test_terms_with_sizes_of_cells_sum_to_the_residual(mesh: dict[str, Any]) -> None:
    """Cells beside the interface have different heights."""
    layers = [{"a": "1 m"}, {"b": "2 m"}]
    deck = layered({"heat": {"blocks": ["a", "b"]}, "asking": {}}, layers, mesh=mesh)
    compare(compose(deck, known_too(asking(sized))))


def test_equations_of_numbers_over_blocks_sum_to_the_residual() -> None:
    """Around an axis, over one of two blocks with a field that lives in both."""
    physics = {"heat": {"blocks": ["a", "b"]}, "thermostat": {"blocks": ["b"], "integral": "10 K*m^3"}}
    compare(compose(layered(physics, mesh={"coordinates": "axisymmetric"}), known_too(Thermostat)))


def test_terms_sum_to_the_residual(tutorial: Path, tmp_path: Path) -> None:
    compare(film_cell(tutorial.parents[2], tmp_path))


@pytest.mark.parallel(2)
@pytest.mark.parametrize("which", ["film", "tutorial"])
def test_terms_sum_to_the_residual_on_two_ranks(tutorial: Path, tmp_path: Path, which: str) -> None:
    """The larger mesh has interfaces that cross the rim of a rank's halo."""
    compare(tutorial if which == "tutorial" else film_cell(tutorial.parents[2], tmp_path))


@pytest.mark.parallel(2)
def test_report_on_two_ranks(tmp_path: Path) -> None:
    """All ranks say the same, and what one rank alone says; they write the states that it is about in pieces."""
    from mpi4py import MPI

    (folder,) = {MPI.COMM_WORLD.bcast(str(tmp_path))}
    try:
        deck = negative(Path(folder)) if MPI.COMM_WORLD.rank == 0 else negative(tmp_path)
        run(deck, directory=Path(folder) / "run")
        head = ""
    except SolveError as error:
        head = str(error)
    heads = [h.splitlines()[0] for h in MPI.COMM_WORLD.allgather(head)]
    pattern = FIRST_LINES["negative"][0]
    parallel_assert(len(set(heads)) == 1 and bool(re.fullmatch(pattern, heads[0])), f"{heads}")
    files = {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*.*vtu")}
    pieces = {f"run/{name}-{piece}" for name in ("failed/salt-000001", "last_good/salt-000000") for piece in PIECES}
    parallel_assert(files == pieces | {"run/failed/salt-000001.pvtu", "run/last_good/salt-000000.pvtu"}, f"{files}")


@pytest.mark.parallel(2)
def test_a_failure_of_one_rank_alone_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mpi4py import MPI

    assert PATIENCE > 1
    monkeypatch.setattr("trona.diagnosis.examination.PATIENCE", 0.2)
    problem = problem_for(negative(tmp_path))
    found = diagnose(problem, SolveError("only here")) if MPI.COMM_WORLD.rank == 1 else None
    MPI.COMM_WORLD.Barrier()
    if MPI.COMM_WORLD.rank == 0:
        problem.comm.Ibarrier().Wait()  # the one that the other rank has left behind
    parallel_assert(found is None, "a report of one rank alone")
