"""Dilute species that decay, cross a separator and are reduced, and pores that hold them, against closed forms."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strips import FARADAY, R_GAS, ends, nodal, solve, strip

from trona.deck import Deck
from trona.errors import DeckError
from trona.model import compose
from trona.session import run

D, THICK, EPS, DECAY = 2e-10, 20e-6, 0.4, 0.02
SHAPES = pytest.mark.parametrize(
    "shape", [{"dim": 1}, {"dim": 2, "width": 1e-5, "cells_across": 1}], ids=["1-D", "2-D"]
)


def layer(folder: Path, eps: float = EPS, *, law: dict[str, Any] | None = None, **rest: Any) -> Any:
    """A porous layer; D is the effective diffusivity."""
    rest = {"dim": 1, **rest}
    return solve(
        folder,
        [("separator", THICK, rest.pop("cells", 16))],
        materials={"separator": {"species_diffusivity": f"{D} m^2/s", "porosity": str(eps)}},
        physics={"dilute_species": {"blocks": ["separator"], **(law or {})}},
        **rest,
    )


@SHAPES
def test_an_additive_that_decays_is_exhausted_in_a_known_time(tmp_path: Path, shape: dict[str, Any]) -> None:
    """c = c_0 exp(-k t), whatever the porosity; a run stops where a hundredth is left, after ln(100)/k."""
    end = math.log(100) / DECAY
    result = layer(
        tmp_path,
        law={"decay": f"{DECAY} 1/s"},
        initial={"species_concentration": "100 mol/m^3"},
        time={
            "end": f"{2 * end} s",
            "step": f"{end / 400} s",
            "method": "bdf2",
            "stop": [{"output": "species_concentration_max", "below": "1 mol/m^3"}],
        },
        cells=1,
        **shape,
    )
    time, left = result.problem.inputs.times[0], result["species_concentration_max"]
    assert result.status.startswith("stopped")
    assert end - 1e-6 < time < end * (1 + 2 / 400)
    assert math.log(100 / left) / time == pytest.approx(DECAY, rel=1e-4)
    area = shape.get("width", 1.0)
    assert result["species_amount"] == pytest.approx(EPS * result["species_concentration_max"] * THICK * area, rel=1e-9)


def test_a_cell_ends_by_its_voltage_as_an_additive_runs_out(tmp_path: Path) -> None:
    """i0 = i0_with c/c_0: the limit V is reached when c/c_0 = I/(2 i0_with sinh(F V/(2 R T))), c = c_0 exp(-k t)."""
    current, limit = 5.0, 0.1
    share = current / (2 * I0 * math.sinh(FARADAY * limit / (2 * R_GAS * 298.15)))
    result = solve(
        tmp_path,
        [("metal", 1e-5, 1), ("separator", THICK, 1)],
        given={"temperature": "298.15 K"},
        materials={
            "metal": "sodium",
            "separator": {"porosity": EPS, "species_diffusivity": f"{D} m^2/s", "ionic_conductivity": f"{KAPPA} S/m"},
        },
        physics={
            "ionic_charge": {"blocks": ["separator"]},
            "butler_volmer": {
                "interface": "metal | separator",
                "i0": f"{I0} A/m^2 * species_concentration / (100 mol/m^3)",
                "mean_current_density": f"-{current} A/m^2",
            },
            "dilute_species": {"blocks": ["separator"], "decay": f"{DECAY} 1/s"},
        },
        boundaries={"top": {"electric_potential": "0 V"}},
        initial={"species_concentration": "100 mol/m^3"},
        time={"step": "0.5 s", "method": "bdf2"},
        protocol={"steps": [{"name": "plate", "until": {"overpotential_mean": {"below": f"-{limit} V"}}}]},
    )
    assert result.passed[-1].reason.startswith("overpotential_mean below")
    assert result.passed[-1].end == pytest.approx(-math.log(share) / DECAY, rel=1e-4)
    assert result["species_concentration_max"] == pytest.approx(100 * share, rel=1e-5)


def test_diffusion_with_decay(tmp_path: Path) -> None:
    """A wave of the layer decays at the rate k + D (pi/L)^2/eps."""
    rate = DECAY + D * (math.pi / THICK) ** 2 / EPS
    end = 1 / rate
    result = layer(
        tmp_path,
        law={"decay": f"{DECAY} 1/s"},
        initial={"species_concentration": f"100 mol/m^3 * (2 + cos(pi * x / ({THICK} m)))"},
        time={"end": f"{end} s", "step": f"{end / 100} s", "method": "bdf2"},
    )
    low, high = ends(result, "species_concentration", "separator")
    assert math.log(200 / (low - high)) / end == pytest.approx(rate, rel=1e-4)
    assert (low + high) / 2 == pytest.approx(200 * math.exp(-DECAY * end), rel=1e-4)
    assert result.ledger["species"].closure < 1e-9


def test_steady_decay_in_a_layer(tmp_path: Path) -> None:
    """c = c_0 cosh(phi (1 - x/L))/cosh(phi) with phi^2 = k eps L^2/D: Thiele's modulus."""
    decay = 4 * D / (EPS * THICK**2)
    result = layer(
        tmp_path, law={"decay": f"{decay} 1/s"}, boundaries={"bottom": {"species_concentration": "100 mol/m^3"}}
    )
    x, c = nodal(result, "species_concentration", "separator")
    assert c == pytest.approx(100 * np.cosh(2 * (1 - x / THICK)) / np.cosh(2), rel=1e-4)


