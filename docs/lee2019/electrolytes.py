"""Electrolytes and interphases as they are printed, beside the materials of trona."""

from __future__ import annotations

import csv
from pathlib import Path

from claim import CHECK, Claim, Figure, Finding, Tables

from trona.deck import parse_expression
from trona.model import registry
from trona.model.materials.library import Conditions, library, property_names
from trona.units import Unit

_ROOT = Path(__file__).resolve().parents[2]
_TABLE = _ROOT / "inputs" / "lee2019" / "electrolytes.csv"
_FIELDS = {"temperature": Unit.parse("K"), "salt_concentration": Unit.parse("mol/m^3")}
_ROOM = "25 degC"


def printed() -> list[dict[str, str]]:
    """Return the rows of the table."""
    with _TABLE.open(encoding="utf-8") as stream:
        return list(csv.DictReader(line for line in stream if not line.startswith("#")))


def held() -> list[tuple[dict[str, str], float, str]]:
    """Return each row with the value of its material at its temperature, in the unit of the row, and how well it is known."""
    known = registry()
    materials, names = library(known, _ROOT / "nowhere"), property_names(known)
    found = []
    for row in printed():
        conditions = [f"temperature={row['temperature'] or _ROOM}", "salt_concentration=1000 mol/m^3"]
        at, material, name = Conditions.read(conditions, known, _FIELDS), materials[row["material"]], row["property"]
        if name == "shear_modulus" and name not in material.properties:
            young, nu = (at.value(material, n, names[n].unit) for n in ("youngs_modulus", "poisson_ratio"))
            value, written = young / (2 * (1 + nu)), material.written["youngs_modulus"]
        else:
            value, written = at.value(material, name, names[name].unit), material.written[name]
        found.append((row, value / parse_expression(f"1 {row['unit']}", {}).constant, written.uncertainty))
    return found


def spread(uncertainty: str) -> float:
    """Return the factor within which a value is known."""
    number, _, unit = uncertainty.rpartition(" ")
    return float(unit) * 1.001 if number == "factor" else 1 + float(number or 1) / 100


def outside() -> dict[str, float]:
    """Return the rows of which an end lies outside of what the material says, with the value over the last end."""
    found = {}
    for row, value, uncertainty in held():
        ends = [float(row[end].lstrip("<>")) for end in ("low", "high") if row[end]]
        factor = spread(uncertainty)
        if any(not value / factor <= end <= value * factor for end in ends):
            found[f"{row['electrolyte']}, {row['property']}"] = value / ends[-1]
    return found


def _rows() -> str:
    lines = ["| electrolyte | property | printed | material | here | known to |", "|---|---|---|---|---|---|"]
    for row, value, uncertainty in held():
        text = row["low"] + (f" to {row['high']}" if row["high"] else "") + f" {row['unit']}"
        text += f" at {row['temperature']}" if row["temperature"] else ""
        name = row["property"].replace("_", " ").replace("youngs", "Young's")
        lines.append(
            f"| {row['electrolyte']} | {name} | {text} | `{row['material']}` | {value:.3g} | {uncertainty or '-'} |"
        )
    return "\n".join(lines)


def agreement(tables: Tables) -> Finding:
    off = outside()
    told = "; ".join(f"{name}: {ratio:.2g} times the last number printed" for name, ratio in off.items())
    count = len(printed())
    return Finding(
        CHECK,
        f"{count - len(off)} of {count} rows lie within the uncertainty of their material, ranges with both ends; the others are {told}. "
        "The law of beta-alumina is one of room temperature, taken to 300 °C; NASICON has six decades of compositions, of "
        "which the material is the best. An antiperovskite has 9.4 GPa as a layer in Oh et al. 2026, a sixth of what follows from "
        "the shear modulus here",
    )


FIGURES = (
    Figure(
        "Electrolytes and interphases",
        f"Values as printed, in `inputs/lee2019/electrolytes.csv`, and those of the material files, in the same unit. Of a range a "
        f"material has about the geometric mean, except `nasicon`, which is a good composition.\n\n{_rows()}",
        (
            Claim(
                "values", "material files have what is printed", "value and uncertainty", (), agreement, is_check=True
            ),
        ),
    ),
)
