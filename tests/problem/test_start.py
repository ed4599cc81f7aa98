from __future__ import annotations

import gc

import pytest

from trona.problem.start import no_collection


@pytest.mark.parametrize("active", [True, False])
def test_the_collector_of_cycles_rests_and_is_put_back(active: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if active else gc.disable)()
        with no_collection():
            assert not gc.isenabled()
        assert gc.isenabled() is active
        assert gc.get_freeze_count() > 0
    finally:
        (gc.enable if before else gc.disable)()
        gc.unfreeze()
