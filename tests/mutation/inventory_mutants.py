"""Faults in what an electrode holds."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_PLUGINS, _TEST = "plugins/trona_plugins", "tests/plugins/test_inventory.py"
_RUNS_OUT = (f"{_TEST}::test_overpotential_where_metal_runs_out",)
_CUT_OFF = (f"{_TEST}::test_metal_is_cut_off_only_as_it_dissolves",)

held = partial(Mutant, file=f"{_PLUGINS}/inventory.py", decks=(), tests=_CUT_OFF)

INVENTORIES = (
    held("inventory-sign", kind="sign", what="dissolving fills the electrode", old="stored.source(-i)", new="stored.source(i)"),
    held("inventory-dead-share", kind="factor", what="a share of what dissolves is cut off, not of what is taken", old=" / (1 - self.dead_share) *", new=" *"),
    held("inventory-dead-plating", kind="sign", what="metal is cut off as it is deposited", old="max_value(i, 0)", new="max_value(-i, 0)"),
    held("inventory-dead-stays", kind="missing term", what="dead metal is still counted as metal", old="            stored.source(-lost)\n", new=""),
    held("inventory-cover", kind="argument", what="factor of a bare collector for that of the metal", old="q / (q + self.covering_charge)", new="self.covering_charge / (q + self.covering_charge)", tests=_RUNS_OUT),
)
