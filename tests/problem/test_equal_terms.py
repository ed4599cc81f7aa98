"""Equal terms at one place: each counts, whoever adds it and on whichever side."""

from __future__ import annotations

from typing import Any

import pytest
from terms import HEAT, asking, known_too, layered

from trona.model import Model, compose
from trona.session import Result, run

Q = 12.0
CONDUCTED = 1 / 2 + 1 / 3  # of both layers, m2 K/W


def solved(*actions: Any, **sections: Any) -> Result:
    """Heat in two layers of 1 m, held at 300 K below, with a plugin for each action."""
    classes = []
    for number, action in enumerate(actions):
        cls = asking(action)
        classes.append(type(f"Asking{number}", (cls,), {"name": f"asking{number}", "__doc__": "Asks."}))
    physics = {"heat": {"blocks": ["a", "b"]}} | {cls.name: {} for cls in classes}
    deck = layered(
        physics, outputs={"extra": {"top": {"reduce": "mean", "of": "temperature", "on": "top"}}}, **sections
    )
    return run(compose(deck, known_too(*classes)), record=False)


def test_a_source_shared_by_both_sides_of_a_continuous_field() -> None:
    """Half of what is produced is given to each side, which is one and the same temperature."""

    def shared(self: Any, model: Model) -> None:
        law, energy = model.interface("a | b"), model.balance("energy")
        half = Q / 2 * self.rate * model.position[0]  # W/m2, at x = 1 m
        law.source(half, energy, law.minus)
        law.source(half, energy, "plus")

    result = solved(shared)
    assert result["top"] == pytest.approx(300 + Q / 2, rel=1e-12)
    assert result.ledger["energy"].closure < 1e-12


def test_equal_inflows_of_two_plugins() -> None:
    """Without options of their own both write the same expression."""

    def heated(self: Any, model: Model) -> None:
        T, k = model.field("temperature"), model.property("thermal_conductivity", "W/m/K")
        model.balance("energy").inflow("top", k * T / (100 * model.position[0]))  # 3 T / (200 m), W/m2

    for count in (1, 2, 3):
        result = solved(*[heated] * count)
        per_kelvin = count * 3 / 200
        assert result["top"] == pytest.approx(300 / (1 - per_kelvin * CONDUCTED), rel=1e-12)
        assert result.ledger["energy"].closure < 1e-12


@pytest.mark.parametrize("count", [1, 2, 3])
def test_equal_sources_of_several_plugins_in_one_block(count: int) -> None:
    """A heat source that the materials give, added by each: -k T'' = n q."""

    def heated(self: Any, model: Model) -> None:
        model.balance("energy").source(model.property("heating", "W/m^3"))

    materials = {block: {**given, "heating": f"{Q} W/m^3"} for block, given in HEAT.items()}
    result = solved(*[heated] * count, materials=materials)
    assert result["top"] == pytest.approx(300 + count * Q * (0.75 + 1 / 6), rel=1e-12)
    assert result.ledger["energy"].closure < 1e-12


def test_equal_sources_on_a_mesh_of_facets() -> None:
    """h of a surface, with 0 = n (T - h) - h / 2: a mesh of facets has no labels."""

    def surface(self: Any, model: Model) -> None:
        law = model.interface("a | b")
        h = model.add_surface_field(law, "h", "K", "h")
        law_of_h = model.add_balance("hs", "K", "h", "law of h")
        for _ in range(2):
            law_of_h.source(law.minus.field("temperature") - h)
        law_of_h.source(-h / 2)
        law.output("h_mean", h, "K", "h", "mean")

    result = solved(surface, mesh={"width": "1 m"})
    assert result["h_mean"] == pytest.approx(300 * 2 / 2.5, rel=1e-12)
