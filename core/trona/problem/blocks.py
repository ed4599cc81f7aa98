"""The Jacobian in blocks, one for each equation and unknown: those that cannot have changed are not assembled again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trona.model.structure import Structure

Block = tuple[int, int]
"""The numbers of a component whose equation it is, and of one that this depends on."""


class Blocks:
    """Assembles a nested Jacobian.

    structure: of the model. state: returns the numbers, other than unknowns and the time, that constant blocks are made
    with: the weights of the rates and the scales of the rows.
    """

    def __init__(self, assembler: Any, structure: Structure, state: Callable[[], tuple[float, ...]]) -> None:
        self._assembler, self._state = assembler, state
        self._at: tuple[float, ...] | None = None
        number = {piece: i for i, piece in enumerate(structure.pieces)}
        self._constant = {
            (number[row], number[column])
            for (row, column), causes in structure.depends.items()
            if causes <= {"time step"}
        }
        self.assembled: Counter[Block] = Counter()
        """How often each block that is not empty has been assembled."""

    def renew(self) -> None:
        """Rely on no block from now on: inputs have changed."""
        self._at = None

    @property
    def current(self) -> bool:
        """Whether all blocks have been assembled, the last time with the numbers of `state` as they are."""
        return self._at is not None and self._at == self._state()

    def assemble(self, tensor: Any) -> None:
        """Assemble what may have changed since the last time. Collective."""
        at = self._state()
        kept = self._constant if at == self._at else set[Block]()
        # Until it is done, nothing can be relied upon.
        self._at = None
        loops = self._assembler.parloops(tensor)
        kernels = [kernel for kernel, _ in self._assembler.local_kernels]
        due = dict.fromkeys(kernel.indices for kernel in kernels if kernel.indices not in kept)
        for block in due:
            tensor.M[block].zero()
        for kernel, loop in zip(kernels, loops, strict=True):
            if kernel.indices in due:
                loop()
        for bc in self._assembler._bcs:
            self._assembler._apply_bc(tensor, bc)
        self._assembler.result(tensor)
        self.assembled.update(list(due))
        self._at = at

    def seen(self, components: frozenset[int]) -> Mapping[Block, int]:
        """Return how often the blocks of some components among each other have been assembled."""
        return {block: n for block, n in self.assembled.items() if components.issuperset(block)}
