"""Faults in the declarations of contacts and terminals."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_CONTACT, _TERMINAL = "tests/plugins/test_contact_resistance.py", "tests/plugins/test_terminal.py"
_SERIES = f"{_CONTACT}::test_two_metals_in_series"
_UNEVEN = f"{_TERMINAL}::test_current_that_is_uneven"

contact = partial(Mutant, file="plugins/trona_plugins/contact_resistance.py", decks=(), tests=(_SERIES,))
terminal = partial(Mutant, file="plugins/trona_plugins/terminal.py", decks=(), tests=(_UNEVEN,))

_JUMP = "jump = law.minus.field(potential) - law.plus.field(potential)"
_SHARES = "return [(law.minus, self.heat_share), (law.plus, 1 - self.heat_share)]"
_HEAT = "law.source(share * current * jump"

CONTACTS = (
    contact("contact-uphill", kind="sign", what="current runs up the potential", old="current = jump / self.R", new="current = -jump / self.R"),
    contact("contact-conductance", kind="argument", what="resistance taken for a conductance", old="current = jump / self.R", new="current = jump * self.R"),
    contact("contact-sum", kind="sign", what="sum of the potentials for their difference", old=_JUMP, new=_JUMP.replace("- law", "+ law")),
    contact("contact-sides", kind="side", what="each side gets the other's heat", old=_SHARES, new=_SHARES.replace("self.heat_share), (law.plus, 1 -", "1 - self.heat_share), (law.plus, 0 +")),
    contact("contact-all-twice", kind="factor", what="all heat to both sides", old=_SHARES, new=_SHARES.replace("1 - self.heat_share", "1"), tests=(_SERIES,)),
    contact("contact-cold", kind="missing term", what="no heat", old=_HEAT, new=_HEAT.replace("share *", "0 * share *")),
    contact("contact-power-none", kind="missing term", what="power not monitored", old="law.monitor(ELECTRIC_POWER, current * jump)", new="law.monitor(ELECTRIC_POWER, 0 * current * jump)", tests=(f"{_CONTACT}::test_entropy_and_power_meet_their_balances",)),
    terminal("terminal-outwards", kind="sign", what="given current leaves", old='"potential" else -leaving', new='"potential" else leaving'),
    terminal("terminal-mean", kind="swapped", what="total current taken for a mean density", old='mean=way != "total_current"', new="mean=True"),
    terminal("terminal-told-reversed", kind="sign", what="reported current reversed", old="self._report(law, V, -leaving)", new="self._report(law, V, leaving)"),
    terminal("terminal-half", kind="factor", what="field at half the potential of the terminal", old="charge.field - V", new="charge.field - V / 2"),
    terminal("terminal-unit", kind="unit", what="held potential declared in A", old='V, "V", charge', new='V, "A", charge'),
)
