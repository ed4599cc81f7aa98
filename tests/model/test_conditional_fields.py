"""Unknowns that a plugin adds only when its options ask for them, and that other plugins require."""

from __future__ import annotations

from typing import Any

import pytest
from terms import HEAT, known_too, layered

from trona.errors import UserError
from trona.model import Model, compose
from trona.model.unknown import symbols_in
from trona.plugin import Balance, Choice, Contribution, Field, InterfaceOption, Number, Physics, Sum, balance, field

WARMTH = Sum("warmth", "K", "what warms a film", on="interface")
LAYERS = [{"a": "1 m"}, {"b": "1 m"}, {"c": "1 m"}]
THREE = {**HEAT, "c": {"thermal_conductivity": "5 W/m/K"}}
AB, BC = {"interface": "a | b"}, {"interface": "b | c"}


class Source(Physics):
    """Adds a number where `level` is given, and a film for `mode: film` or where something is fed."""

    name = "source"
    requires = (balance("energy"),)
    uses = (WARMTH,)
    provides = (
        Field("level", "K", "level", kind="global", scale="1 K", when="level_option"),
        Field("film", "K", "film", kind="surface", on="interface", scale="1 K", when=("mode: film", WARMTH)),
        Balance("films", "K", "film", "films"),
    )

    interface = InterfaceOption("where")
    level_option = Number("level", default=None)
    mode = Choice(("plain", "film"), "mode", default="plain")

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        if self.level_option is not None:
            level = model.field("level")
            model.constrain_integral(level, law, level - law.minus.field("temperature"), 0 * level, mean=True)
        if model.has_field("film"):
            model.balance("films").source(model.field("film") - law.minus.field("temperature"))


class Reader(Physics):
    """Takes the number of its interface."""

    name = "asks"
    requires = (field("level"),)
    uses = (field("film"),)

    interface = InterfaceOption("where")

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        law.output("level_read", law.minus.field("level"), "K", "level", "mean")
        if model.has_field("film"):
            law.output("film_read", model.field("film"), "K", "film", "mean")


class Warming(Physics):
    """Feeds what warms a film."""

    name = "warming"
    feeds = (WARMTH,)

    interface = InterfaceOption("where")

    def contribute(self, model: Contribution) -> None:
        model.interface(self.interface).feed(WARMTH, model.field("temperature") * 0)


def model_of(source: Any, reader: Any, **more: Any) -> Model:
    physics = {"asks": reader, "heat": {"blocks": ["a", "b", "c"]}, "source": source, **more}
    deck = layered(physics, LAYERS, mesh={"width": "1 m"}, materials=THREE)
    return compose(deck, known_too(Source, Reader, Warming))


def read(model: Model) -> dict[str, set[str]]:
    return {o.name: {s.name for s in symbols_in(o.expression)} for o in model.outputs if o.plugin == "asks"}


def test_what_an_option_adds_can_be_required_whatever_the_order() -> None:
    model = model_of({**AB, "level_option": 1}, AB)
    assert [p.name for p in model.physics] == ["heat", "source", "asks"]
    assert read(model) == {"level_read": {"level"}}
    assert "film" not in model.fields
    assert "films" not in model.balances


def test_a_choice_adds_a_field_with_its_balance() -> None:
    model = model_of({**AB, "level_option": 1, "mode": "film"}, AB)
    assert read(model) == {"level_read": {"level"}, "film_read": {"film"}}
    assert model.balances["films"].field is model.fields["film"]


def test_a_sum_that_is_fed_here_adds_it() -> None:
    assert "film" in model_of({**AB, "level_option": 1}, AB, warming=AB).fields
    assert "film" not in model_of({**AB, "level_option": 1}, AB, warming=BC).fields


def test_of_several_a_plugin_takes_that_of_its_interface() -> None:
    several = [{**AB, "level_option": 1}, {**BC, "level_option": 1}]
    for source in (several, several[::-1]):
        assert read(model_of(source, BC)) == {"level_read": {"level (b | c)"}}
    assert read(model_of(several, {"interface": "b | a"}))["level_read"] == {"level (a | b)"}


def test_one_elsewhere_has_its_plain_name() -> None:
    assert read(model_of({**BC, "level_option": 1}, AB)) == {"level_read": {"level"}}


def test_what_is_missing_says_who_would_add_it_and_by_what() -> None:
    with pytest.raises(UserError) as error:
        model_of(AB, AB)
    assert str(error.value) == (
        "<deck>:1:1 physics.asks: asks requires the field 'level', which nothing here provides; "
        "provided by source with level_option; or give it: 'given: {level: ...}'"
    )


def test_several_of_which_none_is_here() -> None:
    three = [{"a": "1 m"}, {"b": "1 m"}, {"c": "1 m"}, {"d": "1 m"}]
    physics = {
        "heat": {"blocks": ["a", "b", "c", "d"]},
        "source": [{**AB, "level_option": 1}, {**BC, "level_option": 1}],
        "asks": {"interface": "c | d"},
    }
    deck = layered(physics, three, mesh={"width": "1 m"}, materials={**THREE, "d": THREE["c"]})
    with pytest.raises(
        UserError, match=r"requires the field 'level': there are several, at a \| b, b \| c; it acts at"
    ):
        compose(deck, known_too(Source, Reader))


METAL = {"metal": {"molar_volume": "2.4e-5 m^3/mol"}, "ions": {"ionic_conductivity": "1 S/m"}}


class Watch(Physics):
    """Reports the potential of the electrode and the overpotential behind its film."""

    name = "watch"
    requires = (field("electrode_potential"), field("reaction_overpotential"))

    interface = InterfaceOption("where")

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        lost = model.field("electrode_potential") - model.field("reaction_overpotential")
        law.output("lost", lost, "V", "what is lost behind the electrode", "mean")


def cell(**kinetics: Any) -> Model:
    at = {"interface": "metal | ions"}
    physics = {"ionic_charge": {"blocks": ["ions"]}, "butler_volmer": {**at, "i0": "1 A/m^2", **kinetics}, "watch": at}
    sections = {"given": {"temperature": "300 K"}, "boundaries": {"top": {"electric_potential": "0 V"}}}
    deck = layered(physics, [{"metal": "1 m"}, {"ions": "1 m"}], mesh={"width": "1 m"}, materials=METAL, **sections)
    return compose(deck, known_too(Watch))


FILM = {"film_thickness": "1 nm", "film_conductivity": "1e-9 S/m"}


def test_a_strangers_plugin_requires_what_the_charge_transfer_adds() -> None:
    model = cell(mean_current_density="1 A/m^2", **FILM)
    assert [o.name for o in model.outputs if o.plugin == "watch"] == ["lost"]


def test_the_charge_transfer_without_it() -> None:
    with pytest.raises(
        UserError,
        match="watch requires the field 'electrode_potential', which nothing here provides; provided by "
        "electronic_charge; or by butler_volmer with mean_current_density or total_current; or give it",
    ):
        cell(**FILM)
    with pytest.raises(
        UserError,
        match="'reaction_overpotential', which nothing here provides; provided by butler_volmer with film_thickness, "
        "or where the sum 'film_resistance' is fed",
    ):
        cell(mean_current_density="1 A/m^2")
