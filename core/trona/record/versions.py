"""The versions of trona, its dependencies, and the distributions of its plugins."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, version

_DISTRIBUTIONS = ("trona", "firedrake", "petsc4py", "fenics-ufl", "numpy")


def versions() -> dict[str, str]:
    """Versions by name, without imports; 'not installed' for a missing distribution."""
    return dict(_versions())


@cache  # they are read from the disk, and stay as they are while a process runs
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    for point in entry_points(group="trona"):
        if point.dist is not None:
            found[point.dist.name] = point.dist.version
    return found
