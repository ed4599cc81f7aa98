"""Hundreds of wrong inputs, in units, ranges and combinations: none is taken in silence, each is told with place and cause.

Every case changes some values of a good deck. What cannot be right is refused; what may be meant is warned of.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from trona.cli import main
from trona.model import registry

CELL: dict[str, Any] = {
    "mesh": {"layers": [{"metal": "10 um"}, {"film": "100 nm"}, {"electrolyte": "5 um"}], "cells": 3},
    "materials": {
        "metal": {
            "electronic_conductivity": "2e7 S/m", "thermal_conductivity": "142 W/m/K", "density": "968 kg/m^3",
            "specific_heat_capacity": "1228 J/kg/K",
        },
        "film": {
            "ionic_conductivity": "5e-4 S/m", "thermal_conductivity": "0.5 W/m/K", "density": "2000 kg/m^3",
            "specific_heat_capacity": "1300 J/kg/K",
        },
        "electrolyte": {
            "ionic_conductivity": "0.9 S/m", "thermal_conductivity": "0.2 W/m/K", "density": "1250 kg/m^3",
            "specific_heat_capacity": "1800 J/kg/K", "salt_diffusivity": "2.5e-11 m^2/s", "transference_number": "0.45",
            "thermodynamic_factor": "1.2",
        },
    },
    "physics": {
        "ionic_charge": {"blocks": ["film", "electrolyte"]},
        "heat": {"blocks": ["metal", "film", "electrolyte"]},
        "salt": {"blocks": ["electrolyte"]},
        "joule_heating": {},
        "butler_volmer": {
            "interface": "metal | film", "i0": "20 A/m^2", "activation_energy": "30 kJ/mol",
            "reference_temperature": "25 degC", "alpha_a": 0.5, "alpha_c": 0.5, "equilibrium_potential": "0 V",
            "electrode_potential": "10 mV",
        },
        "thermal_resistance": {"interface": "metal | film", "R": "1e-5 K*m^2/W"},
    },
    "boundaries": {
        "top": {"electric_potential": "0 V", "temperature": "25 degC", "salt_concentration": "1000 mol/m^3"},
        "bottom": {"heat_flux": "10 W/m^2"},
    },
    "initial": {"temperature": "25 degC", "salt_concentration": "1000 mol/m^3"},
    "time": {
        "end": "10 s", "step": "1 s", "tolerance": {"temperature": "0.1 K"},
        "stop": [{"output": "temperature_max", "above": "400 K"}],
    },
    "outputs": {
        "extra": {
            "probe": {"probe": "temperature", "at": ["3 um"]},
            "mean": {"reduce": "mean", "of": "temperature", "on": "metal | film", "side": "film"},
        }
    },
}

SOLID: dict[str, Any] = {
    "mesh": {"layers": [{"metal": "2 um"}, {"film": "1 um"}], "width": "3 um", "cells": 2, "cells_across": 2},
    "materials": {
        "metal": {
            "youngs_modulus": "4.6 GPa", "poisson_ratio": "0.34", "thermal_expansion_coefficient": "7e-5 1/K",
            "creep_prefactor": "5e4 1/s", "creep_reference_stress": "0.2 MPa", "creep_exponent": "5",
            "creep_activation_energy": "44 kJ/mol",
        },
        "film": {"youngs_modulus": "5 GPa", "poisson_ratio": "0.3"},
    },
    "given": {"temperature": "300 K"},
    "physics": {
        "elasticity": {"blocks": ["metal", "film"]},
        "creep": {"blocks": ["metal"]},
        "thermal_expansion": {"blocks": ["metal"], "reference_temperature": "290 K"},
        "pressure": {"boundary": "top", "pressure": "1 MPa"},
    },
    "boundaries": {"bottom": {"displacement": ["0 m", "0 m"]}, "sides": {"displacement": ["0 m", None]}},
    "time": {"end": "20 s", "step": "1 s"},
}

CYCLED: dict[str, Any] = {
    **{k: v for k, v in CELL.items() if k in ("mesh", "materials")},
    "physics": {
        "ionic_charge": {"blocks": ["film", "electrolyte"]},
        "butler_volmer": {
            "interface": "metal | film", "i0": "20 A/m^2", "mean_current_density": "current",
            "electrode_potential": "potential",
        },
        "heat": {"blocks": ["metal", "film", "electrolyte"]},
    },
    "boundaries": {"top": {"electric_potential": "0 V", "temperature": "25 degC"}},
    "initial": {"temperature": "25 degC"},
    "time": {"step": "1 s"},
    "protocol": {
        "controls": {"current": "A/m^2", "potential": "V"},
        "integrals": {"capacity": "reaction_current_density_mean"},
        "repeat": 2,
        "steps": [
            {"name": "plate", "set": {"current": "-5 A/m^2"}, "until": {"capacity": "0.1 mAh/cm^2"}},
            {"name": "rest", "set": {"current": "0 A/m^2"}, "until": {"time": "10 min"}, "step": "1 s"},
            {"name": "hold", "set": {"potential": "0.1 V"},
             "until": {"time": "1 h", "temperature_max": {"above": "400 K"}}},
        ],
    },
}

DECKS = {"cell": CELL, "solid": SOLID, "cycled": CYCLED}
GONE = object()


@dataclass(frozen=True)
class Case:
    """A good deck, what to change in it (by path), the place that must be told, and words of the cause."""

    deck: str
    changes: tuple[tuple[str, Any], ...]
    place: str
    cause: str
    refused: bool = True

    def __str__(self) -> str:
        return "; ".join(f"{path}={'(gone)' if value is GONE else value}" for path, value in self.changes)[
            :100
        ]


def one(deck: str, path: str, value: Any, cause: str, refused: bool = True, place: str = "") -> Case:
    return Case(deck, ((path, value),), place or path, cause, refused)


# ---------------------------------------------------------------- units, at every place that takes a quantity

QUANTITIES: list[tuple[str, str, str]] = [
    # deck, path, unit
    *(("cell", f"materials.electrolyte.{name}", unit) for name, unit in (
        ("ionic_conductivity", "S/m"), ("thermal_conductivity", "W/m/K"), ("density", "kg/m^3"),
        ("specific_heat_capacity", "J/kg/K"), ("salt_diffusivity", "m^2/s"),
    )),
    *(("cell", f"physics.butler_volmer.{name}", unit) for name, unit in (
        ("i0", "A/m^2"), ("activation_energy", "J/mol"), ("reference_temperature", "K"),
        ("equilibrium_potential", "V"), ("electrode_potential", "V"),
    )),
    ("cell", "physics.thermal_resistance.R", "K*m^2/W"),
    ("cell", "boundaries.top.electric_potential", "V"),
    ("cell", "boundaries.top.temperature", "K"),
    ("cell", "boundaries.top.salt_concentration", "mol/m^3"),
    ("cell", "boundaries.bottom.heat_flux", "W/m^2"),
    ("cell", "initial.temperature", "K"),
    ("cell", "initial.salt_concentration", "mol/m^3"),
    ("cell", "time.end", "s"),
    ("cell", "time.step", "s"),
    ("cell", "time.tolerance.temperature", "K"),
    ("cell", "time.stop[0].above", "K"),
    ("cell", "outputs.extra.probe.at[0]", "m"),
    ("cell", "mesh.layers[1].film", "m"),
    *(("solid", f"materials.metal.{name}", unit) for name, unit in (
        ("youngs_modulus", "Pa"), ("thermal_expansion_coefficient", "1/K"), ("creep_prefactor", "1/s"),
        ("creep_reference_stress", "Pa"), ("creep_activation_energy", "J/mol"),
    )),
    ("solid", "physics.thermal_expansion.reference_temperature", "K"),
    ("solid", "physics.pressure.pressure", "Pa"),
    ("solid", "boundaries.sides.displacement[0]", "m"),
    ("solid", "mesh.width", "m"),
    ("cycled", "protocol.steps[0].set.current", "A/m^2"),
    ("cycled", "protocol.steps[0].until.capacity", "C/m^2"),
    ("cycled", "protocol.steps[1].step", "s"),
    ("cycled", "protocol.steps[1].until.time", "s"),
    ("cycled", "protocol.steps[2].until.temperature_max.above", "K"),
]


def units() -> Iterator[Case]:
    for deck, path, unit in QUANTITIES:
        yield one(deck, path, 5, f"expected a quantity in {unit}, got the bare number '5'")
        other = "mol" if unit != "mol/m^3" else "K"
        yield one(deck, path, f"5 {other}", f"expected a quantity in {unit}, got '5 {other}'")
    for deck, path, unit in QUANTITIES[::3]:
        yield one(deck, path, "5 furlog", "unknown unit 'furlog'; nearest: furlong")
        yield one(deck, path, f"5,5 {unit}", "expected an operator, got ','")


# ---------------------------------------------------------------- values beyond bounds, and unusual ones

IMPOSSIBLE: list[tuple[str, str, str, str]] = [
    *(("cell", f"materials.{block}.{name}", f"-1 {unit}", f"must be above 0 {unit}")
      for block in ("film", "electrolyte") for name, unit in (
        ("ionic_conductivity", "S/m"), ("thermal_conductivity", "W/m/K"), ("density", "kg/m^3"),
        ("specific_heat_capacity", "J/kg/K"),
    )),
    ("cell", "materials.electrolyte.salt_diffusivity", "0 m^2/s", "must be above 0 m^2/s"),
    ("cell", "materials.electrolyte.transference_number", "1.2", "must be at most 1"),
    ("cell", "materials.electrolyte.thermodynamic_factor", "-1", "must be above 0"),
    ("solid", "materials.metal.youngs_modulus", "-4.6 GPa", "must be above 0 Pa"),
    ("solid", "materials.metal.poisson_ratio", "0.6", "must be at most 0.5"),
    ("solid", "materials.film.poisson_ratio", "-1", "must be above -1"),
    ("solid", "materials.metal.creep_prefactor", "0 1/s", "must be above 0 1/s"),
    ("solid", "materials.metal.creep_reference_stress", "-1 MPa", "must be above 0 Pa"),
    ("solid", "materials.metal.creep_exponent", "-5", "must be above 0"),
    ("solid", "materials.metal.creep_activation_energy", "-44 kJ/mol", "must be at least 0 J/mol"),
    ("cell", "physics.butler_volmer.i0", "-20 A/m^2", "must be above 0 A/m^2"),
    ("cell", "physics.butler_volmer.reference_temperature", "0 K", "must be above 0 K"),
    ("cell", "physics.butler_volmer.alpha_a", -0.5, "must be at least 0"),
    ("cell", "physics.butler_volmer.alpha_c", -0.5, "must be at least 0"),
    ("cell", "physics.thermal_resistance.R", "-1e-5 K*m^2/W", "must be at least 0 K*m^2/W"),
    ("cell", "initial.salt_concentration", "-1000 mol/m^3", "must be above 0 mol/m^3"),
    ("cell", "initial.salt_concentration", "0 mol/m^3", "must be above 0 mol/m^3"),
    ("cell", "initial.temperature", "-300 degC", "must be above 0 K"),
    ("cell", "boundaries.top.temperature", "-1 K", "must be above 0 K"),
    ("cell", "boundaries.top.salt_concentration", "-1 mol/m^3", "must be above 0 mol/m^3"),
    ("cell", "time.end", "-1 s", "must be above 0 s"),
    ("cell", "time.step", "0 s", "must be above 0 s"),
    ("cell", "time.tolerance.temperature", "-0.1 K", "must be above 0"),
    ("cell", "mesh.layers[0].metal", "-10 um", "must be above 0 m"),
    ("cell", "mesh.cells", 0, "must be at least 1"),
    ("solid", "mesh.width", "0 um", "must be above 0 m"),
    ("solid", "mesh.cells_across", -2, "must be at least 1"),
    ("solid", "given.temperature", "0 K", "must be above 0 K"),
    ("solid", "physics.thermal_expansion.reference_temperature", "-5 K", "must be above 0 K"),
    ("cycled", "protocol.steps[0].until.capacity", "-1 C/m^2", "must be above 0"),
    ("cycled", "protocol.steps[1].until.time", "0 s", "must be above 0"),
    ("cycled", "protocol.steps[1].step", "-1 s", "must be above 0"),
    ("cycled", "protocol.repeat", 0, "must be at least 1"),
]

DEPENDENT: list[tuple[str, str, Any, str]] = [
    # functions of what the run is expected to pass through
    ("cell", "materials.film.thermal_conductivity", "1 W/m/K * (temperature - 400 K) / (1 K)", "where temperature = 298.15, but must be above 0 W/m/K"),
    ("cell", "materials.film.ionic_conductivity", "1 S/m * (1 - t / 5 s)", "but must be above 0 S/m"),
    ("cell", "materials.film.density", {"table": [["0 s", "1000 kg/m^3"], ["8 s", "-1000 kg/m^3"]], "of": "t"}, "but must be above 0 kg/m^3"),
    ("cell", "materials.electrolyte.salt_diffusivity", "1e-10 m^2/s * (1 - salt_concentration / (900 mol/m^3))", "where salt_concentration = 1000, but must be above 0 m^2/s"),
    ("cell", "materials.electrolyte.transference_number", "salt_concentration / (900 mol/m^3)", "must be at most 1"),
    ("cell", "materials.metal.thermal_conductivity", "142 W/m/K * (1 - x / (12 um))", "must be above 0 W/m/K"),
    ("cell", "materials.film.ionic_conductivity", {"arrhenius": {"value": "-5e-4 S/m", "activation_energy": "15 kJ/mol"}}, "must be above 0 S/m"),
    ("cell", "materials.film.ionic_conductivity", {"value": "-5e-4 S/m", "source": "me"}, "must be above 0 S/m"),
    ("cell", "initial.salt_concentration", "1000 mol/m^3 * (1 - x / (12 um))", "'salt_concentration' must be above 0 mol/m^3, but its initial value is"),
    ("cell", "initial.temperature", "300 K * x / (15 um)", "must be above 0 K"),
    ("cell", "boundaries.top.salt_concentration", "1000 mol/m^3 * (1 - t / 5 s)", "must be above 0 mol/m^3, but its value on 'top' is"),
    ("cell", "boundaries.top.temperature", "300 K - 100 K * t / 1 s", "must be above 0 K"),
    ("cell", "boundaries.top.temperature", {"table": [["0 s", "300 K"], ["5 s", "-5 K"]], "of": "t"}, "must be above 0 K"),
    ("solid", "given.temperature", "300 K * (1 - t / 10 s)", "must be above 0 K"),
    ("solid", "materials.metal.poisson_ratio", "0.34 + temperature / (1000 K)", "where temperature = 300, but must be at most 0.5"),
    ("cell", "initial.temperature", "300 K / (x / 1 um)", "is not finite everywhere"),
]

UNUSUAL: list[tuple[str, str, Any, str]] = [
    # most likely slips in a unit: told, and not refused
    ("cell", "materials.metal.density", "968 g/m^3", "the usual range is 100 to 20000 kg/m^3"),
    ("cell", "materials.metal.specific_heat_capacity", "1.2 J/kg/K", "the usual range is 100 to 5000 J/kg/K"),
    ("cell", "materials.metal.thermal_conductivity", "142 kW/m/K", "the usual range is 0.01 to 2000 W/m/K"),
    ("cell", "materials.electrolyte.ionic_conductivity", "900 S/m", "the usual range is 1e-16 to 100 S/m"),
    ("cell", "materials.electrolyte.salt_diffusivity", "2.5e-5 m^2/s", "the usual range is 1e-18 to 1e-08 m^2/s"),
    ("cell", "materials.electrolyte.transference_number", "-0.5", "the usual range is 0 to 1"),
    ("cell", "materials.electrolyte.thermodynamic_factor", "1000", "the usual range is 0.05 to 20"),
    ("solid", "materials.metal.youngs_modulus", "4.6 Pa", "the usual range is 1000 to 2e+12 Pa"),
    ("solid", "materials.metal.thermal_expansion_coefficient", "7.1 1/K", "the usual range is 1e-07 to 0.002 1/K"),
    ("solid", "materials.metal.creep_reference_stress", "0.2 Pa", "the usual range is 1000 to 2e+10 Pa"),
    ("solid", "materials.metal.creep_exponent", "50", "the usual range is 0.5 to 20"),
    ("solid", "materials.metal.creep_activation_energy", "44 J/mol", "the usual range is 1000 to 1e+06 J/mol"),
    ("solid", "physics.pressure.pressure", "1e6 MPa", "the usual range is -10 GPa to 10 GPa"),
    ("solid", "physics.thermal_expansion.reference_temperature", "20 K", "the usual range is 150 K to 2000 K"),
    ("solid", "given.temperature", "25 K", "the usual range is 150 K to 2000 K"),
    ("cell", "physics.butler_volmer.i0", "20 GA/m^2", "the usual range is 1e-8 A/m^2 to 1e7 A/m^2"),
    ("cell", "physics.butler_volmer.activation_energy", "30 MJ/mol", "the usual range is 0 J/mol to 300 kJ/mol"),
    ("cell", "physics.butler_volmer.activation_energy", "-30 kJ/mol", "the usual range is 0 J/mol to 300 kJ/mol"),
    ("cell", "physics.butler_volmer.reference_temperature", "25 K", "the usual range is 200 K to 2000 K"),
    ("cell", "physics.butler_volmer.alpha_a", 50, "the usual range is 0.01 to 2"),
    ("cell", "physics.butler_volmer.equilibrium_potential", "300 V", "the usual range is -10 V to 10 V"),
    ("cell", "physics.butler_volmer.electrode_potential", "10 kV", "the usual range is -10 V to 10 V"),
    ("cell", "physics.thermal_resistance.R", "10 K*m^2/W", "the usual range is 0 K*m^2/W to 1 K*m^2/W"),
    ("cell", "boundaries.top.temperature", "25 K", "the usual range is 150 K to 2000 K"),
    ("cell", "boundaries.top.temperature", "25000 degC", "the usual range is 150 K to 2000 K"),
    ("cell", "boundaries.top.electric_potential", "25 kV", "the usual range is -10 V to 10 V"),
    ("cell", "boundaries.top.salt_concentration", "1000 mol/L", "the usual range is 0.01 mol/m^3 to 2e4 mol/m^3"),
    ("cell", "boundaries.bottom.heat_flux", "1e10 W/m^2", "the usual range is -1e9 W/m^2 to 1e9 W/m^2"),
    ("cell", "initial.temperature", "25 K", "the usual range is 150 K to 2000 K"),
    ("cell", "initial.salt_concentration", "1e-3 mol/m^3", "the usual range is 0.01 mol/m^3 to 2e4 mol/m^3"),
]


def ranges() -> Iterator[Case]:
    for deck, path, value, cause in (*IMPOSSIBLE, *DEPENDENT):
        yield one(deck, path, value, cause)
    for deck, path, value, cause in UNUSUAL:
        yield one(deck, path, value, cause, refused=False)


# ---------------------------------------------------------------- how numbers and units are written

SPELLINGS: list[tuple[str, str]] = [
    ("0o17", "is a number in base 8"), ("0x1F", "is a number in base 16"), ("0b11", "is a number in base 2"),
    ("017", "begins with a zero"), ("1:30", "is a number in base 60"), ("1_000", "has '_' between its digits"),
    (".inf", "got '.inf'"), (".nan", "got '.nan'"), ("1e999", "finite"), ("five", "got 'five'"), ("", "got nothing"),
]


def spellings() -> Iterator[Case]:
    for text, cause in SPELLINGS:
        raw = yaml.load(text, yaml.BaseLoader) if text else None
        yield one("cell", "physics.butler_volmer.alpha_a", raw, cause)
        if text not in (".inf", ".nan", "1e999", "five", ""):
            yield one("cell", "mesh.cells", raw, cause)
            yield one("cell", "time.end", f"{text} s", cause)
    for text, cause in (
        ("25 °X", "unknown unit"), ("298.15 k", "expected a quantity in K"), ("25 C", "expected a quantity in K"),
        ("25 deg C", "expected a quantity in K"), ("25 °C + 1 K", "absolute temperature"),
        ("25 degC * 2", "absolute temperature"), ("K 298", "the unit 'K' needs a number before it"),
        ("298.15", "got the bare number '298.15'"), ("298 . 15 K", "unexpected '.'"), ("--298 K K", "expected a quantity in K"),
        ("298 K K^-1 K^-1", "expected a quantity in K"), ("298 K; 5", "unexpected ';'"), ("~298 K", "unexpected '~'"),
    ):
        yield one("cell", "initial.temperature", text, cause)
    for text, cause in (
        ("1 J/kg K", "can be read in two ways"), ("1 J/kg/K/", "expected"), ("1228 J kg^-1 K", "expected a quantity in"),
        ("1228 J/(kg*K", "the unit 'kg' needs a number before it"), ("1228 J/kgK", "unknown name 'kgK'"), ("1228 J/kg-K", "the unit 'K' needs a number before it"),
        ("1.228 kJ", "expected a quantity in J/kg/K, got '1.228 kJ'"), ("1228 J/kg^K", "to raise it to a power"),
    ):
        yield one("cell", "materials.metal.specific_heat_capacity", text, cause)


# ---------------------------------------------------------------- combinations

TWICE = [
    {"interface": "metal | film", "R": "1e-5 K*m^2/W"},
    {"interface": "film | metal", "R": "2e-5 K*m^2/W"},
]
BV = CELL["physics"]["butler_volmer"]
COMBINATIONS: list[Case] = [
    # the same law twice
    one("cell", "physics.thermal_resistance", TWICE, "thermal_resistance is listed twice at film | metal, first on line", place="physics.thermal_resistance[1]"),
    one("cell", "physics.butler_volmer", [BV, {**BV, "i0": "1 A/m^2"}], "butler_volmer is listed twice", place="physics.butler_volmer[1]"),
    one("cell", "physics.joule_heating", [{}, {}], "joule_heating is listed twice, first on line", place="physics.joule_heating[1]"),
    one("cell", "physics.heat", [{"blocks": ["metal"]}, {"blocks": ["film", "electrolyte"]}], "heat is listed twice", place="physics.heat[0]"),
    one("solid", "physics.pressure", [{"boundary": "top", "pressure": "1 MPa"}] * 2, "pressure is listed twice at top", place="physics.pressure[1]"),
    one("solid", "physics.thermal_expansion", [{"blocks": ["metal"]}, {"blocks": ["metal"]}], "thermal_expansion is listed twice at metal", place="physics.thermal_expansion[1]"),
    one("solid", "physics.creep", [{"blocks": ["metal"]}] * 2, "creep is listed twice", place="physics.creep"),
    # which sides a reaction needs
    one("cell", "physics.butler_volmer.interface", "film | electrolyte", "butler_volmer needs a metal on the side named first, but film conducts only ions", place="physics.butler_volmer"),
    one("cell", "physics.butler_volmer.interface", "film | metal", "butler_volmer needs a metal on the side named first", place="physics.butler_volmer"),
    one("cell", "physics.butler_volmer.interface", "metal | electrolyte", "do not touch"),
    one("cell", "physics.butler_volmer.mean_current_density", "1 A/m^2", "not both electrode_potential and mean_current_density", place="physics.butler_volmer"),
    one("cell", "physics.butler_volmer.film_thickness", "1 nm", "a film needs film_conductivity", place="physics.butler_volmer"),
    one("cell", "physics.electronic_charge", {"blocks": ["metal"]}, "electrode_potential cannot be given here", place="physics.butler_volmer"),
    # loads on what is clamped, flux where a value is
    one("solid", "physics.pressure.boundary", "bottom", "'displacement' is fixed on 'bottom', so what pressure sets there has no effect", place="physics.pressure"),
    one("solid", "physics.pressure.boundary", "sides", "'displacement' is fixed on 'sides', so what pressure sets there has no effect", place="physics.pressure"),
    one("solid", "boundaries.bottom.traction", ["0 Pa", "1 MPa"], "has no effect"),
    one("cell", "boundaries.top.heat_flux", "1 W/m^2", "'temperature' is fixed on 'top'"),
    one("cell", "boundaries.top.current_density", "1 A/m^2", "'electric_potential' is fixed on 'top'"),
    one("cell", "boundaries.top.robin", {"temperature": {"coefficient": "1 W/m^2/K", "reference": "300 K"}}, "'temperature' is fixed on 'top'", place="boundaries.top.robin.temperature"),
    one("solid", "physics.platen", {"boundary": "bottom", "pressure": "1 MPa"}, "platen holds 'displacement' on 'bottom'", place="boundaries.bottom.displacement"),
    # nothing that fixes a level or a content
    Case("cell", (("time", GONE), ("initial", GONE), ("boundaries.top.salt_concentration", GONE)), "physics.salt", "nothing fixes 'salt_concentration' in electrolyte, which is closed; give its value on a boundary, or 'time' and an initial value"),
    Case("cell", (("time", GONE), ("initial", GONE), ("boundaries.top.salt_concentration", GONE), ("boundaries.top.salt_flux", "1e-6 mol/m^2/s")), "physics.salt", "nothing fixes 'salt_concentration' in electrolyte"),
    Case("cell", (("boundaries.top.electric_potential", GONE), ("physics.butler_volmer", GONE)), "physics.ionic_charge", "nothing fixes"),
    Case("cell", (("time", GONE), ("boundaries.top.temperature", GONE), ("boundaries.bottom.heat_flux", GONE), ("physics.joule_heating", GONE), ("physics.butler_volmer", GONE)), "physics.heat", "nothing fixes 'temperature' in metal+film+electrolyte, which is closed; give its value on a boundary"),
    # a mean over a jump, and outputs that are not there
    one("cell", "outputs.extra.mean", {"reduce": "mean", "of": "temperature", "on": "metal | film"}, "'temperature' jumps between metal and film; say which value with 'side: metal' or 'side: film'", place="outputs.extra.mean.on"),
    one("cell", "outputs.extra.mean", {"reduce": "maximum", "of": "temperature", "on": "film | metal"}, "jumps between film and metal", place="outputs.extra.mean.on"),
    one("cell", "outputs.extra.mean.side", "electrolyte", "a side of metal | film is metal or film"),
    one("cell", "outputs.extra.probe.at", ["30 um"], "outside the mesh", place="outputs.extra.probe.at[0]"),
    one("cell", "outputs.extra.probe.at", ["3 um", "1 um"], "a point has 1 coordinates here, got 2"),
    # stops that hold before anything has happened
    one("cell", "time.stop[0].above", "280 K", "this holds from the start: 'temperature_max' begins at 298.15 K", place="time.stop[0]"),
    one("cell", "time.stop[0]", {"output": "temperature_min", "below": "300 K"}, "this holds from the start"),
    one("cell", "time.stop[0]", {"output": "salt_concentration_min", "below": "2 mol/L"}, "this holds from the start: 'salt_concentration_min' begins at 1000 mol/m^3"),
    one("cycled", "protocol.steps[0].until", {"temperature_max": {"above": "25 degC"}}, "step 'plate' ends before it begins: 'temperature_max' starts at 298.15 K", place="protocol.steps[0].until.temperature_max"),
    one("cycled", "protocol.steps[0].until", {"temperature_max": {"below": "400 K"}}, "ends before it begins", place="protocol.steps[0].until.temperature_max"),
    # protocols that go nowhere
    one("cycled", "protocol.steps[1].until", {}, "step 'rest' has no limit"),
    one("cycled", "protocol.steps[1].set", {}, "must set 'current' or 'potential'", place="protocol.steps[1]"),
    one("cycled", "protocol.steps[1].set", {"current": "1 A/m^2", "potential": "1 V"}, "sets more than one of these", place="protocol.steps[1]"),
    one("cycled", "protocol.steps[1].set", {"curent": "1 A/m^2"}, "no control 'curent'; nearest: current", place="protocol.steps[1].set.curent"),
    one("cycled", "protocol.controls.strain", "1", "'strain' is a unit (strain = 1)"),
    one("cycled", "protocol.controls.temperature", "K", "'temperature' is the name of a field"),
    one("cycled", "protocol.controls.load", "N", "nothing in this deck depends on 'load'"),
    one("cycled", "time", GONE, "needs the section 'time'", place="protocol"),
    one("cycled", "protocol.repeat", 10**9, "at most 1000000 are possible", place="protocol.steps"),
    one("cycled", "protocol.integrals.time", "1 V", "the name 'time' is taken"),
    # lengths that do not fit each other
    Case("solid", (("physics.eigenstrain", {"blocks": ["film"], "strain": "5"}),), "physics.eigenstrain.strain", "the usual range is -0.1 to 0.1", False),
    Case("cell", (("mesh.layers", [{"metal": "10 mm"}, {"film": "0.1 mm"}, {"electrolyte": "5 mm"}]),), "physics.salt", "electrolyte is 0.005 m thick, and the length over which salt spreads in the whole run there is", False),
    Case("cell", (("mesh.layers", [{"metal": "10 m"}, {"film": "1 m"}, {"electrolyte": "5 m"}]),), "physics.heat", "is the unit of one of them another?", False),
    Case("solid", (("physics.pressure", GONE), ("physics.platen", {"boundary": "top", "displacement": "5 mm"})), "physics.platen.displacement", "displacement is 5 mm, and the whole mesh measures 3e-06 m", False),
    Case("cell", (("mesh.layers", [{"metal": "10 mm"}, {"film": "0.1 mm"}, {"electrolyte": "5 mm"}]), ("physics.salt", GONE), ("initial.salt_concentration", GONE), ("boundaries.top.salt_concentration", GONE)), "mesh", "the mesh measures 0.0151 m, and no position in this deck is beyond 3e-06 m", False),
    Case("solid", (("mesh.width", "3 mm"), ("physics.pressure.pressure", "1 MPa * (1 + x / (3 um))")), "mesh", "no position in this deck is beyond 3e-06 m; is length_unit another?", False),
    # values that meet
    Case("solid", (("boundaries.sides.displacement", ["1 nm * t / 1 s", None]),), "boundaries.sides.displacement[0]", "'bottom' and 'sides' meet and hold displacement[0] at 0 m and 2e-08 m", False),
    Case("solid", (("boundaries.sides.displacement", ["1 nm", None]),), "boundaries.sides.displacement[0]", "'bottom' and 'sides' meet and hold displacement[0] at 0 m and 1e-09 m", False),
    # given beside solved, sections that do not belong
    one("cell", "given", {"temperature": "300 K"}, "is provided by heat; remove it from 'given'", place="physics.heat"),
    one("cell", "given", {"pressure_of_gas": "1 bar"}, "nothing uses this field", refused=False, place="given.pressure_of_gas"),
    one("cell", "motion", {"direction": "x"}, "no physics here moves an interface"),
    one("solid", "time", GONE, "creep needs a transient deck; give 'time'", place="physics.creep"),
    one("solid", "given", GONE, "creep requires the field 'temperature'", place="physics.creep"),
    one("cell", "mesh.coordinates", "axisymetric", "nearest: axisymmetric", place="mesh.coordinates"),
    one("cell", "materials.metal.thermal_conductvity", "1 W/m/K", "nothing uses this property; nearest: thermal_conductivity", refused=False),
    one("cell", "materials.film.ionic_conductivity", GONE, "has no 'ionic_conductivity' [S/m], which ionic_charge needs", place="materials.film"),
    one("cell", "time.largest_step", "1 ms", "must be at least the first step"),
    one("cell", "time.smallest_step", "1 h", "must be at most the first step"),
    one("cell", "definitions", {"faraday": "1 V"}, "'faraday' is a unit (faraday = 96485.3 C)", place="definitions.faraday"),
    one("cell", "definitions", {"a_1": "b_1", "b_1": "a_1"}, "a definition contains itself: a_1 -> b_1 -> a_1", place="definitions.a_1"),
    one("cell", "solver", {"max_iterations": "017"}, "begins with a zero", place="solver.max_iterations"),
    one("cell", "elements", {"temperature": "9"}, "expected an order from 1 to 4"),
    one("solid", "physics.elasticity.assumption", "plane_strian", "nearest: plane_strain"),
    one("solid", "boundaries.sides.displacement", "0 m", "expected a list, got '0 m'"),
    one("solid", "boundaries.sides.displacement", ["0 m"], "'displacement' has 2 components, got 1"),
    one("solid", "initial", {"displacement": ["0 m"]}, "has 2 components, got 1", place="initial.displacement"),
    one("solid", "initial", {"displacement": "0 m"}, "expected a list, got", place="initial.displacement"),
]

CASES = [*units(), *ranges(), *spellings(), *COMBINATIONS]


def test_there_are_enough_different_ones() -> None:
    assert len({(case.deck, str(case.changes)) for case in CASES}) == len(CASES) >= 300


def changed(case: Case) -> str:
    tree = copy.deepcopy(DECKS[case.deck])
    for path, value in case.changes:
        *steps, last = [int(s) if s.isdigit() else s for s in re.findall(r"[^.\[\]]+", path)]
        part: Any = tree
        for step in steps:
            part = part[step]
        if value is GONE:
            del part[last]
        else:
            part[last] = value
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=1000)


@pytest.mark.parametrize("name", DECKS)
def test_the_decks_are_good(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("deck.yaml").write_text(changed(Case(name, (), "", "")), encoding="utf-8")
    assert main(["check", "deck.yaml"]) == 0
    out, err = capsys.readouterr()
    assert err == "" and not [
        line for line in out.splitlines() if "warning" in line and "nothing uses" not in line
    ]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_told(case: Case, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("deck.yaml").write_text(changed(case), encoding="utf-8")
    code = main(["check", "deck.yaml"])
    out, err = capsys.readouterr()
    told = (
        err.splitlines()
        if case.refused
        else [line for line in out.splitlines() if line.startswith("warning: ")]
    )
    assert code == (2 if case.refused else 0), err + out
    assert "Traceback" not in err
    fitting = [line for line in told if case.cause in line]
    assert fitting, told
    assert any(re.search(rf"deck\.yaml:\d+:\d+ {re.escape(case.place)}(?!\w)", line) for line in fitting), (
        fitting
    )


def test_a_physics_that_says_so_may_stand_twice(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(registry().physics["pressure"], "several", True)
    twice = one("solid", "physics.pressure", [{"boundary": "top", "pressure": "1 MPa"}] * 2, "")
    Path("deck.yaml").write_text(changed(twice), encoding="utf-8")
    assert main(["check", "deck.yaml"]) == 0, capsys.readouterr().err