I0, KAPPA, C0 = 20.0, 0.3, 30.0


def crossing(folder: Path, rate: float, electrons: float = 2, **rest: Any) -> Any:
    """A separator between a metal at rest and a reservoir of the species."""
    rest = {
        "dim": 1,
        "boundaries": {"top": {"species_concentration": f"{C0} mol/m^3", "electric_potential": "0 V"}},
        **rest,
    }
    return solve(
        folder,
        [("metal", 1e-5, 1), ("separator", THICK, 4)],
        given={"temperature": "298.15 K"},
        materials={
            "metal": "sodium",
            "separator": {"species_diffusivity": f"{D} m^2/s", "ionic_conductivity": f"{KAPPA} S/m"},
        },
        physics={
            "ionic_charge": {"blocks": ["separator"]},
            "butler_volmer": {
                "interface": "metal | separator",
                "i0": f"{I0} A/m^2",
                "mean_current_density": f"{rest.pop('current', 0.0)} A/m^2",
                "kinetics": "linear",
            },
            "dilute_species": {"blocks": ["separator"]},
            "species_reduction": {"interface": "metal | separator", "rate": f"{rate} m/s", "electrons": electrons},
            **rest.pop("growth", {}),
        },
        **rest,
    )


@pytest.mark.parametrize(
    "shape",
    [{"dim": 1}, {"dim": 2, "width": 1e-5, "cells_across": 1}, {"dim": 3, "width": 1e-5, "cells_across": 1}],
    ids=["1-D", "2-D", "3-D"],
)
@pytest.mark.parametrize("biot", [0.5, 1e6], ids=["reaction", "limiting flux"])
def test_crossover(tmp_path: Path, biot: float, shape: dict[str, Any]) -> None:
    """N = c_0/(L/D + 1/k), at most D c_0/L; the metal at rest dissolves by n F N."""
    flux = C0 / (THICK / D) / (1 + 1 / biot)
    result = crossing(tmp_path, biot * D / THICK, **shape)
    assert result["species_consumption_mean"] == pytest.approx(flux, rel=1e-8)
    assert result["parasitic_current_density_mean"] == pytest.approx(-2 * FARADAY * flux, rel=1e-8)
    assert result["reaction_current_density_mean"] == pytest.approx(2 * FARADAY * flux, rel=1e-8)
    dissolves = 2 * FARADAY * flux * R_GAS * 298.15 / (FARADAY * I0)
    assert result["electrode_potential"] == pytest.approx(dissolves, rel=1e-8)
    assert result.ledger["charge"].closure < 1e-9
    assert result.ledger["species"].closure < 1e-9


def test_metals_on_both_sides_reduce_what_is_made_between_them() -> None:
    """Listed twice. q is made; k_1 c_1 = D c'(0) and k_2 c_2 = -D c'(L)."""
    made, (k1, k2) = 0.5, (1e-5, 4e-5)
    at = [{"interface": f"{name} | separator"} for name in ("lower", "upper")]
    result = run(
        Deck.from_dict(
            {
                "mesh": {"layers": [{"lower": "1 um"}, {"separator": f"{THICK} m"}, {"upper": "1 um"}], "cells": 4},
                "materials": {
                    "lower": "sodium",
                    "upper": "sodium",
                    "separator": {"species_diffusivity": f"{D} m^2/s", "ionic_conductivity": f"{KAPPA} S/m"},
                },
                "given": {"temperature": "25 degC"},
                "physics": {
                    "ionic_charge": {"blocks": ["separator"]},
                    "butler_volmer": [
                        {**at[0], "i0": f"{I0} A/m^2", "mean_current_density": "0 A/m^2"},
                        {**at[1], "i0": f"{I0} A/m^2"},
                    ],
                    "dilute_species": {"blocks": ["separator"]},
                    "species_reduction": [
                        {**place, "rate": f"{k} m/s", "electrons": 1} for place, k in zip(at, (k1, k2), strict=True)
                    ],
                },
                "sources": {"made": {"balance": "species", "blocks": ["separator"], "value": f"{made} mol/m^3/s"}},
            }
        ),
        record=False,
    )
    of_lower = k1 * made * THICK * (1 + k2 * THICK / (2 * D)) / (k1 + k2 * (1 + k1 * THICK / D))
    for name, flux in (("lower", of_lower), ("upper", made * THICK - of_lower)):
        assert result[f"species_consumption_mean ({name} | separator)"] == pytest.approx(flux, rel=1e-8)
        dissolved = result[f"reaction_current_density_mean ({name} | separator)"]
        assert dissolved == pytest.approx(FARADAY * flux, rel=1e-8)


