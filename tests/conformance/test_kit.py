"""The conformance kit sees what is wrong: one broken plugin for each proof."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trona.conformance.declared import declared_proofs, documentation_gaps
from trona.conformance.example import Example
from trona.conformance.options import option_proofs
from trona.conformance.proof import Failed, NotApplicable, Once, Proof
from trona.conformance.solved import _differences, _open_ledgers, solved_proofs
from trona.conformance.subject import Subject
from trona.conformance.together import together_proofs
from trona.deck import Node, Option, OptionContext
from trona.model import registry
from trona.plugin import Balance, Boolean, Choice, Contribution, Field, Physics, Quantity, balance, field
from trona.readings.ledgers import BalanceLedger, LedgerEntry
from trona.readings.snapshot import OutputValue
from trona.verify.reading import Reading
from trona.verify.report import Verification
from trona.verify.taylor import TaylorRow

DECK = """
mesh: {layers: [{metal: 1 um}, {sei: 1 um}], width: 1 um, cells: 1, cells_across: 1}
materials: {metal: sodium, sei: uniform_sei}
physics:
  heat: {blocks: [metal, sei]}
  heater: {power: 1e6 W/m^3}
boundaries: {bottom: {temperature: 25 degC}}
elements: {order: 1}
"""


class Heater(Physics):
    """Even heat: q = p.

    p: power, W/m3.
    Source: an example.
    """

    name = "heater"
    references = ("bird2007transport",)
    requires = (balance("energy"),)
    uses = (balance("charge"), field("electric_potential"))
    power = Quantity("W/m^3", "heat produced", above="0 W/m^3")

    def contribute(self, model: Contribution) -> None:
        model.balance("energy").source(self.power)


def example(cls: type[Physics], folder: Path, text: str = DECK) -> Example:
    """The deck with a class in the place of the heater."""
    known = registry()
    own = replace(
        known, physics={**known.physics, cls.name: cls}, distributions=known.distributions | {cls.name: "x 1"}
    )
    (folder / "deck.yaml").write_text(text)
    return Example(Subject(cls.name, cls, own), folder / "deck.yaml")


def verdict(proofs: list[Proof], name: str) -> str:
    """What a proof says: 'passed', or the text of its failure."""
    (proof,) = (p for p in proofs if p.name == name)
    try:
        proof.check()
    except Failed as failure:
        return str(failure)
    return "passed"


def test_nothing_is_wrong_with_the_heater(tmp_path: Path) -> None:
    tried = example(Heater, tmp_path)
    assert list(documentation_gaps(tried.subject)) == []
    for name in ("dimension check", "messages for wrong options"):
        assert verdict(option_proofs(tried), name) == "passed"
    for proof in together_proofs(tried):
        try:
            proof.check()
        except NotApplicable as reason:
            # Both blocks conduct ions here: what comes with a reaction has no metal to stand at. The deck is steady.
            assert re.search("needs a metal on the side named first|give .*'time'", str(reason)), reason


def test_documentation_that_says_too_little() -> None:
    class Bare(Physics):
        """Heats."""

        references = ("nobody2000nothing",)
        provides = (Field("warmth", "K", "how warm"),)

    class Silent(Bare):
        pass

    assert list(documentation_gaps(Subject("heat", Bare, registry()))) == [
        "the first paragraph of the docstring has no formula; it holds the strong form, got 'Heats.'",
        "the docstring explains no symbol with its unit, as in 'T: temperature, K.'",
        "the docstring explains no symbol in K, the unit of 'warmth'",
        "the docstring has no line 'Source: ...' that says where the equation is from",
        "no references.bib of any package has the key 'nobody2000nothing'",
    ]
    assert list(documentation_gaps(Subject("heat", Silent, registry()))) == [
        "the class has no docstring; it is the manual page"
    ]


def test_declarations_that_say_too_little() -> None:
    class Vague(Physics):
        """Vague."""

        name = "vague"
        provides = (Field("warmth", "K", "how warm", scale="1 m"), Balance("b", "W per m", "heat", ""))
        power = Quantity("W/m^3", "", default="1 W")

    proofs = declared_proofs(Subject("vague", Vague, registry()), tried=False)
    assert verdict(proofs, "options").splitlines()[0] == "option 'power' has no text"
    assert "option 'power': its default cannot be read: " in verdict(proofs, "options")
    provides = verdict(proofs, "provides")
    for part in ("'warmth': its scale '1 m'", "'W per m' is not a unit", "'b' has no text", "is the balance of 'heat'"):
        assert part in provides
    assert verdict(proofs, "example deck").startswith(
        "there is no deck on which to test vague: put one that uses it into"
    )


def test_conditions_that_cannot_be_met() -> None:
    class Conditional(Physics):
        """Conditional."""

        name = "conditional"
        provides = (
            Field("a", "K", "one", kind="global", scale="1 K", when=("powr", "mode: fast")),
            Field("b", "K", "one", kind="global", scale="1 K", when="power"),
            Field("c", "K", "one", kind="global", scale="1 K", when=("mode: slow", "most", "on")),
        )
        power = Quantity("W/m^3", "power", default="1 W/m^3")
        most = Quantity("W/m^3", "most", default=None)
        mode = Choice(("slow", "fine"), "mode", default="slow")
        on = Boolean("whether", default="false")

    subject = Subject("conditional", Conditional, registry())
    assert verdict(declared_proofs(subject, tried=True), "provides").splitlines() == [
        "'a' is there with 'powr', which is no option; nearest: power",
        "'a' is there with 'mode: fast', which is no choice of that option",
        "'b' is there where 'power' is given, which has a default and so always is",
    ]


class Lax(Option[Any]):
    """Takes anything."""

    def read(self, node: Node, context: OptionContext) -> Any:
        return node.plain()


class Fragile(Lax):
    """Falls over what it does not know."""

    def read(self, node: Node, context: OptionContext) -> Any:
        return {"good": 1}[node.text]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (Lax("mode", default=None), "'mode: no_such_name' is accepted"),
        (Fragile("mode", default=None), "'mode: no_such_name' raises KeyError: 'no_such_name'; expected a message"),
    ],
)
def test_options_that_take_anything(option: Option[Any], said: str, tmp_path: Path) -> None:
    option.name = "mode"
    careless = type("Careless", (Heater,), {"mode": option})
    assert verdict(option_proofs(example(careless, tmp_path)), "messages for wrong options") == said


def test_a_wrong_unit(tmp_path: Path) -> None:
    class Wrong(Heater):
        power = Quantity("W/m^2", "heat produced")

    proofs = option_proofs(example(Wrong, tmp_path, DECK.replace("W/m^3", "W/m^2")))
    assert "the source of energy has the unit W/m^2, expected W/m^3" in verdict(proofs, "dimension check")
    with pytest.raises(NotApplicable, match=r"the example deck does not compose: .*W/m"):
        verdict(proofs, "messages for wrong options")


def test_a_plugin_that_falls_over_another(tmp_path: Path) -> None:
    class Jealous(Heater):
        def contribute(self, model: Contribution) -> None:
            super().contribute(model)
            if model.has_balance("charge"):
                raise ZeroDivisionError("alone")

    proofs = together_proofs(example(Jealous, tmp_path))
    expected = "composing it with ionic_charge raises ZeroDivisionError: alone"
    assert verdict(proofs, "composes with ionic_charge") == expected
    assert verdict(proofs, "composes with thermal_resistance") == "passed"


def test_a_plugin_that_looks_at_the_order_of_the_deck(tmp_path: Path) -> None:
    class Vain(Heater):
        def contribute(self, model: Contribution) -> None:
            place = list(model.deck.root.mapping()["physics"].mapping()).index("heater")
            model.balance("energy").source((1 + place) * self.power)

    said = verdict(solved_proofs(example(Vain, tmp_path)), "order in the deck")
    assert said.startswith("the residual of temperature (metal+sei) changes by ")
    assert verdict(solved_proofs(example(Heater, tmp_path)), "order in the deck") == "passed"


def test_storage_without_time(tmp_path: Path) -> None:
    class Slow(Heater):
        def contribute(self, model: Contribution) -> None:
            model.balance("energy").storage(self.power * model.field("temperature") / model.field("temperature"))

    class SlowOfTime(Slow):
        power = Quantity("J/m^3", "heat stored")

    text = DECK.replace("W/m^3", "J/m^3")
    said = verdict(solved_proofs(example(SlowOfTime, tmp_path, text)), "runs")
    assert said == "heater stores something, so its example deck needs a 'time' section"


def test_failed_verification(tmp_path: Path) -> None:
    tried = example(Heater, tmp_path)
    row = TaylorRow("T", "T", (1.0, 0.25, 0.06), 1e-14, 1.0)
    tried.verified = Once(lambda: Verification("deck", (), (row,), ()))
    said = verdict(solved_proofs(tried), "Taylor test")
    assert said.startswith("the Jacobian of T by T is not the derivative of the residual")
    assert verdict(solved_proofs(tried), "manufactured orders") == "no field of the example deck was solved for"


def test_readings_that_are_not_what_the_state_says(tmp_path: Path) -> None:
    tried = example(Heater, tmp_path)

    def said(readings: tuple[Reading, ...], unjudged: tuple[str, ...] = ()) -> str:
        found = Verification("deck", (), (), (), readings=readings, unjudged=unjudged)
        tried.verified = Once(lambda: found)
        return verdict(solved_proofs(tried), "readings")

    right = Reading("probe", "middle", (1e-3, 1e-4), (2e-3, 2e-4))
    assert said((right,)) == "passed"
    assert said((right, replace(right, errors=(1e-3, 1e-3)))) == (
        "the reading middle (probe) is off by 1.0e-03 of its range on the finest mesh; 2.0e-04 is allowed"
    )
    assert said((right,), ("heat_of_another",)) == "passed"
    with pytest.raises(NotApplicable, match="readings that cannot be judged: high"):
        said((), ("high",))
    assert said(()) == "the example deck has no readings"


def result(tried: Example, *entries: LedgerEntry) -> Any:
    problem = SimpleNamespace(model=tried.model)
    outputs = {"high": OutputValue("high", 300.0, "K"), "low": OutputValue("low", 1e-3, "K")}
    ledger = {"energy": BalanceLedger("energy", "W/m", entries)}
    return SimpleNamespace(problem=problem, ledger=ledger, outputs=outputs)


def test_a_ledger_that_stays_open(tmp_path: Path) -> None:
    tried = example(Heater, tmp_path)
    source, loss = (LedgerEntry("source", "heater", "sei", 1.0), LedgerEntry("boundary", "boundaries", "top", -1.0))
    assert list(_open_ledgers(tried, result(tried, source, loss))) == []
    leak = replace(loss, value=-1.0 + 3e-9)
    (said,) = _open_ledgers(tried, result(tried, source, leak))
    assert said == "the ledger of energy closes to 3.0e-09 of its largest term, expected 1e-09"
    (said,) = _open_ledgers(tried, result(tried, replace(source, plugin="heat"), loss))
    assert said == "heater adds nothing to the ledgers of the example deck, so its audit proves nothing"


def test_ranks_that_differ(tmp_path: Path) -> None:
    tried = example(Heater, tmp_path)
    alone = result(tried, LedgerEntry("source", "heater", "sei", 1.0))
    entry = {"term": "source", "plugin": "heater", "region": "sei", "value": 1.0}
    summary: dict[str, Any] = {
        "outputs": {"high": {"value": 300.0}, "low": {"value": 1e-3}},
        "ledger": {"energy": {"entries": [entry]}},
    }
    assert list(_differences(alone, summary)) == []
    summary["outputs"]["low"]["value"] = 1e-3 + 1e-9
    entry["value"] = 1.0 + 2e-9
    assert list(_differences(alone, summary)) == [
        "low is 0.001 K on one rank and 0.001000001 on 2",
        "the ledger of energy differs by 2.0e-09 of its largest term between ranks: source heater sei",
    ]
