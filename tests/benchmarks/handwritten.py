"""The main job written by hand in Firedrake: what a user without trona would write, kept fast.

Prints a JSON line with set-up time and peak memory of this process, then solves when asked (turns.py).
"""

import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("PYOP2_CFLAGS", "-fno-fast-math")
begin = time.perf_counter()

import firedrake as fd  # noqa: E402
from turns import serve  # noqa: E402

METAL, SEI, ELECTROLYTE = 1, 2, 3
BASE, TOP, METAL_SEI = 11, 12, 13
R, F = 8.31446261815324, 96485.33212331001
KAPPA = {SEI: 5e-4, ELECTROLYTE: 0.883}
CONDUCTIVITY = {METAL: 142.0, SEI: 0.5, ELECTROLYTE: 0.2}
HEAT_CAPACITY = {METAL: 968.0 * 1228.0, SEI: 2000.0 * 1300.0, ELECTROLYTE: 1250.0 * 1800.0}
I0, CURRENT, T0, R_INT = 20.0, 10.0, 298.15, 1e-5


def main(mesh_file: str, step: str = "") -> tuple[dict, Callable[[], float]]:
    """Solve the steady problem; with the size of a time step, s, the first step from rest."""
    imported = time.perf_counter()
    mesh = fd.Mesh(mesh_file)
    ion, metal = fd.Submesh(mesh, 2, [SEI, ELECTROLYTE]), fd.Submesh(mesh, 2, METAL)
    V, Vi, Vm = (fd.FunctionSpace(m, "CG", 2) for m in (ion, ion, metal))
    W = V * Vi * Vm
    w = fd.Function(W)
    phi, ti, tm = fd.split(w)
    v, si, sm = fd.TestFunctions(W)
    quadrature = {"quadrature_degree": 4}
    dx_ion, dx_metal = (fd.Measure("dx", domain=m, metadata=quadrature) for m in (ion, metal))
    ds_ion = fd.Measure("ds", domain=ion, metadata=quadrature)
    both = fd.Measure("ds", domain=ion, intersect_measures=(fd.Measure("ds", metal),), metadata=quadrature)
    current, i0, resistance = fd.Constant(CURRENT), fd.Constant(I0), fd.Constant(R_INT)
    temperature = T0 + ti
    f = F / (2 * R * temperature)
    rate = i0 * (fd.exp(-f * phi) - fd.exp(f * phi))
    heat = (ti - tm) / resistance
    form = -current * v * ds_ion(TOP) - rate * v * ds_ion(METAL_SEI)
    for block in (SEI, ELECTROLYTE):
        kappa, k = fd.Constant(KAPPA[block]), fd.Constant(CONDUCTIVITY[block])
        form += fd.inner(kappa * fd.grad(phi), fd.grad(v)) * dx_ion(block)
        form += fd.inner(k * fd.grad(ti), fd.grad(si)) * dx_ion(block)
        form -= kappa * fd.inner(fd.grad(phi), fd.grad(phi)) * si * dx_ion(block)
    form += fd.inner(fd.Constant(CONDUCTIVITY[METAL]) * fd.grad(tm), fd.grad(sm)) * dx_metal
    form += heat * (si - sm) * both(METAL_SEI)
    if step:
        old_i, old_m = fd.Function(Vi), fd.Function(Vm)
        rate = 1 / fd.Constant(float(step))
        for block in (SEI, ELECTROLYTE):
            form += rate * fd.Constant(HEAT_CAPACITY[block]) * (ti - old_i) * si * dx_ion(block)
        form += rate * fd.Constant(HEAT_CAPACITY[METAL]) * (tm - old_m) * sm * dx_metal
    bcs = [fd.DirichletBC(W.sub(1), 0, TOP), fd.DirichletBC(W.sub(2), 0, BASE)]
    options = {
        "snes_type": "newtonls",
        "snes_linesearch_type": "basic",
        "snes_rtol": 1e-30,
        "snes_atol": 1e-30,
        "snes_stol": 0,
        "snes_max_it": 4,
        "mat_type": "aij",
        "ksp_type": "preonly",
        "pc_type": "lu",
        "pc_factor_mat_solver_type": "mumps",
        "mat_mumps_icntl_14": 200,
    }
    solver = fd.NonlinearVariationalSolver(fd.NonlinearVariationalProblem(form, w, bcs), solver_parameters=options)

    def solve() -> float:
        w.assign(0)
        start = time.perf_counter()
        with suppress(fd.ConvergenceError):  # a fixed number of steps is wanted, not convergence
            solver.solve()
        return time.perf_counter() - start

    solve()
    ready = time.perf_counter()
    figures = {
        "unknowns": W.dim(),
        "import": imported - begin,
        "set_up": ready - imported,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "check": [float(fd.norm(part)) for part in w.subfunctions],
    }
    return figures, lambda: solve() / solver.snes.getIterationNumber()


if __name__ == "__main__":
    serve(*main(*sys.argv[1:]))