@pytest.mark.parallel(2)
def test_what_enters_a_cylinder_is_in_its_pores_on_two_ranks() -> None:
    """More enters far from the axis, which counts more there."""
    radius, flux, end = 20e-6, 1e-4, 10.0
    result = run(
        Deck.from_dict(
            {
                "mesh": {
                    "layers": [{"separator": f"{THICK} m"}],
                    "width": f"{radius} m",
                    "cells": 4,
                    "cells_across": 6,
                    "coordinates": "axisymmetric",
                },
                "materials": {"separator": {"species_diffusivity": f"{D} m^2/s", "porosity": str(EPS)}},
                "physics": {"dilute_species": {"blocks": ["separator"]}},
                "initial": {"species_concentration": "10 mol/m^3"},
                "boundaries": {"top": {"species_flux": f"{flux} mol/m^2/s * (1 + x / ({radius} m))"}},
                "time": {"end": f"{end} s", "step": f"{end / 4} s"},
            }
        ),
        record=False,
    )
    entered = 2 * math.pi * radius**2 * (1 / 2 + 1 / 3) * flux * end
    assert result["species_amount"] == pytest.approx(EPS * 10 * math.pi * radius**2 * THICK + entered, rel=1e-9)


def test_metal_that_grows_into_a_layer_keeps_what_is_dissolved(tmp_path: Path) -> None:
    """The layer is pushed along by a tenth of itself; what is not reduced stays."""
    grown = 0.1 * THICK
    end = grown * FARADAY / (2.375e-5 * 10)
    result = crossing(
        tmp_path,
        0.0,
        current=-10.0,
        growth={"growth": {"interface": "metal | separator"}},
        boundaries={"bottom": {"mesh_displacement": "0 m"}, "top": {"electric_potential": "0 V"}},
        motion={"direction": "x", "rigid": ["separator"]},
        initial={"species_concentration": f"{C0} mol/m^3"},
        time={"end": f"{end} s", "step": f"{end / 8} s"},
    )
    assert result["surface_top"] == pytest.approx(1e-5 + grown, rel=1e-6)
    assert result.ledger["species"].closure < 1e-9
    assert result["species_amount"] == pytest.approx(C0 * THICK, rel=1e-9)


def test_a_reaction_without_charge_leaves_the_metal_alone(tmp_path: Path) -> None:
    result = crossing(tmp_path, D / THICK, electrons=0)
    assert result["species_consumption_mean"] == pytest.approx(C0 * D / THICK / 2, rel=1e-8)
    assert abs(result["reaction_current_density_mean"]) < 1e-12


def test_depletion_of_an_additive_at_a_metal(tmp_path: Path) -> None:
    """In a closed layer c ~ cos(a y/L) decays as exp(-D a^2 t/L^2), a tan(a) = k L/D, y from the far side."""
    a = 1.0
    rate = D / THICK * a * math.tan(a)
    falls = D * a**2 / THICK**2
    end = 1 / falls
    result = crossing(
        tmp_path,
        rate,
        boundaries={"top": {"electric_potential": "0 V"}},
        initial={"species_concentration": f"{C0} mol/m^3 * cos({a} * (1 - (x - 10 um) / ({THICK} m)))"},
        time={"end": f"{end} s", "step": f"{end / 100} s", "method": "bdf2"},
    )
    low, high = ends(result, "species_concentration", "separator")
    assert math.log(C0 / high) / end == pytest.approx(falls, rel=1e-3)
    assert low / high == pytest.approx(math.cos(a), rel=1e-3)


