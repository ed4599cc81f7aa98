"""Initial values that a deck does not give, and those that a field cannot have."""

from __future__ import annotations

from typing import Any

import pytest
from terms import LAYERS, known_too, layered

from trona.errors import UserError
from trona.model import Model, compose
from trona.plugin import Balance, Blocks, Contribution, Field, InterfaceOption, Physics, grad

RUN = {"time": {"end": "1 s", "step": "1 s"}}


class Share(Physics):
    """A share that diffuses, and one of an interface."""

    name = "share"
    provides = (
        Field("share", "1", "a share", reference="0.5", positive=True, below="1"),
        Balance("shares", "1/s", "share", "share", inflow="share_flux"),
        Field("layer", "m", "a thickness", on="interface", kind="surface", reference="3 nm", when="interface"),
        Balance("growing", "m/s", "layer", "thickness"),
    )
    blocks = Blocks("where")
    interface = InterfaceOption("where too", default=None)

    def contribute(self, model: Contribution) -> None:
        share, shares = model.field("share"), model.balance("shares")
        shares.storage(share)
        shares.flux(-model.property("diffusivity", "m^2/s") * grad(share))
        if self.interface is not None:
            model.balance("growing").storage(model.field("layer"))


def shared(options: Any = None, **sections: Any) -> Model:
    physics = {"share": {"blocks": ["a", "b"], **(options or {})}}
    materials = {block: {"diffusivity": "1 m^2/s"} for block in ("a", "b")}
    sections = {"boundaries": {}, **RUN, **sections}
    return compose(layered(physics, LAYERS, materials=materials, **sections), known_too(Share))


AT = {"interface": "a | b"}


def test_what_lives_at_a_law_needs_an_initial_value() -> None:
    with pytest.raises(UserError, match=r"physics\.share: 'layer' needs an initial value: give it under 'initial'"):
        shared(AT, initial={"share": "0.5"})
    assert not shared(AT, initial={"share": "0.5", "layer": "0 nm"}).warnings


def test_a_typical_value_from_which_a_run_begins_is_said() -> None:
    (told,) = shared().warnings
    assert told.endswith(
        "physics.share: 'share' begins at 0.5, which share takes as typical, since 'initial' does not give it"
    )


@pytest.mark.parametrize(
    "sections", [{"initial": {"share": "0.3"}}, {"boundaries": {"top": {"share": "0.2"}}}], ids=["initial", "boundary"]
)
def test_what_the_deck_gives_is_not_said(sections: dict[str, Any]) -> None:
    assert not shared(**sections).warnings


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"initial": {"share": "1"}}, "initial.share: 'share' must be below 1, got '1'"),
        ({"initial": {"share": "0"}}, "initial.share: 'share' must be above 0, got '0'"),
        ({"initial": {"share": "0.6 * (1 + x / (2 m))"}}, "'share' must be below 1, but its initial value is 1.2"),
        (
            {"initial": {"share": "0.5"}, "boundaries": {"top": {"share": "0.5 * t / (0.1 s) + 0.1"}}},
            "'share' must be below 1, but its value on 'top' is 5.1",
        ),
    ],
)
def test_a_value_that_a_field_cannot_have_is_refused(sections: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        shared(**sections)
    assert message in str(caught.value)
