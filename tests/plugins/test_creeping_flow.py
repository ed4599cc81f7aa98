"""Flow of a metal that creeps, at any strain, and its free surface: against closed forms."""

from __future__ import annotations

from math import exp, pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import body, box, everywhere

from trona.deck import Deck
from trona.record.terminal import SilentReporter
from trona.session import Result, run

R, F, T = 8.31446261815324, 96485.33212, 310.0
N, SIGMA, A0, Q, VOLUME = 3.0, 0.3e6, 4e4, 40e3, 2e-5
"""Creep exponent, its reference stress, Pa, prefactor, 1/s, and activation energy, J/mol; molar volume, m3/mol."""
A = A0 * exp(-Q / (R * T))
METAL = {
    "molar_volume": f"{VOLUME} m^3/mol",
    "creep_exponent": str(N),
    "creep_reference_stress": f"{SIGMA} Pa",
    "creep_prefactor": f"{A0} 1/s",
    "creep_activation_energy": f"{Q} J/mol",
}
GIVEN = {"temperature": f"{T} K"}
STRAIGHT = {"mesh_displacement": 1}
"""Straight cells, in which a stress that is known at points is integrated exactly."""
VISCOUS = 1e-9
"""Rate of the viscous flow that is left, 1/s; the default."""
WIDE, HIGH = 2e-6, 1e-6
MIRRORS = {
    "bottom": {"velocity": [None, "0 m/s"], "mesh_displacement": [None, "0 m"]},
    "left": {"velocity": ["0 m/s", None], "mesh_displacement": ["0 m", None]},
}


def values(result: Result) -> dict[str, float]:
    return {name: output.value for name, output in result.outputs.items()}


def rate_of(stress: float) -> float:
    """Rate of strain of a bar under a stress, 1/s."""
    return A * (stress / SIGMA) ** N


@pytest.mark.parametrize("kind", ["channel", "tube"])
def test_profile_between_walls(tmp_path: Path, kind: str) -> None:
    """v = sqrt(3) A (sqrt(3) f/(k sigma_0))^n (H^(n + 1) - r^(n + 1))/(n + 1) under a force f: k = 1, in a tube 2."""
    tube = kind == "tube"
    force, half = 0.4e6 / HIGH, HIGH
    walls = {"left": {"velocity": ["0 m/s", None]}, "right": {"velocity": ["0 m/s", "0 m/s"]}}
    ends = {end: {"velocity": ["0 m/s", None]} for end in ("bottom", "top")}
    deck = body(
        tmp_path,
        (12, 2),
        box((0, half), (0, HIGH / 4)),
        coordinates="axisymmetric" if tube else "planar",
        physics={"creeping_flow": {"blocks": ["body"], "viscous_rate": "1e-9 1/s"}},
        materials={"body": METAL},
        given=GIVEN,
        sources={"weight": {"balance": "momentum", "value": ["0 N/m^3", f"{force!r} N/m^3"]}},
        boundaries={**walls, **ends},
    )
    points, found = everywhere(run(deck, record=False), "velocity")
    k = 2 if tube else 1
    r = points[:, 0]
    exact = sqrt(3) * A * (sqrt(3) * force / (k * SIGMA)) ** N * (half ** (N + 1) - r ** (N + 1)) / (N + 1)
    assert abs(found[:, 1] - exact).max() < 2e-4 * exact.max()
    assert abs(found[:, 0]).max() < 1e-4 * exact.max()


def pressed(folder: Path, coordinates: str, load: float, end: float, steps: int) -> Result:
    """A disc, or half of a bar, between plates without friction that press it with a constant load."""
    physics = {
        "creeping_flow": {"blocks": ["body"]},
        "free_surface": [{"boundary": "top"}, {"boundary": "right", "current": "0 A"}],
        "contact": {"boundary": "top", "surface": f"{HIGH} m", "load": f"{load!r} N", "stiffness": "1e12 Pa/m"},
    }
    extra = {"hydrostatic": {"reduce": "mean", "of": "hydrostatic_stress", "on": "body"}}
    return run(
        body(
            folder,
            (1, 1),
            box((0, WIDE), (0, HIGH)),
            outputs={"extra": extra},
            coordinates=coordinates,
            physics=physics,
            materials={"body": METAL},
            given=GIVEN,
            boundaries=MIRRORS,
            motion={"smallest_quality": 0},
            elements=STRAIGHT,
            time={"end": f"{end!r} s", "step": f"{end / steps!r} s"},
        ),
        record=False,
    )


