"""The ledger across a new mesh: what that changed is an entry of its own, and the balance still closes."""

from __future__ import annotations

from trona.readings.ledgers import BalanceLedger, LedgerEntry


def ledger(*values: float) -> BalanceLedger:
    """A step in which two laws of one plugin produce, and heat stores, these amounts."""
    first, second, stored = values
    made = (LedgerEntry("source", "law", "a", first, piece="a"), LedgerEntry("source", "law", "a", second, piece="a"))
    kept = LedgerEntry("storage", "heat", "a", stored, piece="a")
    return BalanceLedger("energy", "J", (*made, kept), (kept,))


def test_what_a_new_mesh_changes_is_an_entry_that_closes() -> None:
    total = ledger(1.0, 2.0, 3.0).carried_over({"a": 0.5})
    assert total.closure_error == 0
    assert (total.stored, total.changed) == (3.5, 3.5)
    assert {e.term: e.value for e in total.entries if e.plugin == "remeshing"} == {"source": 0.5, "storage": 0.5}


def test_steps_after_it_are_added_entry_by_entry() -> None:
    total = ledger(1.0, 2.0, 3.0).carried_over({"a": 0.5}).plus(ledger(10.0, 20.0, 30.0))
    assert [e.value for e in total.entries if e.plugin == "law"] == [11.0, 22.0]
    assert (total.closure_error, total.stored, total.changed) == (0, 33.5, 33.5)
    again = total.carried_over({"a": -0.25})
    assert {e.term: e.value for e in again.entries if e.plugin == "remeshing"} == {"source": 0.25, "storage": 0.25}
