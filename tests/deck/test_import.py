"""Reading a deck needs none of the heavy libraries."""

import subprocess
import sys

HEAVY = ("firedrake", "ufl", "petsc4py", "matplotlib", "vtk", "meshio", "pint")


def test_import_is_light() -> None:
    code = f"import sys, trona.deck; print([name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
