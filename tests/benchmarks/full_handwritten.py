"""The first step of inputs/benchmarks/full_cell.yaml written by hand in Firedrake, kept fast.

Everything is solved on the mesh as it was read: gradients, areas and volumes are pulled back from where it has moved.
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
from firedrake import as_tensor, as_vector, dev, dot, exp, grad, inner, sqrt, sym, tr  # noqa: E402
from turns import serve  # noqa: E402

METAL, SEI, ELECTROLYTE = 1, 2, 3
BASE, TOP, SIDES, METAL_SEI, SEI_ELECTROLYTE = 11, 12, 14, 13, 15
R, F = 8.31446261815324, 96485.33212331001
STEP, T0, C0 = 1.0, 298.15, 1000.0
I0, ACTIVATION, CURRENT, R_INT, PRESSURE, T_TOP = 20.0, 15e3, 10.0, 1e-5, 0.5e6, 298.20
KAPPA = {SEI: 5e-4, ELECTROLYTE: 1.0}
CONDUCTIVITY = {METAL: 142.0, SEI: 0.5, ELECTROLYTE: 0.15}
CAPACITY = {METAL: 968 * 1228.0, SEI: 2000 * 1300.0, ELECTROLYTE: 1050 * 1850.0}
DIFFUSIVITY, T_PLUS, SORET = 1.3e-10, 0.5, 0.01
ELASTIC = {METAL: (4.6e9, 0.34), SEI: (5e9, 0.3)}
CREEP_PREFACTOR, CREEP_ENERGY, CREEP_STRESS, CREEP_EXPONENT = 5.1e4, 44e3, 0.235e6, 5.0
OMEGA_METAL, OMEGA_ION = 2.375e-5, 2.7e-6
# Units of the unknowns: displacement, stress, creep strain, mesh displacement, concentration, potential; kelvin.
U, S, E, D, C, V = 5.5e-10, 1e6, 1e-3, 5.5e-9, 100.0, 0.025


def main(mesh_file: str) -> tuple[dict, Callable[[], float]]:
    imported = time.perf_counter()
    whole = fd.Mesh(mesh_file)
    ion, solid = fd.Submesh(whole, 2, [SEI, ELECTROLYTE]), fd.Submesh(whole, 2, [METAL, SEI])
    metal, sei, electrolyte = (fd.Submesh(whole, 2, b) for b in (METAL, SEI, ELECTROLYTE))
    surface = fd.Submesh(whole, 1, METAL_SEI)
    W = fd.MixedFunctionSpace(
        [
            fd.VectorFunctionSpace(metal, "DG", 1, dim=3),
            fd.VectorFunctionSpace(solid, "CG", 2),
            fd.FunctionSpace(ion, "CG", 2),
            fd.FunctionSpace(metal, "CG", 1),
            fd.FunctionSpace(sei, "CG", 1),
            fd.FunctionSpace(surface, "CG", 2),
            fd.VectorFunctionSpace(whole, "CG", 2),
            fd.FunctionSpace(electrolyte, "CG", 2),
            fd.FunctionSpace(metal, "CG", 2),
            fd.FunctionSpace(ion, "CG", 2),
        ]
    )
    states = [fd.Function(W) for _ in range(3)]
    rates = [fd.Constant(1 / STEP), fd.Constant(-1 / STEP), fd.Constant(0.0)]
    scales = [fd.Constant(s) for s in (E, U, V, S, S, 1.0, D, C, 1.0, 1.0)]
    levels = [[s * part for s, part in zip(scales, fd.split(w), strict=True)] for w in states]
    strain, u, phi, sh_metal, sh_sei, pull, d, dc, dt_metal, dt_ion = levels[0]
    v_strain, v_u, v_phi, v_sh_metal, v_sh_sei, v_pull, v_d, v_c, v_t_metal, v_t_ion = fd.TestFunctions(W)
    c, t_metal, t_ion = C0 + dc, T0 + dt_metal, T0 + dt_ion
    (
        i0,
        activation,
        current,
        r_int,
        pressure,
        kappa_e,
        t_plus,
        diffusivity,
        soret,
        omega_metal,
        omega_ion,
        prefactor,
        energy,
        sigma_0,
        n,
    ) = (
        fd.Constant(v)
        for v in (
            I0,
            ACTIVATION,
            CURRENT,
            R_INT,
            PRESSURE,
            KAPPA[ELECTROLYTE],
            T_PLUS,
            DIFFUSIVITY,
            SORET,
            OMEGA_METAL,
            OMEGA_ION,
            CREEP_PREFACTOR,
            CREEP_ENERGY,
            CREEP_STRESS,
            CREEP_EXPONENT,
        )
    )
    kappa = {b: fd.Constant(v) for b, v in KAPPA.items()}
    conductivity = {b: fd.Constant(v) for b, v in CONDUCTIVITY.items()}
    capacity = {b: fd.Constant(v) for b, v in CAPACITY.items()}

    def measure(kind, mesh, where, *others):
        others = tuple(fd.Measure(k, m) for k, m in others)
        return fd.Measure(
            kind, domain=mesh, subdomain_id=where, intersect_measures=others, metadata={"quadrature_degree": 4}
        )

    # The moving mesh: its deformation at every level, its velocity, and gradients where it is now.
    identity = fd.Identity(2)
    deformations = [identity + grad(level[6]) for level in levels]
    F_now, volume = deformations[0], fd.det(deformations[0])
    back = fd.inv(F_now)
    velocity = sum(a * level[6] for a, level in zip(rates, levels, strict=True))
    spread = tr(dot(grad(velocity), back))

    def now(gradient):
        return dot(gradient, back)

    def rate(index):
        return sum(a * level[index] for a, level in zip(rates, levels, strict=True))

    def stored(index):
        """The rate of what a moving volume holds."""
        return sum(
            a * fd.det(deformed) * level[index] for a, deformed, level in zip(rates, deformations, levels, strict=True)
        )

    def area_vector(normal, restricted=True):
        deformed = F_now("+") if restricted else F_now
        return abs(fd.det(deformed)) * dot(fd.transpose(fd.inv(deformed)), normal)

    # Charge, salt and heat.
    form = 0
    for block in (SEI, ELECTROLYTE):
        i = -kappa[block] * now(grad(phi))
        meshes = [("dx", whole)]
        if block == ELECTROLYTE:
            drive = 2 * R * t_ion * now(grad(c)) / c
            i += kappa_e * (1 - t_plus) * drive / F
            meshes.append(("dx", electrolyte))
            anions = -diffusivity * (now(grad(c)) + soret * c * now(grad(t_ion))) - (1 - t_plus) * i / F
            dx = measure("dx", electrolyte, "everywhere", ("dx", ion), ("dx", whole))
            form += (stored(7) - volume * dc * spread) * v_c * dx
            form -= volume * inner(anions, now(grad(v_c))) * dx
        dx = measure("dx", ion, block, *meshes)
        form -= volume * inner(i, now(grad(v_phi))) * dx
        form += capacity[block] * (stored(9) - volume * dt_ion * spread) * v_t_ion * dx
        form += volume * conductivity[block] * inner(now(grad(t_ion)), now(grad(v_t_ion))) * dx
        form += volume * inner(i, now(grad(phi))) * v_t_ion * dx
    dx = measure("dx", metal, "everywhere", ("dx", whole))
    form += capacity[METAL] * stored(8) * v_t_metal * dx
    form += (
        volume
        * inner(conductivity[METAL] * now(grad(t_metal)) + capacity[METAL] * dt_metal * velocity, now(grad(v_t_metal)))
        * dx
    )

    # Stress and creep.
    def patch(w):
        g = now(grad(w))
        return as_tensor([[g[0, 0], g[0, 1], 0], [g[1, 0], g[1, 1], 0], [0, 0, 0]])

    def tensor(e):
        return as_tensor([[e[0], e[2], 0], [e[2], e[1], 0], [0, 0, -e[0] - e[1]]])

    for block, mesh, sh, v_sh in ((METAL, metal, sh_metal, v_sh_metal), (SEI, sei, sh_sei, v_sh_sei)):
        young, poisson = (fd.Constant(v) for v in ELASTIC[block])
        mu = young / (2 * (1 + poisson))
        elastic = sym(patch(u)) - (tensor(strain) if block == METAL else 0 * fd.Identity(3))
        stress = 2 * mu * dev(elastic) + sh * fd.Identity(3)
        dx = measure("dx", solid, block, ("dx", whole), ("dx", mesh))
        form += volume * inner(stress, patch(v_u)) * dx
        dx = measure("dx", mesh, "everywhere", ("dx", whole), ("dx", solid))
        form -= volume * (tr(elastic) - 3 * (1 - 2 * poisson) / young * sh) * v_sh * dx
        if block == METAL:
            A = prefactor * exp(-energy / (R * t_metal))
            s = dev(stress)
            r = rate(0) - dot(now(grad(strain)), velocity)
            x = sqrt(2 / 3 * inner(tensor(r), tensor(r)) / A**2 + 1e-60)
            y = sqrt(1.5 * inner(s, s) / sigma_0**2 + 1e-60)
            flow = as_vector([s[0, 0], s[1, 1], s[0, 1]]) / sigma_0
            gained = 1.5 * y ** (n - 1) / sqrt(1 + y**n) * flow - r / (A * sqrt(1 + x))
            form -= volume * inner(gained, v_strain) * dx

    # The surface of the metal.
    f = F / (2 * R * t_ion)
    shift = (omega_ion * sh_sei - omega_metal * sh_metal) / F
    exchange = i0 * exp(-activation / R * (1 / t_ion - 1 / fd.Constant(T0)))
    reaction = exchange * (exp(f * (-phi + 2 * shift)) - exp(f * phi))
    normal = fd.FacetNormal(ion)
    area = area_vector(normal)
    size = sqrt(dot(area, area))
    heat = (t_metal - t_ion) / r_int
    both = measure("ds", ion, METAL_SEI, ("dS", whole), ("ds", metal), ("ds", sei))
    form -= size * reaction * v_phi * both
    form += size * heat * (v_t_metal - v_t_ion) * both
    n_metal = fd.FacetNormal(metal)
    speed_area = dot(velocity("+"), area_vector(n_metal))
    form -= capacity[METAL] * dt_metal * speed_area * v_t_metal * measure("ds", metal, METAL_SEI, ("dS", whole))
    on = measure("dx", surface, "everywhere", ("dS", whole), ("ds", ion), ("ds", metal), ("ds", sei))
    area = area_vector(n_metal)
    growth = -reaction * omega_metal / F
    form += (dot(velocity("+"), area) - growth * sqrt(dot(area, area))) * v_pull * on
    form -= pull * inner(n_metal, v_d("+")) * measure("dx", surface, "everywhere", ("dS", whole), ("ds", metal))
    form += inner(grad(d), grad(v_d)) * measure("dx", whole, "everywhere")

    # Loads.
    outer = area_vector(fd.FacetNormal(ion), False)
    form -= sqrt(dot(outer, outer)) * current * v_phi * measure("ds", ion, TOP, ("ds", whole))
    outer = area_vector(fd.FacetNormal(solid))
    form += pressure * inner(outer, v_u) * measure("ds", solid, SEI_ELECTROLYTE, ("dS", whole))

    bcs = [
        fd.DirichletBC(W.sub(1), 0, BASE),
        fd.DirichletBC(W.sub(1).sub(0), 0, SIDES),
        fd.DirichletBC(W.sub(6), 0, BASE),
        fd.DirichletBC(W.sub(6).sub(0), 0, SIDES),
        fd.DirichletBC(W.sub(8), 0, BASE),
        fd.DirichletBC(W.sub(9), T_TOP - T0, TOP),
    ]
    options = {
        "snes_type": "newtonls",
        "snes_linesearch_type": "basic",
        "snes_rtol": 1e-30,
        "snes_atol": 1e-30,
        "snes_stol": 0,
        "snes_max_it": 8,
        "mat_type": "aij",
        "ksp_type": "preonly",
        "pc_type": "lu",
        "pc_factor_mat_solver_type": "mumps",
        "mat_mumps_icntl_14": 200,
    }
    solver = fd.NonlinearVariationalSolver(
        fd.NonlinearVariationalProblem(form, states[0], bcs), solver_parameters=options
    )

    def solve() -> float:
        for state in states:
            state.assign(0)
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
        "check": [float(fd.norm(part) * scale) for part, scale in zip(states[0].subfunctions, scales, strict=True)],
    }
    return figures, lambda: solve() / solver.snes.getIterationNumber()


if __name__ == "__main__":
    serve(*main(sys.argv[1]))