@pytest.mark.parametrize("shape", [{"dim": 1}, {"dim": 2, "width": 1e-5, "cells_across": 2}], ids=["1-D", "2-D"])
def test_a_solvent_is_used_up(tmp_path: Path, shape: dict[str, Any]) -> None:
    """H_0/(v j) until it is dry, with a side current that is uneven along the metal in 2-D."""
    j, volume, height = 2.0, 1.4e-9, 10e-6
    dry = height / (volume * j)
    uneven = " * (0.5 + x / 10 um)" if shape["dim"] == 2 else ""
    result = solve(
        tmp_path,
        [("metal", 1e-5, 1), ("separator", THICK, 1)],
        given={"temperature": "298.15 K"},
        materials={"metal": "sodium", "separator": {"ionic_conductivity": f"{KAPPA} S/m"}},
        physics={
            "ionic_charge": {"blocks": ["separator"]},
            "butler_volmer": {
                "interface": "metal | separator",
                "i0": f"{I0} A/m^2",
                "mean_current_density": "-5 A/m^2",
            },
            "side_reaction": {"interface": "metal | separator", "j": f"{j} A/m^2{uneven}"},
            "solvent_loss": {"interface": "metal | separator", "volume": f"{volume} m^3/C"},
        },
        boundaries={"top": {"electric_potential": "0 V"}},
        initial={"solvent_height": f"{height} m"},
        time={
            "end": f"{2 * dry} s",
            "step": f"{dry / 3.5} s",
            "stop": [{"output": "solvent_height_mean", "below": "0 m"}],
        },
        **shape,
    )
    time, left = result.problem.inputs.times[0], result["solvent_height_mean"]
    assert dry < time < dry * 1.3 and left < 0
    assert time * height / (height - left) == pytest.approx(dry, rel=1e-8)


@pytest.mark.parametrize(
    ("form", "factor"), [({}, EPS**1.5), ({"exponent": 2.2}, EPS**2.2), ({"tortuosity": 1.7}, EPS / 1.7)]
)
def test_a_separator_conducts_by_its_pores(tmp_path: Path, form: dict[str, Any], factor: float) -> None:
    """Conductivity of the porous body from the voltage over it, beside the liquid alone."""
    result = solve(
        tmp_path,
        [("separator", THICK, 1), ("liquid", THICK, 1)],
        dim=1,
        materials={
            "separator": {"porosity": EPS, "ionic_conductivity": {"porous": {"value": f"{KAPPA} S/m", **form}}},
            "liquid": {"ionic_conductivity": f"{KAPPA} S/m"},
        },
        physics={"ionic_charge": {"blocks": ["separator", "liquid"]}},
        boundaries={"bottom": {"electric_potential": "0 V"}, "top": {"current_density": "10 A/m^2"}},
    )
    drop = 10 * THICK / KAPPA
    bottom, middle = ends(result, "electric_potential", "separator")
    assert middle - bottom == pytest.approx(drop / factor, rel=1e-9)
    assert ends(result, "electric_potential", "liquid")[1] - middle == pytest.approx(drop, rel=1e-9)


def test_salt_is_stored_in_the_pores(tmp_path: Path) -> None:
    """A wave of salt fades at the rate D_eff (pi/L)^2/eps, with D_eff = D eps^1.5, by the material alone."""
    rate = D * EPS**0.5 * (math.pi / THICK) ** 2
    end = 1 / rate
    result = solve(
        tmp_path,
        [("separator", THICK, 16)],
        dim=1,
        materials={"separator": {"porosity": EPS, "salt_diffusivity": {"porous": {"value": f"{D} m^2/s"}}}},
        physics={"salt": {"blocks": ["separator"]}},
        initial={"salt_concentration": f"1000 mol/m^3 + 100 mol/m^3 * cos(pi * x / ({THICK} m))"},
        time={"end": f"{end} s", "step": f"{end / 100} s", "method": "bdf2"},
    )
    low, high = ends(result, "salt_concentration", "separator", 1000.0)
    assert math.log(200 / (low - high)) / end == pytest.approx(rate, rel=1e-4)


