"""A deck of the manual, in one process and in two, against its closed form."""

from __future__ import annotations

import re
from math import asinh
from pathlib import Path

import pytest
from pytest_mpi import parallel_assert

from trona.deck import Deck
from trona.record import make_reporter
from trona.session.run import run

ROOT = Path(__file__).parents[2]


@pytest.mark.parallel([1, 2])
def test_the_deck_with_a_given_current_gives_its_closed_form() -> None:
    """Flat layers: the current is uniform, so drops in the layers and the overpotential follow by hand."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/deck.md").read_text(encoding="utf-8"), re.S)
    (text,) = (b for b in blocks if "mean_current_density: -1 mA/cm^2" in b)
    result = run(Deck.from_text(text, ROOT), record=False, reporter=make_reporter(quiet=True))
    drop = 10 * (0.2e-6 / 5e-4 + 5e-6 / 0.883)
    overpotential = 2 * 8.31446261815324 * 298.15 / 96485.33212331 * asinh(-10 / (2 * 20))
    expected = {
        "theta": 1.0,
        "reaction_current_density_mean": -10.0,
        "overpotential_mean": overpotential,
        "electrode_potential": overpotential - drop,
    }
    found = {name: result[name] for name in expected}
    parallel_assert(found == pytest.approx(expected, rel=1e-9), msg=str(found))
    parallel_assert(result.ledger["charge"].closure < 1e-12)
