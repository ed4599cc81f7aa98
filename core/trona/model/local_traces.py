"""Unknowns that stand for sums on facets, where the sums have a meaning inside cells only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import ufl

if TYPE_CHECKING:
    from trona.model.symbols import Side, SumAt, SumSymbol, TotalFlux

    SumKey = SumAt | TotalFlux


@dataclass(frozen=True, eq=False)
class LocalTraces:
    """Unknowns for what laws at interfaces and boundaries read from sums that hold at the points of local fields only.

    They are local fields themselves, equal to the sum at these points, and have values on the facets of a cell.
    unknowns: the symbol, on each side, of the unknown that stands for a sum, and the blocks that it lives in.
    """

    unknowns: Mapping[SumKey, tuple[Mapping[Side | None, Any], tuple[str, ...]]]

    def instead(self, symbol: SumSymbol, block: str, side: Side | None) -> Any:
        """Return what a law reads in the place of a sum in a block on a side; None where that is the sum itself."""
        symbols, blocks = self.unknowns.get(symbol.key, ({}, ()))
        return shaped(symbols[side], symbol.ufl_shape) if block in blocks else None


def shaped(symbol: Any, shape: tuple[int, ...]) -> Any:
    """Return a tensor of a shape from a vector of all its components."""
    if not shape:
        return symbol
    parts = [symbol[i] for i in range(prod(shape))]
    for size in reversed(shape[1:]):
        parts = [ufl.as_tensor(parts[i : i + size]) for i in range(0, len(parts), size)]
    return ufl.as_tensor(parts)
