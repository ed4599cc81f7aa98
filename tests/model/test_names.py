"""Names of what plugins add: they depend neither on options nor on order; of several each tells its region."""

from __future__ import annotations

from typing import Any

import pytest
from terms import HEAT, known_too, layered

from trona.deck import Deck
from trona.errors import UserError
from trona.model import Model, compose
from trona.plugin import Contribution, InterfaceOption, Number, Physics, balance
from trona.settings.outputs import read_outputs

LAYERS = [{"a": "1 m"}, {"b": "1 m"}, {"c": "1 m"}]
THREE = {**HEAT, "c": {"thermal_conductivity": "5 W/m/K"}}


class Grown(Physics):
    """A film, a number, a held jump and an output at an interface; with `more` a further output."""

    name = "grown"
    requires = (balance("energy"),)
    interface = InterfaceOption("where")
    more = Number("whether there is more", default="0")

    def contribute(self, model: Contribution) -> None:
        law, energy = model.interface(self.interface), model.balance("energy")
        film = model.add_surface_field(law, "film", "K", "film")
        model.add_balance("films", "K", "film", "films").source(film - law.minus.field("temperature"))
        level = model.add_global("level", "K", "level")
        model.set_scale("level", 2.0)
        model.constrain_integral(level, law, level - model.field("film"), 0 * level, mean=True)
        excess = law.minus.field("temperature") - law.plus.field("temperature")
        flux = law.constrain(excess, "K", energy, "held_flux", "flux that holds both equal")
        law.output("flux_mean", flux, "W/m^2", "mean flux", "mean")
        if self.more:
            law.output("extra", film, "K", "film", "maximum")


class Other(Physics):
    """Another plugin that reports under a name of `grown`."""

    name = "other"
    requires = (balance("energy"),)

    def contribute(self, model: Contribution) -> None:
        model.output("flux_mean", 0 * model.field("temperature"), "K", "none", "mean", blocks=("c",))


def deck(*grown: dict[str, Any], other: bool = False, **sections: Any) -> Deck:
    physics = {"heat": {"blocks": ["a", "b", "c"]}, "grown": list(grown), **({"other": {}} if other else {})}
    return layered(physics, LAYERS, mesh={"width": "1 m"}, materials=THREE, **sections)


def model_of(*grown: dict[str, Any], **sections: Any) -> Model:
    return compose(deck(*grown, **sections), known_too(Grown, Other))


def names(model: Model) -> set[str]:
    return {o.name for o in model.outputs if o.plugin in ("grown", "other")}


AB, BC = {"interface": "a | b"}, {"interface": "b | c"}


def test_one_alone_has_plain_names() -> None:
    model = model_of(AB)
    assert names(model) == {"flux_mean"}
    assert {"film", "level", "held_flux"} <= set(model.fields)
    assert "films" in model.balances


@pytest.mark.parametrize("grown", [(AB, BC), (BC, AB), ({**AB, "more": 1}, BC), (BC, {**AB, "more": 1})])
def test_of_several_each_carries_its_interface(grown: Any) -> None:
    model = model_of(*grown)
    extra = {"extra (a | b)"} if any("more" in g for g in grown) else set()
    assert names(model) == {"flux_mean (a | b)", "flux_mean (b | c)"} | extra
    own = {n for n, f in model.fields.items() if f.plugin == "grown"}
    assert own == {f"{n} ({i})" for n in ("film", "level", "held_flux") for i in ("a | b", "b | c")}
    assert {n for n in model.balances if n.startswith("films")} == {"films (a | b)", "films (b | c)"}
    assert model.fields["level (b | c)"].scale == 2.0
    at = {g.unknown.name: g.law.name for g in model.integral_constraints}
    assert at == {"level (a | b)": "a | b", "level (b | c)": "b | c"}


def test_of_two_plugins_too() -> None:
    assert names(model_of(AB, other=True)) == {"flux_mean (a | b)", "flux_mean (c)"}


def test_the_plain_name_of_several_lists_them() -> None:
    model = model_of(AB, BC, outputs={"csv": ["flux_mean"]})
    with pytest.raises(
        UserError, match=r"nothing named 'flux_mean'; there are several: flux_mean \(a \| b\), flux_mean \(b"
    ):
        read_outputs(model)


def test_twice_at_one_place_is_refused() -> None:
    with pytest.raises(UserError, match=r"physics.grown\[1\]: grown is listed twice at a \| b"):
        model_of(AB, {**AB, "more": 1})


def test_an_output_has_no_name_of_a_field() -> None:
    class Taking(Physics):
        """Reports under the name of a field."""

        name = "taking"

        def contribute(self, model: Contribution) -> None:
            T = model.field("temperature")
            model.output("temperature", T, "K", "T", "mean")

    physics = {"heat": {"blocks": ["a", "b"]}, "taking": {}}
    with pytest.raises(UserError, match=r"physics.taking: the output 'temperature' of taking has the name of a field"):
        compose(layered(physics), known_too(Taking))
