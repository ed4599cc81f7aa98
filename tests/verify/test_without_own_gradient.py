"""`verify` on balances that store something, with a flux that is not along the gradient of their own field."""

from __future__ import annotations

from typing import Any

import pytest
from terms import known_too, layered
from trona.errors import SolveError
from trona.model import Model
from trona.plugin import Balance, Blocks, Field, Physics, Quantity, as_vector, grad
from trona.verify import Verification, verify


class Carried(Physics):
    """Something that is stored and carried: by a stream, by the gradient of the temperature, or not at all."""

    name = "carried"
    provides = (
        Field("c", "1", "c", scale="1"),
        Balance("carriage", "1/s", "c", "c"),
    )
    blocks = Blocks("where")
    speed = Quantity("m/s", "speed of the stream", default="0.7 m/s")
    kind = "stream"

    def contribute(self, model: Model) -> None:
        c, T, carriage = model.field("c"), model.field("temperature"), model.balance("carriage")
        carriage.storage(c)
        carriage.source(-c * model.property("decay", "1/s"))
        match self.kind:
            case "stream":
                carriage.flux(c * as_vector([self.speed] + [0] * (model.dimension - 1)))
            case "foreign gradient":
                carriage.flux(-model.property("drift", "m^2/s/K") * grad(T))
            case "constant":
                carriage.flux(as_vector([self.speed] * model.dimension))


def verified(kind: str, **mesh: Any) -> Verification:
    cls = type("Kind", (Carried,), {"kind": kind})
    materials = {
        "a": {
            "thermal_conductivity": "2 W/m/K", "density": "3 kg/m^3", "specific_heat_capacity": "5 J/kg/K",
            "decay": "2 1/s", "drift": "0.1 m^2/s/K",
        }
    }  # fmt: skip
    boundaries = {"bottom": {"temperature": "300 K", "c": 1}}
    deck = layered(
        {"heat": {"blocks": ["a"]}, "carried": {"blocks": ["a"]}}, [{"a": "1 m"}], mesh=mesh, materials=materials,
        boundaries=boundaries, time={"end": "1 s", "step": "0.1 s"},
    )  # fmt: skip
    return verify(Model(deck, known_too(cls)), most=30)


@pytest.mark.parametrize("kind", ["stream", "foreign gradient", "constant", "none"])
def test_nothing_falls_over(kind: str) -> None:
    try:
        found = verified(kind)
    except SolveError as error:  # what has no diffusion at all may be hard to solve
        pytest.fail(str(error))
    assert found.sign_failures == []
    assert found.parts_failures == []
    own = [p for p in found.posed if p.balance == "carriage"]
    assert [p.conductance for p in own] == ([] if kind == "none" else [(0.0, 0.0)])
