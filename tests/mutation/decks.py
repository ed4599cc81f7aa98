"""Small decks which together use every built-in plugin and every branch of its options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trona.deck import Deck

_HEAT = {"density": "1000 kg/m^3", "specific_heat_capacity": "2000 J/kg/K"}
_WARM = {
    "metal": {"electronic_conductivity": "5 S/m", "thermal_conductivity": "3 W/m/K", **_HEAT},
    "salt": {
        "ionic_conductivity": {"arrhenius": {"value": "2 S/m", "activation_energy": "20 kJ/mol"}},
        "thermal_conductivity": "0.4 W/m/K",
        **_HEAT,
    },
}
_SALT = {"salt": {"ionic_conductivity": "0.5 S/m"}}
_ROBIN = {"robin": {"temperature": {"coefficient": "25 W/m^2/K", "reference": "310 K"}}}
_AUDIT = {"monitors": ["entropy_production", "electric_power"]}

DECKS: dict[str, dict[str, Any]] = {
    # All physics at once, with reaction heat, an activated rate and a temperature jump.
    "cell": {
        "layers": [("metal", 2e-3, 3), ("salt", 3e-3, 4)],
        "materials": _WARM,
        "physics": {
            "electronic_charge": {"blocks": ["metal"]},
            "ionic_charge": {"blocks": ["salt"]},
            "heat": {"blocks": ["metal", "salt"]},
            "joule_heating": {},
            "butler_volmer": {
                "interface": "metal | salt",
                "i0": "10 A/m^2",
                "activation_energy": "15 kJ/mol",
                "alpha_a": 0.4,
                "alpha_c": 0.7,
                "equilibrium_potential": "0.1 V",
                "reaction_heat": True,
            },
            "thermal_resistance": {"interface": "metal | salt", "R": "1e-3 K*m^2/W"},
        },
        "boundaries": {
            "bottom": {"electrode_potential": "0 V", "temperature": "300 K"},
            "top": {"current_density": "40 A/m^2", **_ROBIN},
        },
        "audit": _AUDIT,
    },
    # Ohmic currents of both kinds and their heat; no law at the interface.
    "ohmic": {
        "layers": [("metal", 2e-3, 3), ("salt", 3e-3, 4)],
        "materials": _WARM,
        "physics": {
            "electronic_charge": {"blocks": ["metal"]},
            "ionic_charge": {"blocks": ["salt"]},
            "heat": {"blocks": ["metal", "salt"]},
            "joule_heating": {},
        },
        "boundaries": {
            "bottom": {"electronic_current_density": "80 A/m^2", "temperature": "300 K"},
            "metal | salt": {"electrode_potential": "0 V", "electric_potential": "0 V"},
            "top": {"current_density": "40 A/m^2", **_ROBIN},
        },
        "audit": _AUDIT,
    },
    # Two electrodes: Tafel kinetics at a fixed potential, linear kinetics with a given mean current density.
    "couple": {
        "layers": [("metal", 2e-3, 1), ("salt", 3e-3, 4), ("counter", 2e-3, 1)],
        "materials": _SALT,
        "given": {"temperature": "310 K"},
        "physics": {
            "ionic_charge": {"blocks": ["salt"]},
            "butler_volmer": [
                {
                    "interface": "metal | salt",
                    "i0": "1 A/m^2",
                    "kinetics": "tafel",
                    "alpha_a": 0.4,
                    "alpha_c": 0.7,
                    "electrode_potential": "0.05 V",
                    "equilibrium_potential": "0.1 V",
                },
                {
                    "interface": "counter | salt",
                    "i0": "100 A/m^2",
                    "kinetics": "linear",
                    "alpha_a": 0.4,
                    "alpha_c": 0.7,
                    "mean_current_density": "-20 A/m^2",
                },
            ],
        },
    },
    # A film, whose overpotential is an unknown of the interface, and a given total current.
    "film": {
        "layers": [("metal", 2e-3, 1), ("salt", 3e-3, 3)],
        "dim": 2,
        "width": 2e-3,
        "cells_across": 4,
        "materials": _SALT,
        "given": {"temperature": "310 K"},
        "physics": {
            "ionic_charge": {"blocks": ["salt"]},
            "butler_volmer": {
                "interface": "metal | salt",
                "i0": "3 A/m^2",
                "alpha_a": 0.4,
                "alpha_c": 0.7,
                "film_thickness": "1e-7 m",
                "film_conductivity": "2e-5 S/m",
                "total_current": "0.04 A",
            },
        },
        "boundaries": {"top": {"electric_potential": "0 V"}},
    },
    # Heat in time, through a temperature jump and into the surroundings.
    "warming": {
        "layers": [("a", 2e-3, 3), ("b", 3e-3, 4)],
        "materials": {
            "a": {"thermal_conductivity": "5 W/m/K", **_HEAT},
            "b": {"thermal_conductivity": "0.4 W/m/K", **_HEAT},
        },
        "physics": {"heat": {"blocks": ["a", "b"]}, "thermal_resistance": {"interface": "a | b", "R": "1e-3 K*m^2/W"}},
        "boundaries": {"bottom": {"temperature": "300 K + 0.5 K/s * t"}, "top": _ROBIN},
        "initial": {"temperature": "300 K"},
        "time": {"end": "8 s", "step": "2 s"},
        "audit": {"monitors": ["entropy_production"]},
    },
}


def plugins_of(deck: str) -> set[str]:
    """Return the names of the physics and property forms that a deck uses."""
    content = DECKS[deck]
    forms = {
        key
        for material in content["materials"].values()
        for value in material.values()
        if isinstance(value, dict)
        for key in value
    }
    return {*content["physics"], *forms}


def build(name: str, folder: Path) -> Deck:
    """Write the mesh and the text of a deck to a folder and read it."""
    from strips import strip

    return strip(folder, **DECKS[name])
