"""`verify` judges what determines a number, over blocks and at laws, without the weak form."""

from __future__ import annotations

from typing import Any

import pytest
from held import Thermostat
from terms import HEAT, known_too, layered

from trona.model import Model, compose
from trona.problem.forms import Forms
from trona.settings import read_settings
from trona.verify import verify
from trona.verify.readings import readings
from trona.verify.study import SpaceStudy


def model(way: str = "mean", coordinates: str = "axisymmetric") -> Model:
    """Heat in two layers around an axis, with a source that holds a mean or an integral; nothing else holds a level."""
    deck = layered(
        {
            "heat": {"blocks": ["a", "b"]},
            "thermostat": {"blocks": ["a", "b"], way: "10 K" if way == "mean" else "1e4 K*m^3"},
        },
        [{"a": "1 m"}, {"b": "3 m"}],
        mesh={"coordinates": coordinates},
        materials={block: dict(values) for block, values in HEAT.items()},
        boundaries={"top": {"heat_flux": "-7 W/m^2"}},
    )
    return compose(deck, known_too(Thermostat))


def judged(way: str = "mean") -> bool:
    """Whether the equation of the number passes."""
    study = SpaceStudy(model(way), read_settings(model(way)), 1, lambda _: None)
    _, state = next(study._problems())
    found, unjudged = readings(state, study.first.mesh, study.settings.outputs)
    assert not unjudged
    (measure,) = (m for m in found if m.kind == "number")
    assert measure.name == "strength by a+b"
    assert measure.allowed < 0.05 * measure.size
    return measure.error <= measure.allowed


@pytest.mark.parametrize("way", ["mean", "integral"])
def test_what_is_right_passes_and_what_is_wrong_is_seen(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(way)
    share, weight = Forms.share, Forms._weight

    def half(self: Forms, constraint: Any, size: Any) -> Any:
        return share(self, constraint, size) / 2

    def flat(self: Forms, site: Any, moving: bool = True) -> Any:
        return weight(self, site, moving).map(lambda _: None) if site.kind == "dx" else weight(self, site, moving)

    def first_block(self: Forms, constraint: Any) -> Any:
        return held(self, constraint)[:1]

    held = Forms.held
    for name, wrong in (("share", half), ("_weight", flat), ("held", first_block)):
        with monkeypatch.context() as patched:
            patched.setattr(Forms, name, wrong)
            assert not judged(way), name


@pytest.mark.slow
def test_a_mean_over_blocks_is_verified() -> None:
    found = verify(model())
    assert found.failures == []
    assert {c.component for c in found.convergence} == {"strength", "temperature (a+b)"}
