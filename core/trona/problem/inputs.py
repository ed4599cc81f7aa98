"""The numbers of a problem: every input of the deck as a Constant or blockwise coefficient, set anew at each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd

from trona.model.noise import WhiteNoise
from trona.problem.constant import Constant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trona.model.symbols import InputSymbol
    from trona.problem.meshes import Meshes
    from trona.problem.site import Site


class Inputs:
    """Coefficients of all inputs, at the present and at earlier time levels.

    No number is baked into a form: another value, or another time, needs no new kernel.
    """

    def __init__(self, meshes: Meshes, levels: int, controls: Mapping[str, float]) -> None:
        self.meshes = meshes
        self.times = [0.0] * levels
        self.controls: list[Mapping[str, float]] = [controls] * levels
        """Values, in SI, of what a protocol sets, at the time levels."""
        self.smooth = False
        """Whether one stands for all white noise, for solutions that must be smooth."""
        self.rates = [Constant(0.0) for _ in range(3)]
        """Weights of the newest time levels in d/dt, 1/s; unused in a steady problem."""
        self._times = [Constant(0.0) for _ in range(levels)]
        self._constants: dict[tuple[int, int], tuple[InputSymbol, Any]] = {}
        self._blockwise: dict[tuple[str, Any, int], tuple[dict[str, InputSymbol], Any]] = {}
        self._markers: dict[tuple[Any, str], Any] = {}

    def time(self, level: int) -> Any:
        return self._times[level]

    def coefficient(self, symbol: InputSymbol, site: Site, level: int) -> Any:
        """Return the coefficient of an input at a site.

        In the cells of a mesh with several blocks it is one piecewise constant function per slot, so that all
        blocks share one kernel.
        """
        steady = symbol.expression.is_constant
        level = 0 if steady else level
        if site.kind == "dx" and symbol.slot and site.blockwise:
            key = (symbol.slot, site.mesh, level)
            if key not in self._blockwise:
                function = fd.Function(fd.FunctionSpace(site.mesh, "DG", 0), name=symbol.slot)
                self._blockwise[key] = ({}, function)
            members, function = self._blockwise[key]
            if symbol.block not in members:
                members[symbol.block] = symbol
                self._set_block(function, symbol, level)
            return function
        constant_key = (id(symbol), level)
        if constant_key not in self._constants:
            self._constants[constant_key] = (symbol, Constant(self.number(symbol, level)))
        return self._constants[constant_key][1]

    @property
    def symbols(self) -> list[InputSymbol]:
        """All inputs that have a coefficient so far."""
        single = [symbol for symbol, _ in self._constants.values()]
        return [*single, *(symbol for members, _ in self._blockwise.values() for symbol in members.values())]

    def renew(self, controls: Mapping[str, float]) -> None:
        """Give every input its value at the beginning, after their expressions have changed."""
        for rate in self.rates:
            rate.assign(0.0)
        self.set_times([0.0] * len(self.times), [controls] * len(self.times), all_of_them=True)

    def properties(self) -> dict[str, dict[str, InputSymbol]]:
        """Return the inputs that are numbers of materials, by their role and then by block."""
        found: dict[str, dict[str, InputSymbol]] = {}
        for members, _ in self._blockwise.values():
            for block, symbol in members.items():
                found.setdefault(symbol.slot, {})[block] = symbol
        for symbol, _ in self._constants.values():
            if symbol.slot and symbol.block:
                found.setdefault(symbol.slot, {})[symbol.block] = symbol
        return found

    def marker(self, mesh: Any, block: str) -> Any:
        """Return the function that is 1 in a block and 0 elsewhere in a mesh."""
        if (mesh, block) not in self._markers:
            function = fd.Function(fd.FunctionSpace(mesh, "DG", 0), name=f"in {block}")
            function.dat.data_with_halos[self.meshes.cells(mesh, block)] = 1.0
            self._markers[mesh, block] = function
        return self._markers[mesh, block]

    def number(self, symbol: InputSymbol, level: int = 0) -> float:
        """Return the value, in SI, of an input that does not vary in space."""
        expression = symbol.expression
        if isinstance(expression, WhiteNoise) and not self.smooth:
            return expression.rate([float(rate) for rate in self.rates], self.times)
        return float(expression.evaluate({**self.controls[level], "t": self.times[level]}))

    def set_times(
        self, times: list[float], controls: Sequence[Mapping[str, float]] | None = None, *, all_of_them: bool = False
    ) -> None:
        """Give every input that changes in time its value at the time levels, newest first.

        The rates must have been set before, for what is random. controls: what the protocol sets at these levels; as
        before, if not given. all_of_them: whether those that do not change in time get their values too.
        """
        self.times = list(times)
        if controls is not None:
            self.controls = list(controls)
        for constant, time in zip(self._times, times, strict=True):
            constant.assign(time)
        for (_, level), (symbol, constant) in self._constants.items():
            if all_of_them or not symbol.expression.is_constant:
                constant.assign(self.number(symbol, level))
        for (_, _, level), (members, function) in self._blockwise.items():
            for symbol in members.values():
                if all_of_them or not symbol.expression.is_constant:
                    self._set_block(function, symbol, level)

    def _set_block(self, function: Any, symbol: InputSymbol, level: int) -> None:
        cells = self.meshes.cells(function.function_space().mesh(), symbol.block)
        function.dat.data_with_halos[cells] = self.number(symbol, level)