@pytest.mark.parametrize("kind", ["planar", "axisymmetric"])
def test_a_constant_load_presses_to_a_fifth(tmp_path: Path, kind: str) -> None:
    """h^-n = h_0^-n + n k A (k P/(V sigma_0))^n t, k = 1 around an axis and sqrt(3)/2 in a plane."""
    around, squeezed = kind == "axisymmetric", 5
    volume = HIGH * (pi * WIDE**2 if around else WIDE)
    load, k = 0.5e6 * volume / HIGH, 1 if around else sqrt(3) / 2
    end = (squeezed**N - 1) * HIGH**-N / (N * k * A * (k * load / (volume * SIGMA)) ** N)
    wrong = []
    for steps in (20, 40):
        got = values(pressed(tmp_path, kind, load, end, steps))
        wrong.append(HIGH - got["obstacle_displacement"] - HIGH / squeezed)
        assert got["metal_volume (right)"] == pytest.approx(volume, rel=1e-9)
        assert got["obstacle_load"] == pytest.approx(load, rel=1e-9)
        assert abs(got["obstacle_gap_min"]) < 1e-9 * HIGH
        pressure = load * (HIGH - got["obstacle_displacement"]) / volume
        # At the free side the radial stress is zero; in a plane the stress across is half of the pressure.
        assert got["hydrostatic"] == pytest.approx(-pressure / (3 if around else 2), rel=1e-6)
        assert got["strain_rate_max"] == pytest.approx(rate_of(k * pressure) + VISCOUS * k * pressure / SIGMA, rel=1e-8)
    assert abs(wrong[1]) < 1e-2 * HIGH / squeezed
    assert abs(wrong[0]) > 2.5 * abs(wrong[1])


def test_a_thin_disc_that_sticks_is_a_squeeze_film(tmp_path: Path) -> None:
    """Leider and Bird: p = sigma_0 (d/A)^(1/n) s (R/h)^(1 + 1/n) at a rate of height d, and the push of a disc without
    friction on top, as `islands` has it; the top sticks to a plate that comes down."""
    rate, radius, half = 1e-3, 12 * HIGH, HIGH / 2
    down = f"{-rate * half!r} m/s"
    deck = body(
        tmp_path,
        (36, 4),
        box((0, radius), (0, half)),
        coordinates="axisymmetric",
        physics={"creeping_flow": {"blocks": ["body"]}},
        materials={"body": METAL},
        given=GIVEN,
        boundaries={
            **{k: {"velocity": v["velocity"]} for k, v in MIRRORS.items()},
            "top": {"velocity": ["0 m/s", down]},
        },
        outputs={"extra": {"push": {"flow": "momentum", "through": "top"}}},
    )
    got = values(run(deck, record=False))
    s = 2 * N / (3 * N + 1) * (N + 2) ** (1 / N) * 3 ** (-(N + 1) / (2 * N))
    alone = SIGMA * (rate / A) ** (1 / N)
    film = alone * s * (radius / HIGH) ** (1 + 1 / N)
    mean = abs(got["push.y"]) / (pi * radius**2)
    assert film < mean < film + alone


