"""Cells over some cycles: foil against copper, symmetric, and without an anode; Coulombic efficiencies and C-rates."""

from __future__ import annotations

from pathlib import Path

from claim import CHECK, Claim, Drawn, Figure, Finding, Tables, chain
from kept_table import Rows
from matplotlib.figure import Figure as Plot
from panels import save

from cells import closed_forms as exact

CURRENT, PLATED = 5.0, 9000.0
"""A/m2, and the charge of half an hour, C/m2."""
I0, HOST_I0 = 72.0, 10.0
"""Exchange current densities of sodium and of the host, A/m2."""
GAP, KAPPA = 25e-6, 1.0
"""Thickness, m, and conductivity, S/m, of the electrolyte."""
J, FRESH, CUT_OFF, COVERING = 0.02, 0.01, 0.02, 100.0
"""Side reaction, A/m2 and share; share of metal that is cut off; charge that covers half of the copper, C/m2."""
FULL, AT_FIRST, CHARGED = 54000.0, 50400.0, 3.5
"""Capacity of the host and what it holds at first, C/m2; voltage at which the charge ends."""
MEASURED = (0.8189, 0.9594, 0.9905, 0.9959)
"""Coulombic efficiencies at 0, 22, 136, 500 kPa."""
RESTS = (10.0, 120.0)
"""min"""


def on_copper(current: float, metal: float) -> float:
    """Return the overpotential on copper of which a part is covered with metal, V."""
    return exact.overpotential(exact.of_metal(current, J, FRESH), I0 * metal / (metal + COVERING))


def polarization(current: float, metal: float) -> float:
    """Return what the voltage of the cell without an anode has above the potential of its host, V."""
    return exact.overpotential(current, HOST_I0) + current * GAP / KAPPA - on_copper(-current, metal)


def foil_efficiency(tables: Tables) -> Finding:
    rows = tables["foil_against_copper"]
    steps = dict(zip(rows.numbers("protocol_step"), rows.numbers("capacity"), strict=True))
    found = [-steps[strip] / steps[strip - 2] for strip in (3.0, 6.0, 9.0)]
    closed = exact.efficiency(CURRENT, CUT_OFF, FRESH, J, 1 / 3)
    return Finding(
        CHECK,
        f"{', '.join(f'{100 * CE:.3f}' for CE in found)} % in cycles 1 to 3, the first with a part of the seed; closed form "
        f"{100 * closed:.3f} %",
    )


def foil_voltage(tables: Tables) -> Finding:
    rows, off = tables["foil_against_copper"], 0.0
    for reaction, metal, voltage in zip(
        rows.numbers("reaction_current_density_mean (foil | electrolyte)"),
        rows.numbers("stored_charge_mean"),
        rows.numbers("electrode_potential (copper | electrolyte)"),
        strict=True,
    ):
        current = -reaction
        closed = on_copper(current, metal) + current * GAP / KAPPA - exact.overpotential(-current, I0)
        off = max(off, abs(voltage - closed))
    return Finding(CHECK, f"off by at most {off:.0e} V in {len(rows.cases)} time steps")


def hysteresis(tables: Tables) -> Finding:
    rows = tables["symmetric"]
    voltages = rows.numbers("electrode_potential (working | electrolyte)")
    closed = 2 * (2 * exact.overpotential(CURRENT, I0) + CURRENT * GAP / KAPPA)
    seen = max(voltages) - min(voltages)
    return Finding(
        CHECK,
        f"{1e3 * seen:.4f} mV between plating and stripping; off by {abs(seen / closed - 1):.0e} of 8RT/F asinh(I/(2 i0)) + 2 I d/κ",
    )


def host_voltage(tables: Tables) -> Finding:
    rows, off = tables["anode_free"], 0.0
    for current, metal, stored, voltage in zip(
        rows.numbers("reaction_current_density_mean (host | electrolyte)"),
        rows.numbers("stored_charge_mean (copper | electrolyte)"),
        rows.numbers("stored_charge_mean (host | electrolyte)"),
        rows.numbers("electrode_potential (host | electrolyte)"),
        strict=True,
    ):
        off = max(off, abs(voltage - (3.6 - 0.6 * stored / FULL) - polarization(current, metal)))
    return Finding(CHECK, f"off by at most {off:.0e} V in {len(rows.cases)} time steps")


