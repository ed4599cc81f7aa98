"""Tests on several ranks: a failure of one rank alone is shown, and ends the run.

The other ranks would wait for it in some exchange, and it for them at the end of the test, without a word.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from mpi4py import MPI

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = float(os.environ.get("TRONA_TEST_PATIENCE", "60"))  # s, of a rank that failed, for the others
world = MPI.COMM_WORLD.Dup() if MPI.COMM_WORLD.size > 1 else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    """Wait for the other ranks after each set-up and each test."""
    report = yield
    if world is not None and call.when != "teardown":
        arrived, start = world.Ibarrier(), time.monotonic()
        while not arrived.Test():
            if report.failed and time.monotonic() - start > PATIENCE:
                print(f"rank {world.rank} alone failed in {item.nodeid}:\n{report.longreprtext}", file=sys.__stderr__)
                sys.__stderr__.flush()
                world.Abort(1)
            time.sleep(0.001)
    return report
