"""Numbers in forms whose values may change without a new kernel."""

from __future__ import annotations

import firedrake as fd


class Constant(fd.Constant):  # type: ignore[misc]
    """A Firedrake constant that takes its place in sums and products by age alone.

    UFL orders operands of a sum by their `repr`, in which Firedrake's constants show their value: another value
    could mean another order, thus another kernel, compiled anew for every value of a sweep.
    """

    def __float__(self) -> float:
        return float(self.dat.data_ro.item())  # a hundredth of the time that UFL takes to evaluate an expression

    def __repr__(self) -> str:
        return f"Constant(count={self.count():012d})"
