"""What carries charge, and which balance that is at a place."""

from collections.abc import Iterable

from trona.plugin import Account, Choice, Contribution, UserError, balance

CHARGES = {"electrons": "electronic_charge", "ions": "charge"}
"""The balance of charge of each carrier."""

CHARGE_BALANCES = tuple(balance(name) for name in CHARGES.values())


def carrier_option() -> Choice:
    """Return the option that names a carrier, for laws that hold for both."""
    return Choice(tuple(CHARGES), "what carries the current; default the only carrier there", default=None)


def charge_in(model: Contribution, blocks: Iterable[str], carrier: str | None, place: str) -> Account:
    """Return the balance of charge that is solved in all of these blocks, the ones at `place`.

    Raises UserError where there is none, or where two are and `carrier` does not choose.
    """
    wanted = set(blocks)
    known = [name for name in CHARGES if model.has_balance(CHARGES[name])]
    there = [name for name in known if wanted <= set(model.balance(CHARGES[name]).blocks)]
    if carrier is None and len(there) > 1:
        raise UserError(f"{' and '.join(there)} both carry current at {place}; give carrier")
    if carrier is not None:
        there = [name for name in there if name == carrier]
    if not there:
        what = carrier or " or ".join(CHARGES)
        raise UserError(f"{what} must carry current in all blocks at {place}: {', '.join(sorted(wanted))}")
    return model.balance(CHARGES[there[0]])
