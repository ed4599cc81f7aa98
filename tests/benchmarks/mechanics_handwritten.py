"""inputs/benchmarks/one_way_mechanics.yaml written by hand in Firedrake, with one LU of the whole.

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
from firedrake import as_tensor, dev, exp, grad, inner, sym, tr  # noqa: E402
from turns import serve  # noqa: E402

METAL, SEI, ELECTROLYTE = 1, 2, 3
BASE, TOP, SIDES, METAL_SEI = 11, 12, 14, 13
R, F = 8.31446261815324, 96485.33212331001
KAPPA = {SEI: 5e-4, ELECTROLYTE: 0.883}
CONDUCTIVITY = {METAL: 142.0, SEI: 0.5, ELECTROLYTE: 0.2}
ELASTIC = {METAL: (4.6e9, 0.34), SEI: (5e9, 0.3)}
I0, CURRENT, T0, T_FREE, T_BASE, T_TOP, R_INT, EXPANSION = 20.0, 10.0, 298.65, 298.15, 298.15, 299.15, 1e-5, 7.1e-5
U, S, V = 5.5e-10, 1e6, 0.025
"""Units of displacement, stress and potential; temperatures are solved for as their distance from T0."""


def main(mesh_file: str) -> tuple[dict, Callable[[], float]]:
    imported = time.perf_counter()
    whole = fd.Mesh(mesh_file)
    ion, solid = fd.Submesh(whole, 2, [SEI, ELECTROLYTE]), fd.Submesh(whole, 2, [METAL, SEI])
    metal, sei = fd.Submesh(whole, 2, METAL), fd.Submesh(whole, 2, SEI)
    spaces = [fd.FunctionSpace(m, "CG", 2) for m in (ion, ion, metal)]
    spaces += [fd.VectorFunctionSpace(solid, "CG", 2), fd.FunctionSpace(metal, "CG", 1), fd.FunctionSpace(sei, "CG", 1)]
    W = fd.MixedFunctionSpace(spaces)
    w = fd.Function(W)
    scales = [fd.Constant(s) for s in (V, 1.0, 1.0, U, S, S)]
    phi, t_ion, t_metal, u, sh_metal, sh_sei = (s * part for s, part in zip(scales, fd.split(w), strict=True))
    v_phi, v_ion, v_metal, v_u, v_sh_metal, v_sh_sei = fd.TestFunctions(W)

    def measure(kind, mesh, where, *others):
        others = tuple(fd.Measure(k, m) for k, m in others)
        return fd.Measure(
            kind, domain=mesh, subdomain_id=where, intersect_measures=others, metadata={"quadrature_degree": 4}
        )

    form = 0
    for block in (SEI, ELECTROLYTE):
        kappa, k = fd.Constant(KAPPA[block]), fd.Constant(CONDUCTIVITY[block])
        dx = measure("dx", ion, block)
        form += kappa * inner(grad(phi), grad(v_phi)) * dx
        form += (k * inner(grad(t_ion), grad(v_ion)) - kappa * inner(grad(phi), grad(phi)) * v_ion) * dx
    form += fd.Constant(CONDUCTIVITY[METAL]) * inner(grad(t_metal), grad(v_metal)) * measure("dx", metal, "everywhere")
    f = F / (2 * R * (T0 + t_ion))
    reaction = fd.Constant(I0) * (exp(-f * phi) - exp(f * phi))
    heat = (t_metal - t_ion) / fd.Constant(R_INT)
    form -= reaction * v_phi * measure("ds", ion, METAL_SEI)
    form += heat * (v_metal - v_ion) * measure("ds", ion, METAL_SEI, ("ds", metal))
    form -= fd.Constant(CURRENT) * v_phi * measure("ds", ion, TOP)

    def plane_strain(w):
        g = grad(w)
        return as_tensor([[g[0, 0], g[0, 1], 0], [g[1, 0], g[1, 1], 0], [0, 0, 0]])

    for block, mesh, sh, v_sh in ((METAL, metal, sh_metal, v_sh_metal), (SEI, sei, sh_sei, v_sh_sei)):
        young, poisson = (fd.Constant(v) for v in ELASTIC[block])
        elastic = sym(plane_strain(u))
        if block == METAL:
            elastic -= fd.Constant(EXPANSION) * (t_metal + T0 - T_FREE) * fd.Identity(3)
        stress = young / (1 + poisson) * dev(elastic) + sh * fd.Identity(3)
        form += inner(stress, plane_strain(v_u)) * measure("dx", solid, block, ("dx", mesh))
        compressed = tr(elastic) - 3 * (1 - 2 * poisson) / young * sh
        form -= compressed * v_sh * measure("dx", mesh, "everywhere", ("dx", solid))
    bcs = [
        fd.DirichletBC(W.sub(1), T_TOP - T0, TOP),
        fd.DirichletBC(W.sub(2), T_BASE - T0, BASE),
        fd.DirichletBC(W.sub(3), 0, BASE),
        fd.DirichletBC(W.sub(3).sub(0), 0, SIDES),
    ]
    options = {
        "snes_type": "newtonls",
        "snes_linesearch_type": "none",
        "snes_rtol": 1e-30,
        "snes_atol": 1e-30,
        "snes_stol": 0,
        "snes_max_it": 5,
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
        "check": [float(fd.norm(part) * scale) for part, scale in zip(w.subfunctions, scales, strict=True)],
    }
    return figures, lambda: solve() / solver.snes.getIterationNumber()


if __name__ == "__main__":
    serve(*main(*sys.argv[1:]))
