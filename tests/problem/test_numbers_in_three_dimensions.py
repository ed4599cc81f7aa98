"""Numbers in three dimensions: a given current through a terminal, and a source that holds a mean over blocks.

Metals and a salt on each other, with a contact resistance and two electrodes in series; charge and heat in all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
import pytest
import yaml
from held import Thermostat
from layers import Layer, build
from mpi4py import MPI
from problems import problem_for
from pytest_mpi import parallel_assert
from terms import known_too

from trona.deck import read_deck
from trona.model import compose

if TYPE_CHECKING:
    from trona.problem import Problem

R_GAS, FARADAY = 8.31446261815324, 96485.33212331001
LAYERS = {"collector": 2e-3, "anode": 1e-3, "salt": 3e-3, "cathode": 1e-3}
SIGMA = {"collector": 40.0, "anode": 20.0, "salt": 2.0, "cathode": 30.0}
K = {"collector": 4.0, "anode": 3.0, "salt": 0.5, "cathode": 2.0}
"""Thicknesses, m; conductivities, S/m and W/m/K."""
CONTACT, THERMAL = 3e-4, 2e-3
"""Resistances between collector and anode, ohm m2 and K m2/W."""
I0, EQUILIBRIUM = {"anode": 100.0, "cathode": 50.0}, 0.3
WIDTH, CURRENT, COLD, MEAN = 2e-3, 1e-3, 300.0, 10.0
"""Width, m; total current, A; temperature of the bottom and the mean excess over it in salt and cathode, K."""
AREA = WIDTH**2
PRESETS = ("auto", "direct", "multigrid")


def expected(held: bool = True) -> dict[str, float]:
    """The source that holds the mean and the potential at which the current enters, by their units.

    Upwards from the bottom: the excess of the temperature where the source is 1 W/m3, whose mean in salt and cathode
    decides how large it is; then potentials, with the temperature of each electrode in its kinetics.
    """
    current, above = CURRENT / AREA, sum(LAYERS.values())
    here, mean, tops = 0.0, 0.0, {}
    for block, thickness in LAYERS.items():
        if block == "anode":
            here += above * THERMAL
        if block in ("salt", "cathode"):
            mean += here * thickness + (above * thickness**2 / 2 - thickness**3 / 6) / K[block]
        here += (above * thickness - thickness**2 / 2) / K[block]
        above -= thickness
        tops[block] = here
    # Half of the contact's heat leaves through the collector alone, half of it through the thermal resistance too.
    heat = current**2 * CONTACT
    lifted = heat * (LAYERS["collector"] / K["collector"] + THERMAL / 2)
    strength = (MEAN - lifted) * (LAYERS["salt"] + LAYERS["cathode"]) / mean if held else 0.0
    voltage = current * (sum(LAYERS[block] / SIGMA[block] for block in LAYERS) + CONTACT) - EQUILIBRIUM
    for electrode, below in (("anode", "anode"), ("cathode", "salt")):
        temperature = COLD + lifted + strength * tops[below]
        voltage += current * R_GAS * temperature / FARADAY / I0[electrode]
    return {"W/m^3": strength, "V": voltage}


def content(preset: str, uneven: float, held: bool) -> dict[str, Any]:
    metals = [block for block in LAYERS if block != "salt"]
    kinetics = [{"interface": f"{b} | salt", "kinetics": "linear", "i0": f"{i0} A/m^2"} for b, i0 in I0.items()]
    thermostat = {"blocks": ["salt", "cathode"], "mean": f"{MEAN} K", "zero": f"{COLD} K"}
    kinetics[0]["equilibrium_potential"] = f"{EQUILIBRIUM} V"
    return {
        "mesh": {"file": "layers.msh"},
        "materials": {
            block: {
                f"{'ionic' if block == 'salt' else 'electronic'}_conductivity": f"{SIGMA[block]} S/m",
                "thermal_conductivity": f"{K[block]} W/m/K",
            }
            for block in LAYERS
        },
        "physics": {
            "electronic_charge": {"blocks": metals},
            "ionic_charge": {"blocks": ["salt"]},
            "butler_volmer": kinetics,
            "contact_resistance": {
                "interface": "collector | anode",
                "R": f"{CONTACT} ohm*m^2 * (1 + {uneven} * sin(x / (0.5 mm)) * y / (1 mm))",
            },
            "terminal": [
                {"boundary": "bottom", "potential": "0 V"},
                {"boundary": "top", "total_current": f"{CURRENT} A"},
            ],
            "heat": {"blocks": list(LAYERS)},
            "thermal_resistance": {"interface": "collector | anode", "R": f"{THERMAL} K*m^2/W"},
            **({"thermostat": thermostat} if held else {}),
        },
        "boundaries": {"bottom": {"temperature": f"{COLD} K"}},
        "solver": {"preset": preset},
    }


def solved(folder: Path, preset: str, uneven: float, comm: Any = MPI.COMM_SELF, held: bool = True) -> Problem:
    """Return the solved problem.

    uneven: amplitude of the part of the contact's resistance that varies with place. held: whether there is a source
    that holds a mean temperature; without it the current alone heats.
    """
    file = folder / f"{preset}-{uneven}.yaml"
    if comm.rank == 0:
        build(folder / "layers.msh", [Layer(b, h, 1) for b, h in LAYERS.items()], dim=3, width=WIDTH)
        file.write_text(yaml.safe_dump(content(preset, uneven, held)), encoding="utf-8")
    comm.barrier()
    problem = problem_for(compose(read_deck(file), known_too(Thermostat)), comm=comm)
    problem.start()
    problem.solve()
    return problem


def numbers(problem: Problem) -> dict[str, float]:
    """The source and the potential, by their units."""
    found = {}
    for component, part in zip(problem.unknowns.components, problem.unknowns.states[0].subfunctions, strict=True):
        if component.field.kind == "global":
            found[str(component.field.unit)] = float(component.reference) + float(component.scale) * float(part)
    return found


def sizes(problem: Problem) -> list[float]:
    """Norms of all unknowns: partitions of a mesh number them differently."""
    return [float(fd.norm(part)) for part in problem.unknowns.states[0].subfunctions]


@pytest.mark.parametrize("preset", PRESETS)
def test_layers_in_series(tmp_path: Path, preset: str) -> None:
    assert numbers(solved(tmp_path, preset, 0.0)) == pytest.approx(expected(), rel=1e-8)


def test_metals_that_only_terminals_hold_are_left_to_multigrid(tmp_path: Path) -> None:
    """Without the conditions of the terminals each level of their potential is as good as any other."""
    problem = solved(tmp_path, "multigrid", 0.0, held=False)
    (part,) = problem.newton.linear_work()
    assert part.method == "multigrid" and part.krylov_iterations < 60 * problem.newton.history.iterations
    assert numbers(problem)["V"] == pytest.approx(expected(held=False)["V"], rel=1e-8)


@pytest.mark.parametrize("preset", ["auto", "multigrid"])
def test_where_currents_are_uneven_the_answer_is_that_of_one_lu(tmp_path: Path, preset: str) -> None:
    one, other = solved(tmp_path, "direct", 0.5), solved(tmp_path, preset, 0.5)
    assert numbers(other) == pytest.approx(numbers(one), rel=1e-8)
    assert abs(numbers(one)["V"] / expected()["V"] - 1) > 1e-3
    for a, b in zip(*(problem.unknowns.states[0].subfunctions for problem in (one, other)), strict=True):
        assert np.max(np.abs(a.dat.data_ro - b.dat.data_ro)) < 1e-8 * np.max(np.abs(a.dat.data_ro))


@pytest.mark.parallel(2)
@pytest.mark.parametrize("preset", PRESETS)
def test_two_ranks_give_what_one_gives(tmp_path: Path, preset: str) -> None:
    folder = Path(MPI.COMM_WORLD.bcast(tmp_path))
    own = folder / f"rank{MPI.COMM_WORLD.rank}"
    own.mkdir()
    alone, together = solved(own, preset, 0.5), solved(folder, preset, 0.5, MPI.COMM_WORLD)
    parallel_assert(numbers(together) == pytest.approx(numbers(alone), rel=1e-8), f"{numbers(together)}")
    parallel_assert(sizes(together) == pytest.approx(sizes(alone), rel=1e-8), f"{sizes(together)} {sizes(alone)}")
