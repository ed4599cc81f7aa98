"""Values at points against the manufactured state: probes, lines, fields and field files."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from trona.mesh.barycentric import containing
from trona.model.asked import Points
from trona.readings.fields import FieldReader
from trona.readings.outputs import FINE, OutputEvaluator
from trona.readings.points import PointReader
from trona.verify.places import Places, Simplices, in_block, lattice
from trona.verify.reading import ALLOWED, ROUND_OFF, Measure, variation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from trona.model.records import Derived
    from trona.units import Unit
    from trona.verify.expected import Expected

Array = Any
Quantity = tuple[str, Any, "Unit", tuple[str, ...]]
"""Name, expression, unit and blocks of a field or a derived quantity."""
_SAMPLE = 24
"""Number of facets and cells per block at which a quantity is read."""
_OF_A_FILE = 300
"""Number of points of a field file that are compared."""


class PointValues:
    """Judges values at points."""

    def __init__(self, expected: Expected, evaluator: OutputEvaluator) -> None:
        self._expected, self._evaluator = expected, evaluator
        self._model, self._problem = expected.model, expected.problem
        self._most: dict[tuple[str, Any], float] = {}

    def at(self, kind: str, asked: Points) -> Measure:
        """Judge the values at the points of a probe or a line."""
        read = PointReader(self._problem, self._evaluator, asked).values()
        return self._compare(kind, asked.name, asked.expression, np.array(asked.points), asked.blocks, read)

    def everywhere(self, name: str, expression: Any, unit: Unit, blocks: tuple[str, ...]) -> Iterator[Measure]:
        """Judge a field or derived quantity on the borders of blocks, at vertices, between cells and inside them."""
        for block in blocks:
            points = self._sample_points(block)
            asked = Points(
                f"{name} in {block}", name, expression, unit, tuple(map(tuple, points.tolist())), (block,) * len(points)
            )
            yield self.at("points", asked)

    def _sample_points(self, block: str) -> Array:
        mesh, number = self._expected.mesh, self._expected.mesh.blocks.index(block)
        cells = mesh.cells[mesh.cell_block == number]
        at_border = [n for n, s in enumerate(mesh.facet_sets) if block in s.blocks and len(s.blocks) == 2]
        facets = mesh.facets_of(at_border)
        some = [_some(facets), _some(cells[:, :-1]), _some(cells)]
        middles = [mesh.points[chosen].mean(axis=1) for chosen in some]
        return np.concatenate([*middles, mesh.points[np.unique(np.concatenate([c[:, :1] for c in some]))]])

    def in_files(
        self, quantities: Iterable[Quantity], shown: Iterable[Derived], unjudged: Collection[str]
    ) -> list[Measure]:
        """Judge the field file of fields and the derived quantities `shown`, but for the unjudged ones."""
        reader = FieldReader(self._problem, self._evaluator)
        snapshot = reader.snapshot(0.0, 0, shown)
        found: list[Measure] = []
        known = {name: expression for name, expression, *_ in quantities}
        motion = self._model.motion
        for block, data in (snapshot.blocks if snapshot is not None else {}).items():
            shift: Any = 0.0
            if motion is not None:
                shift = data.fields[motion.field.name].values
                shift = (
                    shift.reshape(data.points.shape) if motion.axis is None else shift[:, None] * np.array(motion.axis)
                )
            chosen = _some(np.arange(len(data.points)), _OF_A_FILE)
            points = (data.points - shift)[chosen]
            for name, values in data.fields.items():
                if name not in unjudged:
                    where = (block,) * len(points)
                    label = f"{name} in {block}"
                    found.append(self._compare("field", label, known[name], points, where, values.values[chosen]))
        return self._problem.comm.bcast(found)  # type: ignore[no-any-return]

    def _compare(
        self, kind: str, name: str, expression: Any, points: Array, homes: tuple[str, ...], read: Array
    ) -> Measure:
        """Compare values read at points with the right values in the block of each."""
        read = read.reshape(len(points), -1)
        error = allowed = top = 0.0
        low, high = inf, -inf
        for block in dict.fromkeys(homes):
            here = np.flatnonzero(np.array(homes) == block)
            which, places = self._inside(block, points[here])
            expanded = self._model.expand(expression, block)
            for number, (exact, miss) in enumerate(self._expected.missed(expanded, places)):
                most = np.zeros(len(here))
                np.maximum.at(most, which, miss)
                right = np.bincount(which, exact, len(here)) / np.bincount(which, minlength=len(here))
                error = max(error, float(np.abs(read[here, number] - right).max()))
                allowed = max(allowed, float(most.max()))
                low, high = min(low, float(exact.min())), max(high, float(exact.max()))
                top = max(top, float(np.abs(exact).max()))
            # Between cells a run reads their mean; its error is at most the largest one of the block.
            allowed = max(allowed, self._worst(block, expression))
        return Measure(kind, name, error, ALLOWED * allowed + ROUND_OFF * top, variation(low, high))

    def _worst(self, block: str, expression: Any) -> float:
        """Return the largest error of the elements at vertices, edges and centres of some cells of a block."""
        if (block, expression) not in self._most:
            zone = in_block(self._expected.mesh, self._expected.now, block)
            some = zone.only(_some(np.arange(len(zone.corners)), _OF_A_FILE))
            places = some.places(lattice(FINE, zone.corners.shape[1]))
            missed = self._expected.missed(self._model.expand(expression, block), places)
            self._most[block, expression] = max(float(miss.max()) for _, miss in missed)
        return self._most[block, expression]

    def _inside(self, block: str, points: Array) -> tuple[Array, Places]:
        """Return the index of the point and the place for each pair of a point and a cell of the block around it."""
        mesh = self._expected.mesh
        cells = mesh.cells[mesh.cell_block == mesh.blocks.index(block)]
        which, number, local = containing(mesh.points[cells], points)
        simplices = Simplices(mesh.points[cells[number]], self._expected.now[cells[number]], local, cells[number])
        return which, Places(simplices, {None: simplices}, {None: block})


def _some(rows: Array, count: int = _SAMPLE) -> Array:
    """Return some of the rows, evenly spaced."""
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))] if len(rows) else rows
