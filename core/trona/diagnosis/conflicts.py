"""Fixed values that disagree where their boundaries meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from trona.problem import Problem


def conflicts(problem: Problem) -> list[str]:
    """Return a sentence for every pair of boundaries with different values of a field at shared nodes. Collective."""
    found = []
    parts = problem.fixed_parts
    for i, (first, component, bc) in enumerate(parts):
        for second, other, rival in parts[i + 1 :]:
            if other is not component or bc.function_space() != rival.function_space():
                continue
            a, b = _values(bc), _values(rival)
            shared = sorted(a.keys() & b.keys())
            clash = next(((a[n], b[n]) for n in shared if abs(a[n] - b[n]) > 1e-6 * max(1.0, abs(a[n]))), None)
            clash = next((c for c in problem.comm.allgather(clash) if c is not None), None)
            if clash is not None:
                reference = 0.0 if component.field.shape else float(component.reference)
                x, y = (reference + float(component.scale) * v for v in clash)
                unit = component.field.unit.si
                found.append(
                    f"'{first}' and '{second}' meet and hold {component.name} at {x:.6g} {unit} and {y:.6g} {unit}; "
                    "the values jump there"
                )
    return found


def _values(bc: Any) -> dict[int, float]:
    values = np.asarray(bc.function_arg.dat.data_ro_with_halos)
    if values.ndim > 1:
        values = np.linalg.norm(values, axis=1)
    return {int(n): float(values[n]) for n in bc.nodes if n < len(values)}
