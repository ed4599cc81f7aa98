"""Plugins that do not fit together, told at their place in the deck."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trona.deck import read_deck
from trona.errors import UserError
from trona.model import Model, compose, registry
from trona.plugin import Balance, Blocks, Contribution, Field, Physics, balance, field

_FIELD = Field("salt", "mol/m^3", "salt concentration", scale="1 mol/m^3")
_BALANCE = Balance("species", "mol/m^3/s", "salt", "salt", inflow="salt_flux")


class Salt(Physics):
    """Salt."""

    name = "salt"
    provides = (_FIELD, _BALANCE)
    blocks = Blocks("where")

    def contribute(self, model: Contribution) -> None:
        model.balance("species").storage(model.field("salt"))


class SaltAgain(Salt):
    """Salt again."""

    name = "salt_again"


class OtherSalt(Physics):
    """Another field of the same balance."""

    name = "other_salt"
    provides = (Field("other", "mol/m^3", "another salt"), Balance("species", "mol/m^3/s", "other", "salt"))
    blocks = Blocks("where")

    def contribute(self, model: Contribution) -> None:
        model.balance("species").storage(model.field("other"))


class Loose(Physics):
    """A field without an equation."""

    name = "loose"
    provides = (Field("loose", "1", "nothing determines it"),)
    blocks = Blocks("where")

    def contribute(self, model: Contribution) -> None:
        pass


class Hen(Salt):
    """Needs the egg."""

    name = "hen"
    requires = (field("egg"),)


class Egg(Physics):
    """Needs the hen's salt."""

    name = "egg"
    requires = (balance("species"),)
    provides = (Field("egg", "1", "egg"), Balance("eggs", "1/s", "egg", "eggs"))
    blocks = Blocks("where")

    def contribute(self, model: Contribution) -> None:
        model.balance("eggs").storage(model.field("egg"))


class Needy(Physics):
    """Wants what no installed plugin offers."""

    name = "needy"
    requires = (field("unobtainable"), balance("nowhere"))

    def contribute(self, model: Contribution) -> None:
        pass


class Asking(Physics):
    """Asks for whatever its class says."""

    name = "asking"
    ask: Any = None

    def contribute(self, model: Contribution) -> None:
        type(self).ask(model)


BAD = (Salt, SaltAgain, OtherSalt, Loose, Hen, Egg, Needy, Asking)


def _compose(folder: Path, physics: str, plugins: tuple[type[Physics], ...] = BAD) -> Model:
    known = registry()
    both = {**known.physics, **{cls.name: cls for cls in plugins}}
    deck = folder / "deck.yaml"
    deck.write_text(
        f"mesh: {{file: three_layers.msh, length_unit: um}}\nphysics:\n{physics}", encoding="utf-8"
    )
    return compose(read_deck("deck.yaml"), replace(known, physics=both))


CASES: list[tuple[str, str, str]] = [
    (
        "field from two plugins",
        "  salt: {blocks: film}\n  salt_again: {blocks: film}\n",
        "deck.yaml:4:15 physics.salt_again: field 'salt' is already provided by salt",
    ),
    (
        "balance from two plugins",
        "  salt: {blocks: film}\n  other_salt: {blocks: film}\n",
        "deck.yaml:3:9 physics.salt: balance 'species' is already provided by other_salt",
    ),
    (
        "field without an equation",
        "  loose: {blocks: film}\n",
        "deck.yaml:3:10 physics.loose: field 'loose' of loose has no balance or constraint to determine it",
    ),
    (
        "cycle",
        "  hen: {blocks: film}\n  egg: {blocks: film}\n",
        "deck.yaml:4:8 physics.egg: plugins wait for each other: egg -> hen -> egg",
    ),
    (
        "gaps that nothing installed fills",
        "  salt: {blocks: film}\n  needy: {}\n",
        "deck.yaml:4:10 physics.needy: needy requires the field 'unobtainable', which nothing here provides; "
        "or give it: 'given: {unobtainable: ...}'\n"
        "deck.yaml:4:10 physics.needy: needy requires the balance 'nowhere', which nothing here provides",
    ),
]


@pytest.mark.parametrize(("physics", "message"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_plugins_that_do_not_fit(physics: str, message: str, folder: Path) -> None:
    with pytest.raises(UserError) as caught:
        _compose(folder, physics)
    assert str(caught.value) == message


WISHES: list[tuple[str, Any, str]] = [
    (
        "field",
        lambda m: m.field("slat"),
        "no field 'slat'; nearest: salt; give it under 'given' or add a physics",
    ),
    ("balance", lambda m: m.balance("specie"), "no balance 'specie'; nearest: species"),
    (
        "constant",
        lambda m: m.constant("faraday"),
        "no physical constant 'faraday'; nearest: faraday_constant",
    ),
    (
        "reduction",
        lambda m: m.output("o", m.field("salt"), "mol/m^3", "salt", "median"),
        "no reduction 'median'; nearest: mean",
    ),
    (
        "place without the field",
        lambda m: m.balance("species").source(m.field("salt"), ("metal",)),
        "nothing to contribute to: no block of metal has all of salt",
    ),
    ("taken name", lambda m: m.add_global("salt", "1", "again"), "field 'salt' is already provided by salt"),
    (
        "trace on the wrong side",
        lambda m: m.interface("metal | film").minus.field("salt"),
        "field 'salt' does not live in metal, named first in the interface",
    ),
    (
        "exchange with nobody",
        lambda m: m.interface("film | electrolyte").exchange(1.0, None, m.balance("species")),
        "nothing to exchange at film | electrolyte: no species balance on either side",
    ),
    (
        "property of a block without material",
        lambda m: m.balance("species").source(m.property("activity", "mol/m^3/s"), ("film",)),
        "block film has no material, but asking needs its 'activity'",
    ),
    (
        "field at an interface without side",
        lambda m: m.interface("metal | film").exchange(m.field("salt"), None, m.balance("species")),
        "field 'salt' at an interface needs a side: use law.minus or law.plus",
    ),
]


@pytest.mark.parametrize(("wish", "message"), [w[1:] for w in WISHES], ids=[w[0] for w in WISHES])
def test_wishes_that_cannot_be_met(
    wish: Any, message: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Asking, "ask", wish)
    monkeypatch.setattr(Asking, "uses", (balance("species"),), raising=False)
    with pytest.raises(UserError) as caught:
        _compose(folder, "  asking: {}\n  salt: {blocks: film}\n")
    assert str(caught.value) == f"deck.yaml:3:11 physics.asking: {message}"
