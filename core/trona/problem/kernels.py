"""Kernels: integrals that differ only in where they are taken share one, because each costs seconds to compile."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trona.problem.site import Site

Place = tuple[str, Any, "int | None"]
"""The kind and mesh of a site, and one label there; no label is all of it."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """An integrand, with its test function, over labels of a site; meshes: those that it needs."""

    integrand: Any
    site: Site
    labels: tuple[int, ...]
    meshes: tuple[Any, ...]

    def place(self, label: int | None) -> Place:
        return self.site.kind, self.site.mesh, label


@dataclass(eq=False)
class _Alike:
    """Kernels with one integrand; times: how often it stands at each label. Two equal terms there are two terms."""

    first: Kernel
    times: Counter[int | None]


def share_kernels(kernels: Iterable[Kernel]) -> list[Kernel]:
    """Return as few kernels as have the same sum.

    What is taken at one place becomes one integrand, and one kernel serves all places that have equal integrands.
    """
    alike = _by_integrand(kernels)
    meshes = _meshes_at_places(alike)
    found: dict[Any, tuple[Kernel, list[Any]]] = {}
    for each in alike:
        site = each.first.site
        together: dict[Any, list[int | None]] = {}
        for label, times in sorted(each.times.items(), key=lambda item: item[0] or 0):
            together.setdefault((frozenset(meshes[each.first.place(label)]), times), []).append(label)
        for (seen, times), at in together.items():
            labels = tuple(label for label in at if label is not None)
            whole = Kernel(None, site, labels, tuple(meshes[each.first.place(at[0])]))
            _, integrands = found.setdefault((site.kind, site.mesh, site.degree, site.rule, seen, labels), (whole, []))
            integrands += [each.first.integrand] * times
    return [Kernel(sum(i[1:], i[0]), k.site, k.labels, k.meshes) for k, i in found.values()]


def _by_integrand(kernels: Iterable[Kernel]) -> list[_Alike]:
    found: dict[Any, _Alike] = {}
    for kernel in kernels:
        site = kernel.site
        key = (site.kind, site.mesh, site.degree, site.rule, frozenset(kernel.meshes), kernel.integrand)
        found.setdefault(key, _Alike(kernel, Counter())).times.update(kernel.labels or (None,))
    return list(found.values())


def _meshes_at_places(alike: list[_Alike]) -> dict[Place, dict[Any, None]]:
    """Return the meshes that anything at a place needs: fewer, larger kernels than one for each selection of them."""
    found: dict[Place, dict[Any, None]] = {}
    for each in alike:
        for label in each.times:
            found.setdefault(each.first.place(label), {}).update(dict.fromkeys(each.first.meshes))
    return found
