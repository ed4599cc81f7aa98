"""Values of functions on a submesh, at the nodes of the parent mesh."""

from __future__ import annotations

from typing import Any

import firedrake as fd
import numpy as np


class OnParent:
    """Copies functions of a space on a submesh to the space of the same element on the parent mesh.

    Firedrake does it too, but finds out anew at each copy which nodes are the same. On several ranks it is left to
    Firedrake: a node may belong to one rank in the submesh and to another in the parent.
    """

    def __init__(self, own: Any, parent: Any) -> None:
        self._whole = fd.Function(parent)
        self._here: Any = None
        self._same = own.mesh() is parent.mesh()
        if self._same or own.mesh().comm.size > 1:
            return
        numbers = fd.Function(own)
        of_nodes = numbers.dat.data_wo_with_halos
        of_nodes[...] = np.arange(1.0, len(of_nodes) + 1).reshape(-1, *[1] * (of_nodes.ndim - 1))
        self._whole.assign(numbers, allow_missing_dofs=True)
        found = self._whole.dat.data_ro
        found = found.reshape(len(found), -1)[:, 0].astype(int)
        self._there = np.flatnonzero(found)
        self._here = found[self._there] - 1
        self._whole.assign(0.0)

    def values(self, function: Any) -> Any:
        """Return the values (nodes, c) of a function, halo included, 0 where it is not defined. Collective."""
        whole = function if self._same else self._whole
        if self._here is not None:
            whole.dat.data_wo[self._there] = function.dat.data_ro_with_halos[self._here]
        elif not self._same:
            whole.assign(function, allow_missing_dofs=True)
        found = whole.dat.data_ro_with_halos
        return found.reshape(len(found), -1).copy()
