"""The texts of errors."""

import pytest

from trona.errors import DeckError, Location, MeshError, UserError, UserErrors, nearest, raise_all

HERE = Location("inputs/cell.yaml", 12, 7, "physics.soret.S_T")


def test_deck_error_leads_with_its_place() -> None:
    assert str(DeckError("wrong", HERE)) == "inputs/cell.yaml:12:7 physics.soret.S_T: wrong"
    assert str(DeckError("wrong", Location("a.yaml", 1, 2))) == "a.yaml:1:2: wrong"
    assert str(DeckError("wrong")) == "wrong"


def test_mesh_error_leads_with_the_deck_or_the_file() -> None:
    assert str(MeshError("wrong", "a.msh")) == "a.msh: wrong"
    assert str(MeshError("wrong", "a.msh", HERE)) == f"{HERE}: wrong"


def test_several_errors_come_in_order_of_position() -> None:
    late, early = DeckError("late", Location("a", 10, 1)), DeckError("early", Location("a", 2, 5))
    errors = UserErrors([UserErrors([UserError("nowhere"), late]), early])
    assert str(errors) == "a:2:5: early\na:10:1: late\nnowhere"
    assert errors.exit_code == 2


def test_raise_all() -> None:
    raise_all([])
    one = DeckError("one")
    with pytest.raises(DeckError) as error:
        raise_all([one])
    assert error.value is one
    with pytest.raises(UserErrors, match="one\ntwo"):
        raise_all([one, UserError("two")])


def test_nearest() -> None:
    assert nearest("thermal_resistence", ["heat", "thermal_resistance"]) == "; nearest: thermal_resistance"
    assert nearest("HEAT", ["heat"]) == "; nearest: heat"
    assert nearest("zzz", ["heat"]) == ""


def test_a_long_quotation_is_cut_and_what_stands_between_two_is_not() -> None:
    place = "a/" * 60 + "deck.yaml:1:2"
    told = f"'sides' contradicts tie ({place}) where they meet 'top'"
    assert str(DeckError(told)) == told
    assert str(DeckError(f"no field '{'n' * 100}'; known: none")) == f"no field '{'n' * 80}...'; known: none"
    assert len(str(DeckError(f"no field '{chr(39)}{'n' * 5000}'"))) < 200