@pytest.mark.parametrize("cells", [16, 32])
def test_bumps_are_levelled(tmp_path: Path, cells: int) -> None:
    """A wave of wave number k falls as exp(-k^2 L h) while h is plated; it ends where it is not curved."""
    wave, length, current = 2e-8, 1e-7, 10.0
    k, speed = 2 * pi / WIDE, current * VOLUME / F
    end = 0.7 / (k**2 * length * speed)
    surface = {"boundary": "top", "current_density": f"{-current} A/m^2", "levelling": f"{length} m"}
    ends = {name: {"reduce": name, "of": "y", "on": "top"} for name in ("maximum", "minimum")}
    deck = body(
        tmp_path,
        (cells, 2),
        lambda a, b: (WIDE * a, (HIGH + wave * np.sin(2 * pi * a)) * b),
        physics={"creeping_flow": {"blocks": ["body"]}, "free_surface": surface},
        materials={"body": METAL},
        given=GIVEN,
        boundaries={**MIRRORS, "right": MIRRORS["left"]},
        elements=STRAIGHT,
        time={"end": f"{end} s", "step": f"{end * 1.6 / cells} s"},
        outputs={"extra": ends, "fields": "none"},
    )
    got = values(run(deck, record=False))
    left = (got["maximum"] - got["minimum"]) / 2
    assert left == pytest.approx(exp(-0.7) * wave, rel=1e-2 if cells == 16 else 4e-3)
    assert (got["maximum"] + got["minimum"]) / 2 - HIGH == pytest.approx(speed * end, rel=2e-3)
    assert got["surface_curvature_max"] == pytest.approx(k**2 * left, rel=0.1)


MESH = Path(__file__).parents[2] / "meshes" / "island.msh"
STIFFNESS = "1e15 Pa/m"
SPACE = {"extra": {"space": {"reduce": "integral", "of": "1", "on": "metal"}}}
RADIUS, ALONG = 10e-6, {"velocity": [None, "0 m/s"], "mesh_displacement": [None, "0 m"]}


def island(coordinates: str, **changes: Any) -> Deck:
    """An island of metal, round or a ridge, on a collector along which it slides."""
    physics = {"creeping_flow": {"blocks": ["metal"]}, **changes.pop("physics")}
    content = {
        "mesh": {"file": str(MESH), "length_unit": "um", "coordinates": coordinates},
        "materials": {"metal": METAL},
        "given": GIVEN,
        "physics": physics,
        "boundaries": {"collector": ALONG, "axis": MIRRORS["left"]},
        "elements": STRAIGHT,
        **changes,
    }
    return Deck.from_dict(content)


def test_an_island_that_is_plated_keeps_its_shape() -> None:
    """Alike in all directions it grows to r^3 = r_0^3 + 3 V/(2 pi), and nothing presses the metal."""
    current, end = -2e-9, 1000.0
    grown = -current * VOLUME / F * end
    physics = {"free_surface": {"boundary": "surface", "current": f"{current} A"}}
    got = values(
        run(
            island("axisymmetric", physics=physics, time={"end": f"{end} s", "step": "100 s"}, outputs=SPACE),
            record=False,
        )
    )
    first = got["metal_volume"] - grown
    assert got["space"] == pytest.approx(got["metal_volume"], rel=1e-12)
    assert first == pytest.approx(2 / 3 * pi * RADIUS**3, rel=2e-3)
    assert got["velocity_max"] < 1e-15
    radius = (got["metal_volume"] / (2 / 3 * pi)) ** (1 / 3)
    area = 2 * pi * radius**2
    assert got["surface_area"] == pytest.approx(area, rel=1e-3)
    assert got["plating_current_density"] == pytest.approx(current / area, rel=2e-3)
    assert got["surface_velocity_mean"] == pytest.approx(-current * VOLUME / F / area, rel=2e-3)
    assert got["surface_velocity_min"] == pytest.approx(got["surface_velocity_max"], rel=1e-9)


class Told(SilentReporter):
    of_new_meshes = False

    def message(self, text: str) -> None:
        self.of_new_meshes |= "a new mesh takes its place" in text