def test_salt_stays_where_solvent_is_lost(tmp_path: Path) -> None:
    """A metal at rest corrodes: pores lose the solvent and keep the salt, c = c_0 H_0/H, and kappa falls as H^1.5."""
    j, volume, height, end = 2.0, 1.4e-9, 0.4 * THICK, 1500.0
    left = height - volume * j * end
    result = solve(
        tmp_path,
        [("metal", 1e-5, 1), ("separator", THICK, 2)],
        given={"temperature": "298.15 K"},
        materials={
            "metal": "sodium",
            "separator": {
                "porosity": {"expression": f"solvent_height / ({THICK} m)"},
                "ionic_conductivity": {"porous": {"value": f"{KAPPA} S/m"}},
                "salt_diffusivity": {"porous": {"value": f"{D} m^2/s"}},
                "transference_number": 0.4,
                "thermodynamic_factor": 1,
            },
        },
        physics={
            "ionic_charge": {"blocks": ["separator"]},
            "salt": {"blocks": ["separator"]},
            "butler_volmer": {"interface": "metal | separator", "i0": f"{I0} A/m^2", "mean_current_density": "0 A/m^2"},
            "side_reaction": {"interface": "metal | separator", "j": f"{j} A/m^2"},
            "solvent_loss": {"interface": "metal | separator", "volume": f"{volume} m^3/C"},
        },
        boundaries={"top": {"electric_potential": "0 V"}},
        initial={"salt_concentration": "1000 mol/m^3", "solvent_height": f"{height} m"},
        time={"end": f"{end} s", "step": f"{end / 3} s", "method": "bdf1"},
        outputs={"extra": {"kappa": {"reduce": "mean", "of": "ionic_conductivity", "on": "separator"}}},
    )
    assert result["solvent_height_mean"] == pytest.approx(left, rel=1e-9)
    for side in ("min", "max"):
        assert result[f"salt_concentration_{side}"] == pytest.approx(1000 * height / left, rel=1e-9)
    assert result["kappa"] == pytest.approx(KAPPA * (left / THICK) ** 1.5, rel=1e-9)
    assert result.ledger["salt"].closure < 1e-9


def refused(folder: Path, **sections: Any) -> str:
    with pytest.raises(DeckError) as found:
        compose(strip(folder, [("metal", 1e-5, 1), ("separator", THICK, 1)], **sections))
    return str(found.value)


def test_refusals(tmp_path: Path) -> None:
    conducting = {
        "physics": {"ionic_charge": {"blocks": ["separator"]}},
        "boundaries": {"top": {"electric_potential": "0 V"}},
    }
    both = {"porous": {"value": "1 S/m", "exponent": 1.5, "tortuosity": 2}}
    text = refused(tmp_path, materials={"separator": {"porosity": EPS, "ionic_conductivity": both}}, **conducting)
    assert text.endswith("give exponent or tortuosity, not both")
    text = refused(
        tmp_path,
        materials={"separator": {"porosity": 1.2, "ionic_conductivity": {"porous": {"value": "1 S/m"}}}},
        **conducting,
    )
    assert "porosity" in text and "must be at most 1" in text
    dense = {"ionic_conductivity": {"porous": {"value": "1 S/m"}}}
    text = refused(tmp_path, materials={"separator": dense}, **conducting)
    assert "has no 'porosity' [1]" in text
    side = {
        "ionic_charge": {"blocks": ["separator"]},
        "butler_volmer": {"interface": "metal | separator", "i0": "20 A/m^2"},
        "side_reaction": {"interface": "metal | separator", "j": "1 A/m^2"},
        "solvent_loss": {"interface": "metal | separator", "volume": "1e-9 m^3/C"},
    }
    given = {"given": {"temperature": "25 degC"}, "materials": {"separator": {"ionic_conductivity": "1 S/m"}}}
    assert refused(tmp_path, physics=side, **given).endswith("solvent is used up over time; give 'time'")
    text = refused(tmp_path, physics={"dilute_species": {"blocks": ["separator"], "decay": "-1 1/s"}}, **given)
    assert text.endswith("must be at least 0 1/s, got '-1 1/s'")


@pytest.mark.parametrize(
    ("law", "change", "place", "message"),
    [
        ("species_reduction", {"rate": "-1e-6 m/s"}, "rate", "must be at least 0 m/s, got '-1e-6 m/s'"),
        ("species_reduction", {"rate": "1e-6 1/s"}, "rate", "expected a quantity in m/s, got '1e-6 1/s'"),
        ("species_reduction", {"electrons": -1}, "electrons", "must be at least 0, got '-1'"),
        ("solvent_loss", {"volume": "-1e-9 m^3/C"}, "volume", "must be at least 0 m^3/C, got '-1e-9 m^3/C'"),
        ("mechanical_overpotential", {"stress": "shear"}, "stress", "hydrostatic"),
    ],
)
def test_options_beyond_their_range(tmp_path: Path, law: str, change: dict[str, Any], place: str, message: str) -> None:
    right = {
        "species_reduction": {"rate": "1e-6 m/s", "electrons": 1},
        "solvent_loss": {"volume": "1e-9 m^3/C"},
        "mechanical_overpotential": {},
    }
    options = {"interface": "metal | separator", **right[law], **change}
    text = refused(tmp_path, physics={"ionic_charge": {"blocks": ["separator"]}, law: options})
    assert f"physics.{law}.{place}" in text and message in text
