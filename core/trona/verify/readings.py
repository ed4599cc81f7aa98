"""Whether what a run reports is what its state says: every reading, of the manufactured state, against its expression.

A reading is taken by the code that a run uses. What it should be is found without it: points, sides, normals and sizes
from the mesh, fields as formulas. It may be off by what the elements, the quadrature and the lattice of an extreme must
miss, which is found the same way; twice that much is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import inf, log2
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from trona.diagnosis.evaluate import UnknownExpressionError
from trona.mesh.inside import containing
from trona.model.local_points import holds_at_points, local_order
from trona.problem.collocation import degree_of_points
from trona.readings.fields import FieldReader
from trona.readings.outputs import FINE, OutputEvaluator
from trona.readings.points import PointReader
from trona.settings.outputs import Points, read_requests
from trona.verify.numbers import Exact, Kinks, Shown, shape_functions, wave
from trona.verify.places import Places, Simplices, at_stretch, in_block, lattice, quadrature, weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trona.mesh import MeshData
    from trona.model.parts import Output
    from trona.units import Unit
    from trona.verify.exact import ExactState
    from trona.verify.places import Zone

Array = Any
Kind = Literal["output", "probe", "line", "points", "field"]

ALLOWED = 2.0
"""How many times what the elements must miss a reading may be off."""
_ROUND_OFF = 1e-9
_CLOUD = 24
"""Points of each kind, per block, at which fields and derived quantities are read: on borders, vertices, in cells."""
_SHOWN = 300
"""Points of a field file that are looked at."""
_DENSE, _QUADRATURE, _ZOOMS = 8, 8, 24


@dataclass(frozen=True)
class Measure:
    """One reading on one mesh: how far it is off, what is allowed, and the size to which both are relative."""

    kind: Kind
    name: str
    error: float
    allowed: float
    size: float


@dataclass(frozen=True)
class Reading:
    """A reading on finer and finer meshes; errors and what is allowed relative to how far the quantity varies."""

    kind: Kind
    name: str
    errors: tuple[float, ...]
    allowed: tuple[float, ...]

    @property
    def order(self) -> float:
        """The last observed order; inf where no error is left."""
        pairs = [(a, b) for a, b in pairwise(self.errors) if a > _ROUND_OFF]
        return log2(pairs[-1][0] / pairs[-1][1]) if pairs and pairs[-1][1] > _ROUND_OFF else inf

    @property
    def passed(self) -> bool:
        return all(e <= a for e, a in zip(self.errors, self.allowed, strict=True))


def readings(state: ExactState, coarse: MeshData) -> tuple[list[Measure], list[str]]:
    """Judge all readings of the manufactured state on its mesh; also return the names of what cannot be judged.

    The state of the problem becomes the manufactured one, with kinks at the borders of blocks. coarse: the mesh that
    the problem's refines. Collective.
    """
    return _Judge(state, coarse).all()


def collected(found: list[list[Measure]]) -> list[Reading]:
    """Return the readings of several meshes, coarse to fine, each with all of its errors."""
    names = [(m.kind, m.name) for m in found[0]]
    return [
        Reading(
            kind, name, tuple(m[i].error / m[i].size for m in found), tuple(m[i].allowed / m[i].size for m in found)
        )
        for i, (kind, name) in enumerate(names)
    ]


class _Judge:
    def __init__(self, state: ExactState, coarse: MeshData) -> None:
        self.state, self.problem = state, state.problem
        self.model = self.problem.model
        self.mesh = self.model.mesh
        self.kinks = Kinks(state, coarse)
        for time, values in zip(self.problem.inputs.times, self.problem.unknowns.states, strict=True):
            state.assign(values, time)
            self.kinks.add(values, time)
        self.evaluator = OutputEvaluator(self.problem)
        self.requests = read_requests(self.model)
        self.now = self.mesh.points + self._moved()
        self.unjudged: list[str] = []
        self._most: dict[tuple[str, Any], float] = {}

    def _exact(self, places: Places) -> Exact:
        return Exact(self.state, places, self.kinks)

    def _shown(self, places: Places) -> Shown:
        return Shown(self.state, places, self.kinks)

    def _moved(self) -> Array:
        motion = self.model.motion
        if motion is None:
            return np.zeros_like(self.mesh.points)
        (unknown,) = self.problem.unknowns.of(motion.field.name)
        count = unknown.field.shape[0] if unknown.field.shape else 1
        parts = [wave(self.state, unknown, self.mesh.points, (i,) if unknown.field.shape else ()) for i in range(count)]
        return np.stack(parts, axis=-1) if motion.axis is None else parts[0][:, None] * np.array(motion.axis)

    def all(self) -> tuple[list[Measure], list[str]]:
        motion = self.model.motion
        if motion is not None and motion.field.order > 1:  # cells are curved, and here they are taken for straight
            return [], [*(o.name for o in self.model.outputs), *(name for name, *_ in self._quantities())]
        found: list[Measure] = []
        for output in self.model.outputs:
            found += self._try(output.name, lambda o=output: [self._output(o)])  # type: ignore[misc]
        for kind, asked in (("probe", self.requests.probes), ("line", self.requests.lines)):
            for points in asked:
                found += self._try(points.name, lambda k=kind, p=points: [self._points(k, p)])  # type: ignore[misc]
        for name, expression, unit, blocks in self._quantities():
            found += self._try(name, lambda a=(name, expression, unit, blocks): list(self._clouds(*a)))  # type: ignore[misc]
        found += self._files()
        return found, list(dict.fromkeys(self.unjudged))

    def _try(self, name: str, judge: Callable[[], list[Measure]]) -> list[Measure]:
        try:
            return judge()
        except UnknownExpressionError:
            self.unjudged.append(name)
            return []

    def _quantities(self) -> Iterator[tuple[str, Any, Unit, tuple[str, ...]]]:
        for name, field in sorted(self.model.fields.items()):
            if field.kind == "volume":
                yield name, self.model.field(name), field.unit, field.blocks
        for name, derived in sorted(self.model.derived.items()):
            yield name, derived.expression, derived.unit, derived.blocks

    # ------------------------------------------------------------------ outputs

    def _zones(self, output: Output) -> Iterator[tuple[Zone, Any]]:
        for stretch in output.law.stretches if output.law else ():
            yield at_stretch(self.mesh, self.now, stretch), self.model.expand_at(output.expression, stretch)
        for block in output.blocks:
            yield in_block(self.mesh, self.now, block), self.model.expand(output.expression, block)

    def _output(self, output: Output) -> Measure:
        zones = list(self._zones(output))
        read = self.evaluator.value(output)
        missed, low, high = 0.0, inf, -inf
        for zone, expression in zones:
            held = self._points_of(expression, output)
            places = zone.places(lattice(FINE, zone.corners.shape[1]) if held is None else held)
            exact = self._exact(places)(expression)
            missed = max(missed, float(np.abs(self._shown(places)(expression) - exact).max()))
            low, high = min(low, float(exact.min())), max(high, float(exact.max()))
        size = _size(low, high)
        if output.reduce in ("integral", "mean"):
            value, coarse, space = self._integrated(zones)
            if output.reduce == "mean":
                value, coarse, space = value / space, coarse / space, 1.0
            allowed = ALLOWED * (missed * space + abs(coarse - value)) + _ROUND_OFF * max(abs(low), abs(high)) * space
            return Measure("output", output.name, abs(read - value), allowed, size * space)
        least, most = (self._extreme(zones, sign, output) for sign in (-1.0, 1.0))
        missed += max(low - least, most - high, 0.0)
        floor = _ROUND_OFF * max(abs(least), abs(most))
        if output.reduce == "ratio":
            return _ratio(output.name, read, least, most, ALLOWED * missed + floor)
        value = least if output.reduce == "minimum" else most
        return Measure("output", output.name, abs(read - value), ALLOWED * missed + floor, size)

    def _integrated(self, zones: list[tuple[Zone, Any]]) -> tuple[float, float, float]:
        """Return an integral, what the quadrature of a run makes of it, and the size of where it is taken."""
        found = []
        round_axis = self.model.coordinates.axisymmetric
        for degree in (_QUADRATURE + self.model.quadrature_degree, self.model.quadrature_degree):
            total = space = 0.0
            for zone, expression in zones:
                places, share = weights(zone, degree, axisymmetric=round_axis)
                total += float((self._exact(places)(expression) * share).sum())
                space += float(share.sum())
            found.append((total, space))
        return found[0][0], found[1][0], found[0][1]

    def _points_of(self, expression: Any, output: Output) -> Array | None:
        """Return where in a cell an extreme is looked for of what holds at the points of local fields; else None."""
        if output.reduce in ("integral", "mean") or output.law or not holds_at_points(self.model, expression):
            return None
        degree = degree_of_points(self.model.dimension, local_order(self.model, expression) or 0)
        return quadrature(degree, self.model.dimension + 1)[0]

    def _extreme(self, zones: list[tuple[Zone, Any]], sign: float, output: Output) -> float:
        """Return the greatest value (sign 1) or the least (-1): of a dense lattice, then closer and closer to it."""
        best = -inf
        for zone, expression in zones:
            held = self._points_of(expression, output)
            if held is not None:
                best = max(best, float((sign * self._exact(zone.places(held))(expression)).max()))
                continue
            local = lattice(_DENSE, zone.corners.shape[1])
            values = sign * self._exact(zone.places(local))(expression)
            at = int(np.argmax(values))
            here, cell = local[at % len(local)], zone.only(np.array([at // len(local)]))
            found, scale = float(values[at]), 1.0
            for _ in range(_ZOOMS if len(local) > 1 else 0):
                scale /= 2
                closer = (1 - scale) * here + scale * local
                values = sign * self._exact(cell.places(closer))(expression)
                if values.max() > found:
                    found, here = float(values.max()), closer[int(np.argmax(values))]
            best = max(best, found)
        return sign * best

    # ------------------------------------------------------------------ at points

    def _points(self, kind: Kind, asked: Points) -> Measure:
        read = PointReader(self.problem, self.evaluator, asked).values()
        return self._compare(kind, asked.name, asked.expression, np.array(asked.points), asked.blocks, read)

    def _clouds(self, name: str, expression: Any, unit: Unit, blocks: tuple[str, ...]) -> Iterator[Measure]:
        """A field or derived quantity at points on borders, at vertices, between and inside of cells."""
        for block in blocks:
            points = self._cloud(block)
            asked = Points(
                f"{name} in {block}", name, expression, unit, tuple(map(tuple, points.tolist())), (block,) * len(points)
            )
            yield self._points("points", asked)

    def _cloud(self, block: str) -> Array:
        mesh, number = self.mesh, self.mesh.blocks.index(block)
        cells = mesh.cells[mesh.cell_block == number]
        at_border = [n for n, s in enumerate(mesh.facet_sets) if block in s.blocks and len(s.blocks) == 2]
        facets = mesh.facets[np.isin(mesh.facet_set, at_border)]
        some = [_some(facets), _some(cells[:, :-1]), _some(cells)]
        middles = [mesh.points[chosen].mean(axis=1) for chosen in some]
        return np.concatenate([*middles, mesh.points[np.unique(np.concatenate([c[:, :1] for c in some]))]])

    def _files(self) -> list[Measure]:
        """What field files show of fields and derived quantities."""
        reader = FieldReader(self.problem, self.evaluator)
        names = [name for name in sorted(self.model.derived) if name not in self.unjudged]
        snapshot = reader.snapshot(0.0, 0, names)
        found: list[Measure] = []
        known = {name: (expression, blocks) for name, expression, _, blocks in self._quantities()}
        motion = self.model.motion
        for block, data in (snapshot.blocks if snapshot is not None else {}).items():
            shift: Any = 0.0
            if motion is not None:
                shift = data.fields[motion.field.name].values
                shift = shift if motion.axis is None else shift[:, None] * np.array(motion.axis)
            chosen = _some(np.arange(len(data.points)), _SHOWN)
            points = (data.points - shift)[chosen]
            for name, values in data.fields.items():
                if name not in self.unjudged:
                    where = (block,) * len(points)
                    label = f"{name} in {block}"
                    found.append(self._compare("field", label, known[name][0], points, where, values.values[chosen]))
        return self.problem.comm.bcast(found)  # type: ignore[no-any-return]

    def _compare(
        self, kind: Kind, name: str, expression: Any, points: Array, homes: tuple[str, ...], read: Array
    ) -> Measure:
        """Compare values read at points with what they should be in the block of each."""
        read = read.reshape(len(points), -1)
        error = allowed = top = 0.0
        low, high = inf, -inf
        for block in dict.fromkeys(homes):
            here = np.flatnonzero(np.array(homes) == block)
            which, places = self._inside(block, points[here])
            expanded = self.model.expand(expression, block)
            for number, (exact, miss) in enumerate(self._missed(expanded, places)):
                most = np.zeros(len(here))
                np.maximum.at(most, which, miss)
                right = np.bincount(which, exact, len(here)) / np.bincount(which, minlength=len(here))
                error = max(error, float(np.abs(read[here, number] - right).max()))
                allowed = max(allowed, float(most.max()))
                low, high = min(low, float(exact.min())), max(high, float(exact.max()))
                top = max(top, float(np.abs(exact).max()))
            # Between cells a run reads their mean, and each may miss: on the whole as much as the block.
            allowed = max(allowed, self._worst(block, expression))
        return Measure(kind, name, error, ALLOWED * allowed + _ROUND_OFF * top, _size(low, high))

    def _worst(self, block: str, expression: Any) -> float:
        """Return the most that the elements miss at the vertices, edges and middles of some cells of a block."""
        if (block, expression) not in self._most:
            zone = in_block(self.mesh, self.now, block)
            some = zone.only(_some(np.arange(len(zone.corners)), _SHOWN))
            places = some.places(lattice(FINE, zone.corners.shape[1]))
            missed = self._missed(self.model.expand(expression, block), places)
            self._most[block, expression] = max(float(miss.max()) for _, miss in missed)
        return self._most[block, expression]

    def _missed(self, expanded: Any, places: Places) -> Iterator[tuple[Array, Array]]:
        """Yield for each component what is right at the places, and how much the elements may miss of it."""
        exact, shown, interpolated = self._exact(places), self._shown(places), self._interpolated(places)
        for component in np.ndindex(*expanded.ufl_shape):
            right = exact(expanded, component)
            miss = np.abs(shown(expanded, component) - right)
            yield right, miss + np.abs(interpolated(expanded, component) - right)

    def _inside(self, block: str, points: Array) -> tuple[Array, Places]:
        """Return for each pair of a point and a cell of the block around it the point's number, and the places."""
        mesh = self.mesh
        cells = mesh.cells[mesh.cell_block == mesh.blocks.index(block)]
        which, number, local = containing(mesh.points[cells], points)
        simplices = Simplices(mesh.points[cells[number]], self.now[cells[number]], local, cells[number])
        return which, Places(simplices, {None: simplices}, {None: block})

    def _interpolated(self, places: Places) -> Callable[[Any, tuple[int, ...]], Array]:
        """Return what gives the polynomial of the fields' order through an expression's right values at its nodes."""
        order = min(2, max((f.degree for f in self.model.fields.values()), default=1))
        simplices = places.own
        count, corners = simplices.local.shape
        local = lattice(order, corners)
        nodes = Simplices(
            np.repeat(simplices.read, len(local), axis=0),
            np.repeat(simplices.now, len(local), axis=0),
            np.tile(local, (count, 1)),
            np.repeat(simplices.vertices, len(local), axis=0),
        )
        exact = self._exact(Places(nodes, {None: nodes}, places.blocks))
        functions = shape_functions(simplices.local, order)
        return lambda e, component: np.einsum("nk,nk->n", exact(e, component).reshape(count, -1), functions)


def _some(rows: Array, count: int = _CLOUD) -> Array:
    """Return some of the rows, spread evenly."""
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))] if len(rows) else rows


def _size(low: float, high: float) -> float:
    """Return how far values vary; where they hardly do, how large they are."""
    top = max(abs(low), abs(high))
    return high - low if high - low > 1e-9 * top else top or 1.0


def _ratio(name: str, read: float, least: float, most: float, off: float) -> Measure:
    """Compare a ratio; where the smallest value may be zero, or of the other sign, it may also be no number."""
    small, large = sorted((abs(least), abs(most)))
    if least * most <= 0 or small <= off:
        wrong = np.isfinite(read) and least < -off and most > off
        return Measure("output", name, 1.0 if wrong else 0.0, 0.5, 1.0)
    value = large / small
    allowed = value * (off / large + off / (small - off))
    error = abs(read - value) if np.isfinite(read) else inf
    return Measure("output", name, error, allowed, value)