def test_plating_goes_on_across_a_new_mesh() -> None:
    """What the current has plated is what a mesh that is kept has more, to round-off."""
    physics = {"free_surface": {"boundary": "surface", "current": "-2e-7 A"}}
    found = {}
    for quality in (0, 0.8):
        motion = {"on_poor_mesh": "remesh", "smallest_quality": quality}
        time = {"end": "40 s", "step": "20 s"}
        deck = island("axisymmetric", physics=physics, motion=motion, time=time, outputs=SPACE)
        told = Told()
        found[quality] = values(run(deck, record=False, reporter=told))
        assert found[quality]["space"] == pytest.approx(found[quality]["metal_volume"], rel=1e-12)
        assert told.of_new_meshes == bool(quality)
    assert found[0.8]["metal_volume"] == pytest.approx(found[0]["metal_volume"], rel=1e-9)


def test_a_plate_flattens_an_island() -> None:
    """It touches where it reaches, goes nowhere inside, never pulls, carries its load, and the volume stays."""
    load, cell = 2e-5, RADIUS * 0.1
    physics = {
        "creeping_flow": {"blocks": ["metal"], "viscous_rate": "1e-7 1/s"},
        "free_surface": {"boundary": "surface", "current": "0 A"},
        "contact": {"boundary": "surface", "surface": "10 um", "load": f"{load} N", "stiffness": STIFFNESS},
    }
    outputs = {"extra": {"held": {"flow": "momentum", "through": "collector"}}, "fields": "none"}
    coarse = {"file": str(MESH.with_name("island_coarse.msh")), "length_unit": "um", "coordinates": "axisymmetric"}
    deck = island("axisymmetric", mesh=coarse, physics=physics, outputs=outputs, time={"end": "40 s", "step": "2 s"})
    got = values(run(deck, record=False))
    assert got["obstacle_load"] == pytest.approx(load, rel=1e-9)
    assert got["held.y"] == pytest.approx(load, rel=1e-6)
    assert got["metal_volume"] == pytest.approx(2 / 3 * pi * RADIUS**3, rel=5e-3)
    assert got["obstacle_gap_min"] > -1e-9 * cell
    assert got["obstacle_pressure_min"] == pytest.approx(0, abs=1e-9 * got["obstacle_pressure_max"])
    assert got["obstacle_displacement"] > cell / 2 and got["contact_area"] > pi * (2 * cell) ** 2
    assert abs(got["plating_current_density"]) < 1e-1


def test_an_island_lies_on_its_collector() -> None:
    """An obstacle below carries it as a collector that holds its foot does; its side there faces away from it."""
    plate = {"boundary": "surface", "obstacle": "plate", "surface": "10 um", "load": "2e-5 N", "stiffness": STIFFNESS}
    below = {**plate, "obstacle": "collector", "surface": "0 um", "direction": "-y", "displacement": "0 um"}
    del below["load"]
    mesh = {"file": str(MESH.with_name("island_skin.msh")), "length_unit": "um", "coordinates": "axisymmetric"}
    found = []
    for skin in ("surface", "skin"):
        contacts = [{**contact, "boundary": skin} for contact in (plate, below)]
        held = {"collector": ALONG} if skin == "surface" else {}
        deck = island(
            "axisymmetric",
            mesh=mesh,
            physics={
                "creeping_flow": {"blocks": ["metal"], "viscous_rate": "1e-7 1/s"},
                "free_surface": {"boundary": skin, "current": "0 A"},
                "contact": contacts[0] if held else contacts,
            },
            boundaries={"axis": MIRRORS["left"], **held},
            outputs={"fields": "none"},
            time={"end": "8 s", "step": "2 s"},
        )
        found.append(values(run(deck, record=False)))
    fixed, lying = found
    assert lying["obstacle_load (skin, collector)"] == pytest.approx(2e-5, rel=1e-9)
    assert lying["obstacle_gap_min (skin, collector)"] == pytest.approx(0, abs=1e-15)
    assert lying["obstacle_displacement (skin, plate)"] == pytest.approx(fixed["obstacle_displacement"], rel=2e-2)


