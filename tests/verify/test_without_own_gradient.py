"""The signs of fluxes, where something is stored and no flux runs along the gradient of its own field."""

from __future__ import annotations

import pytest
from problems import problem_for
from terms import known_too, layered

from trona.model import compose
from trona.plugin import Balance, Blocks, Contribution, Field, Physics, Quantity, as_vector, grad

KINDS = ("stream", "foreign gradient", "constant", "nothing", "own gradient")


class Carried(Physics):
    """Something that is stored and carried: by a stream, by a gradient, or not at all."""

    name = "carried"
    blocks = Blocks("where")
    speed = Quantity("m/s", "speed of the stream", default="0.7 m/s")
    kind = ""

    def contribute(self, model: Contribution) -> None:
        number = KINDS.index(self.kind)
        c, T, carriage = model.field(f"c{number}"), model.field("temperature"), model.balance(self.name)
        carriage.storage(c)
        carriage.source(-c * model.property("decay", "1/s"))
        match self.kind:
            case "stream":
                carriage.flux(c * as_vector([self.speed] + [0] * (model.dimension - 1)))
            case "foreign gradient":
                carriage.flux(-model.property("drift", "m^2/s/K") * grad(T))
            case "constant":
                carriage.flux(as_vector([self.speed] * model.dimension))
            case "own gradient":
                carriage.flux(-model.property("diffusivity", "m^2/s") * grad(c))


def carried(number: int, kind: str) -> type[Physics]:
    name = f"carried{number}"
    provides = (Field(f"c{number}", "1", "c", scale="1"), Balance(name, "1/s", f"c{number}", "c"))
    return type(name, (Carried,), {"name": name, "provides": provides, "kind": kind})


@pytest.mark.parametrize("mesh", [{}, {"width": "1 m", "cells_across": 1}])
def test_nothing_falls_over_a_flux_without_the_own_gradient(mesh: dict[str, object]) -> None:
    from trona.verify.exact import ExactState
    from trona.verify.posed import flux_responses

    classes = [carried(number, kind) for number, kind in enumerate(KINDS)]
    given = {
        "thermal_conductivity": "2 W/m/K",
        "density": "3 kg/m^3",
        "specific_heat_capacity": "5 J/kg/K",
        "decay": "2 1/s",
        "drift": "0.1 m^2/s/K",
        "diffusivity": "0.3 m^2/s",
    }
    physics = {"heat": {"blocks": ["a"]}, **{cls.name: {"blocks": ["a"]} for cls in classes}}
    deck = layered(
        physics, [{"a": "1 m"}], cells=1, mesh=mesh, materials={"a": given}, time={"end": "1 s", "step": "0.1 s"}
    )
    problem = problem_for(compose(deck, known_too(*classes)))
    found = flux_responses(ExactState(problem, [300.0] * len(problem.unknowns.components), "wave"))
    assert {p.balance: p.conductance for p in found} == {
        "carried0": (0.0, 0.0),
        "carried1": (0.0, 0.0),
        "carried2": (0.0, 0.0),
        "carried4": (pytest.approx(0.3), pytest.approx(0.3)),
        "energy": (pytest.approx(2.0), pytest.approx(2.0)),
    }
    assert all(p.holds for p in found)


@pytest.mark.parametrize("stored", [{}, {"density": "3 kg/m^3", "specific_heat_capacity": "5 J/kg/K"}])
def test_a_steady_deck_whose_materials_store_nothing(stored: dict[str, str]) -> None:
    """What a steady deck does not need its materials may lack; where it is there, it still tells the sign."""
    from trona.verify.exact import ExactState
    from trona.verify.posed import flux_responses

    materials = {"a": {"thermal_conductivity": "2 W/m/K"}, "b": {"thermal_conductivity": "3 W/m/K", **stored}}
    problem = problem_for(compose(layered({"heat": {"blocks": ["a", "b"]}}, cells=1, materials=materials)))
    found = flux_responses(ExactState(problem, [300.0], "wave"))
    assert [(p.block, p.holds) for p in found] == ([("b", True)] if stored else [])
    for response in found:
        assert (*response.capacity, *response.conductance) == pytest.approx((15, 15, 3, 3), rel=1e-12)
