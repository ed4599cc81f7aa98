"""A slab with materials of which some state an uncertainty, for sweeps with random cases."""

from __future__ import annotations

from trona.deck import Deck

BASE = """\
mesh: {layers: [{metal: 1 um}, {film: 2 um}]}
materials:
  metal: sodium
  film:
    use: uniform_sei
    thermal_conductivity: {value: 2 W/m/K, uncertainty: factor 3}
    density: {value: 1 g/cm^3, uncertainty: 0.2 g/cm^3}
    specific_heat_capacity: {expression: "1500 J/kg/K", uncertainty: 3 %}
    ionic_conductivity: {table: [[0 K, 1 S/m], [900 K, 2 S/m]], of: temperature, uncertainty: 0.1 S/m}
physics: {heat: {blocks: [metal, film]}}
boundaries: {top: {temperature: 300 K}, bottom: {heat_flux: 10 W/m^2}}
sweep:
"""
T, K = "boundaries.top.temperature", "materials.metal.thermal_conductivity"


def deck(section: str) -> Deck:
    return Deck.from_text(BASE + "".join(f"  {line}\n" for line in section.strip().splitlines()), name="s.yaml")
