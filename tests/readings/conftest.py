"""What tests of readings share: a stranger's package with reductions and kinds of outputs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from trona.model import Registry, registry


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """The registry of an environment in which a stranger's package is installed."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "data/trona_spread"))
    registry.cache_clear()
    yield registry()
    registry.cache_clear()