def measured(tables: Tables) -> Finding:
    rows, off, lines = tables["efficiency"], 0.0, []
    for rest in RESTS:
        cases = [case for case in rows.cases if float(case["rest"]) == rest]
        for name, key in (("metal cut off, s", "s"), ("fresh surface, f", "f"), ("all the time, j in A/m²", "j")):
            values = [case for case in cases if float(case[key])]
            seen = [float(case["capacity"]) / PLATED for case in values]
            for case, CE in zip(values, seen, strict=True):
                s, f, j = (float(case[k]) for k in "sfj")
                off = max(off, abs(CE - exact.efficiency(CURRENT, s, f, j, rest / 30)))
            told = f" = {chain([float(case[key]) for case in values])}" if rest == RESTS[0] else ""
            lines.append(f"{name}{told}, rest of {rest:g} min: {chain([100 * CE for CE in seen])} %")
    return Finding(
        CHECK,
        f"Jiao et al. measured {chain([100 * CE for CE in MEASURED])} % at 0, 22, 136, 500 kPa. {'; '.join(lines)}; off by at most "
        f"{off:.0e} from the closed form",
    )


def c_rate(tables: Tables) -> Finding:
    rows, off, reached, told = tables["c_rate"], 0.0, [], []
    for case in rows.cases:
        rate = float(case["rate"])
        current = float(case["reaction_current_density_mean (host | electrolyte)"])
        off = max(off, abs(current / (rate * 15.0) - 1))
        told.append(f"{rate:.3g}C is {current / 10:.3g} mA/cm²")
        stored = (
            FULL
            * (3.6 - CHARGED + polarization(current, float(case["stored_charge_mean (copper | electrolyte)"])))
            / 0.6
        )
        reached.append(abs(float(case["capacity"]) / (AT_FIRST - stored) - 1))
    capacities = [capacity / FULL for capacity in rows.numbers("capacity")]
    return Finding(
        CHECK,
        f"10 mg/cm² of 150 mAh/g: {', '.join(told)}, to {off:.0e}; charged up to 3.5 V, {chain(capacities, 3)} of the capacity; off by "
        f"at most {max(reached):.0e} from the closed form",
    )


def capacity_over_rate(rows: Rows, folder: Path, path: Path) -> None:
    plot = Plot(figsize=(6.4, 3.0), layout="constrained")
    ax = plot.add_subplot()
    ax.semilogx(rows.numbers("rate"), [c / 36e3 for c in rows.numbers("capacity")], "o-", markersize=4)
    ax.set(xlabel="C-rate [1/h]", ylabel="charge up to 3.5 V [mAh/cm²]")
    ax.grid(alpha=0.3)
    save(plot, path)


FIGURES = (
    Figure(
        "Foil against copper",
        "Sodium is plated from a foil onto copper, left at rest and stripped until the voltage rises to 50 mV. A side reaction takes "
        "i_p = −j − f max(−i, 0), metal of the share s is cut off as it dissolves, and the part q/(q + q_s) of the copper is covered. "
        "CE = [(1 − s)(I − j)/(1 + f) − j t_rest/t_plate]/(I + j), V = η_Cu + I d/κ + (2RT/F) asinh(I/(2 i0)). What is measured does "
        "not say which of the three takes the metal: each alone can be fitted to it, and this is a calibration. A longer rest tells "
        "a reaction that goes on all the time from the others.",
        (
            Claim("foil", "Coulombic efficiency", "charge", ("foil_against_copper",), foil_efficiency, is_check=True),
            Claim("foil", "voltage", "potential of the copper", ("foil_against_copper",), foil_voltage, is_check=True),
            Claim("CE", "what has to be lost", "charge", ("efficiency",), measured, is_check=True),
        ),
        maps={
            "foil_against_copper-electrode_potential_copper_electrolyte_": "Potential of the copper over that of the foil: plating, "
            "rest and stripping, three times",
            "foil_against_copper-stored_charge_mean": "Charge of the metal on the copper that can be stripped",
        },
    ),
    Figure(
        "A symmetric cell",
        "Sodium is plated and stripped on both sides.",
        (Claim("symmetric", "hysteresis", "voltage", ("symmetric",), hysteresis, is_check=True),),
        maps={"symmetric-electrode_potential_working_electrolyte_": "Voltage of the symmetric cell, two cycles"},
    ),
    Figure(
        "Without an anode, and C-rates",
        "Sodium of a host, U = 3.6 V − 0.6 V q/Q, is plated onto copper and goes back. A C-rate r means the current density r Q, "
        "Q = loading × specific capacity (10 mg/cm² and 150 mAh/g in Oh et al. 2026).",
        (
            Claim("anode-free", "voltage", "potential of the host", ("anode_free",), host_voltage, is_check=True),
            Claim("C-rate", "1C, and the charge up to 3.5 V", "current, charge", ("c_rate",), c_rate, is_check=True),
        ),
        pictures=(Drawn("capacity", "c_rate", "Charge up to 3.5 V over the C-rate", capacity_over_rate),),
        maps={
            "anode_free-electrode_potential_host_electrolyte_": "Voltage of the cell without an anode at C/3, three cycles",
            "anode_free-stored_charge_mean_copper_electrolyte_": "Charge of the metal on the copper",
        },
    ),
)