def barrel(folder: Path, coordinates: str, half: bool) -> dict[str, float]:
    """A bulging bar or disc that is pressed between a plate and a collector, or its upper half above a mirror."""

    def shape(a: Any, b: Any) -> Any:
        height = b if half else 2 * b - 1
        return WIDE * a * (1 - 0.3 * height**2), HIGH * height

    load = 0.5e6 * (pi * WIDE**2 if coordinates == "axisymmetric" else WIDE)
    common = {"boundary": "skin", "stiffness": "1e12 Pa/m"}
    plate = {**common, "obstacle": "plate", "surface": f"{HIGH} m", "load": f"{load!r} N"}
    below = {**common, "obstacle": "collector", "surface": f"{-HIGH} m", "direction": "-y", "displacement": "0 m"}
    physics = {
        "creeping_flow": {"blocks": ["body"], "viscous_rate": "1e-7 1/s"},
        "free_surface": {"boundary": "skin", "current": "0 A"},
        "contact": plate if half else [plate, below],
    }
    deck = body(
        folder,
        (8, 4 if half else 8),
        shape,
        coordinates=coordinates,
        skin=["right", "top"] if half else ["right", "top", "bottom"],
        physics=physics,
        materials={"body": METAL},
        given=GIVEN,
        boundaries=MIRRORS if half else {"left": MIRRORS["left"]},
        elements=STRAIGHT,
        motion={"smallest_quality": 0},
        time={"end": "10 s", "step": "2 s"},
    )
    return values(run(deck, record=False))


@pytest.mark.parametrize("kind", ["planar", "axisymmetric"])
def test_an_obstacle_below_is_the_mirror_of_one_above(tmp_path: Path, kind: str) -> None:
    """One boundary, whose side rolls onto both, at nodes that move."""
    whole, half = barrel(tmp_path, kind, False), barrel(tmp_path, kind, True)
    for side in ("plate", "collector"):
        for name in ("obstacle_load", "obstacle_pressure_max", "contact_area"):
            assert whole[f"{name} (skin, {side})"] == pytest.approx(half[name], rel=1e-6)
        assert whole[f"obstacle_gap_min (skin, {side})"] == pytest.approx(0, abs=1e-15)
        assert whole[f"obstacle_pressure_min (skin, {side})"] == pytest.approx(0, abs=1e-3)
    assert whole["obstacle_displacement (skin, plate)"] == pytest.approx(2 * half["obstacle_displacement"], rel=1e-6)
    # The side has landed on both: at first they touched 0.7 of the width.
    first = 0.7 * WIDE if kind == "planar" else pi * (0.7 * WIDE) ** 2
    assert half["contact_area"] > 1.2 * first


def test_nothing_is_plated_where_a_plate_lies(tmp_path: Path) -> None:
    """A disc under a plate grows at its rim alone, there as the current says: R^2 = R_0^2 + V/(pi h)."""
    current, end = -1e-9, 300.0
    physics = {
        "creeping_flow": {"blocks": ["body"]},
        "free_surface": [
            {"boundary": "top", "current_density": "-5 A/m^2"},
            {"boundary": "right", "current": f"{current} A"},
        ],
        "contact": {
            "boundary": "top",
            "surface": f"{HIGH} m",
            "displacement": "0 m",
            "stiffness": "1e12 Pa/m",
            "wetted_gap": "0.1 um",
        },
    }
    deck = body(
        tmp_path,
        (1, 1),
        box((0, WIDE), (0, HIGH)),
        coordinates="axisymmetric",
        physics=physics,
        materials={"body": METAL},
        given=GIVEN,
        boundaries=MIRRORS,
        elements=STRAIGHT,
        time={"end": f"{end} s", "step": "50 s"},
        outputs={"extra": {"reach": {"reduce": "maximum", "of": "x", "on": "right"}}},
    )
    got = values(run(deck, record=False))
    grown = -current * VOLUME / F * end
    assert got["metal_volume (right)"] == pytest.approx(pi * WIDE**2 * HIGH + grown, rel=1e-9)
    assert got["reach"] == pytest.approx(sqrt(WIDE**2 + grown / (pi * HIGH)), rel=1e-6)
    assert got["obstacle_pressure_max"] < 1.0
    assert abs(got["surface_velocity_max (top)"]) < 1e-15
