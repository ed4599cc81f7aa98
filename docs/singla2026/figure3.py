"""Figure 3: creep, growth of the filament height and stress of the SEI, of sodium and lithium."""

from __future__ import annotations

from itertools import product

from claim import CHECK, Claim, Curves, Figure, Finding, Panels, Pivot, Tables, chain, falls, found
from kept_table import Rows, Value

from singla2026 import closed_forms

STRESSES = (0.1, 1.0, 10.0, 40.0, 100.0)
"""MPa."""
MODULI, ACTIVATIONS = (5.0, 0.5), (0.0, 15.0)
"""Of the SEI, GPa, and activation energies of the reaction, kJ/mol; the paper's condition is 0 kJ/mol."""
LITTLE = 0.2
"""What counts as little between 0 and 60 degC, as a share; ours, since the paper gives no number in its text."""
STRESS = "hydrostatic_stress_max (sei)"


def sodium_above(tables: Tables) -> Finding:
    rows = tables["fig3a_stress"]
    cases, agree = {}, 0
    for p in STRESSES:
        na, li = (rows.series("creep_rate_max", "T", metal=m, stress=p) for m in ("sodium", "lithium"))
        for T, a, b in zip((0, 60), na, li, strict=True):
            cases[f"{p:g} MPa, {T:g}"] = a > b
            agree += (a > b) == (p * 1e6 < closed_forms.equal_creep(273.15 + T))
    na, li = (tables["fig3a_creep_rate"].series("creep_rate_max", "T", metal=m) for m in ("sodium", "lithium"))
    cases |= {f"{n}": a > b for n, (a, b) in enumerate(zip(na, li, strict=True))}
    equal = [closed_forms.equal_creep(273.15 + T) / 1e6 for T in (0, 60)]
    numbers = (
        f"at 1 MPa sodium {chain(na, 3)} 1/s, lithium {chain(li, 3)} 1/s from 0 to 60 °C; at 0.1 to 100 MPa the closed form "
        f"gives the order of {agree} of {2 * len(STRESSES)} pairs of runs"
    )
    where = (
        f"p < [A_Na σ_Li^6.56/(A_Li σ_Na^5)]^(1/1.56), with A at T: {equal[0]:.1f} MPa at 0 °C, {equal[1]:.1f} at 60 °C"
    )
    return found(cases, numbers, where)


def steeper(tables: Tables) -> Finding:
    factors = []
    for metal in ("sodium", "lithium"):
        rates = tables["fig3a_creep_rate"].series("creep_rate_max", "T", metal=metal)
        factors.append(rates[-1] / rates[0])
    return Finding(
        CHECK, f"from 0 to 60 °C by {factors[0]:.1f} and {factors[1]:.1f}; 44 and 33 kJ/mol are our own input"
    )


def growth(rows: Rows, **fixed: Value) -> float:
    """Return dh, nm: peak minus valley of the new surface, including creep, minus its initial value."""
    height = rows.one("surface_top", **fixed) - rows.one("surface_bottom", **fixed)
    return 1e9 * (height - 2 * closed_forms.AMPLITUDE)


def _over(tables: Tables, holds: object, numbers: str, where: str) -> Finding:
    """Judge a statement in all swept conditions: a function of modulus and activation energy."""
    assert callable(holds)
    cases = {f"{E:g} GPa, E_r = {a:g}": bool(holds(E, a)) for E, a in product(MODULI, ACTIVATIONS)}
    there = "; ".join(name for name, holds_there in cases.items() if holds_there)
    return found(cases, numbers, f"{there or 'none'}{where}")


def _pairs(tables: Tables, metal: str, stress: bool, E: float, a: float) -> tuple[float, float]:
    """Return dh, nm, or the largest hydrostatic stress in the SEI, MPa, at 0 and 60 degC."""
    rows = tables["fig3_growth"]
    fixed = [{"metal": metal, "E_modulus": E, "E_r": a, "T": T} for T in (0, 60)]
    cold, warm = (1e-6 * rows.one(STRESS, **f) if stress else growth(rows, **f) for f in fixed)
    return cold, warm


def _numbers(tables: Tables, stress: bool) -> str:
    unit = "MPa" if stress else "nm"
    lines = []
    for E, a in product(MODULI, ACTIVATIONS):
        na, li = (_pairs(tables, m, stress, E, a) for m in ("sodium", "lithium"))
        lines.append(f"SEI {E:g} GPa, E_r = {a:g}: Na {chain(na, 3)}, Li {chain(li, 3)} {unit}")
    return "; ".join(lines) + ", at 0 → 60 °C"


def _sodium_more(tables: Tables, stress: bool) -> Finding:
    def holds(E: float, a: float) -> bool:
        na, li = (_pairs(tables, m, stress, E, a) for m in ("sodium", "lithium"))
        return na[0] > li[0] and na[1] > li[1]

    return _over(tables, holds, _numbers(tables, stress), "")


def sodium_grows_faster(tables: Tables) -> Finding:
    return _sodium_more(tables, stress=False)


def sodium_stress_higher(tables: Tables) -> Finding:
    return _sodium_more(tables, stress=True)


def _lithium_lower(tables: Tables, stress: bool) -> Finding:
    def holds(E: float, a: float) -> bool:
        return falls(_pairs(tables, "lithium", stress, E, a))

    lines = [
        f"{E:g} GPa, E_r = {a:g}: {chain(_pairs(tables, 'lithium', stress, E, a), 3)}"
        for E, a in product(MODULI, ACTIVATIONS)
    ]
    return _over(tables, holds, f"lithium, {'; '.join(lines)} {'MPa' if stress else 'nm'}", "")


def lithium_smoother(tables: Tables) -> Finding:
    return _lithium_lower(tables, stress=False)


def lithium_stress_lower(tables: Tables) -> Finding:
    return _lithium_lower(tables, stress=True)


def sodium_differs_little(tables: Tables) -> Finding:
    def holds(E: float, a: float) -> bool:
        cold, warm = _pairs(tables, "sodium", False, E, a)
        return abs(warm / cold - 1) < LITTLE

    lines = [
        f"{E:g} GPa, E_r = {a:g}: {chain(_pairs(tables, 'sodium', False, E, a), 3)}"
        for E, a in product(MODULI, ACTIVATIONS)
    ]
    return _over(tables, holds, f"sodium, {'; '.join(lines)} nm", " (by less than a fifth)")


def sodium_stays_high(tables: Tables) -> Finding:
    def holds(E: float, a: float) -> bool:
        cold, warm = _pairs(tables, "sodium", True, E, a)
        return warm > 0.5 * cold and warm > _pairs(tables, "lithium", True, E, a)[1]

    lines = [
        f"{E:g} GPa, E_r = {a:g}: {chain(_pairs(tables, 'sodium', True, E, a), 3)}"
        for E, a in product(MODULI, ACTIVATIONS)
    ]
    return _over(
        tables, holds, f"sodium, {'; '.join(lines)} MPa", " (more than half of that at 0 °C, and above lithium)"
    )


def reduced_law(tables: Tables) -> Finding:
    rows = tables["fig3_surface_creep"]
    cases, lines = {}, []
    for p in (0.12, 0.235, 0.73):
        li, na = ([growth(rows, metal=m, p=p, T=T) for T in (0, 60)] for m in ("lithium", "sodium"))
        cases[f"{p:g}"] = falls(li) and abs(na[1] / na[0] - 1) < LITTLE
        lines.append(f"p = {p:g} MPa: Li {chain(li, 3)}, Na {chain(na, 3)} nm")
    where = ", ".join(p for p, holds in cases.items() if holds)
    return found(cases, "; ".join(lines), f"p = {where or 'none'} MPa")


def coarser_mesh(tables: Tables) -> Finding:
    lines = []
    for metal in ("sodium", "lithium"):
        own = {"metal": metal, "T": 60, "E_modulus": 5, "E_r": 0}
        there = [(tables["fig3_mesh"], {"metal": metal}), (tables["fig3_growth"], own)]
        dh = [growth(rows, **fixed) for rows, fixed in there]
        stress = [1e-6 * rows.one(STRESS, **fixed) for rows, fixed in there]
        lines.append(f"{metal}: dh {chain(dh)} nm, largest hydrostatic stress {chain(stress)} MPa")
    return Finding(CHECK, f"60 °C, cells of twice the size → those of the figure: {'; '.join(lines)}")


GROWTH, CREEP = ("fig3_growth",), ("fig3a_creep_rate", "fig3a_stress")
FOUR = tuple({"metal": m, "T": T} for m in ("sodium", "lithium") for T in (0.0, 60.0))
BASE: dict[str, Value] = {"E_modulus": 5, "E_r": 0}
FIGURE = Figure(
    "Figure 3",
    "Isothermal; the reaction is not varied with temperature (E_r = 0), ratio 1, the same SEI for both metals, 7 "
    "minutes."
    "dh is the growth of the filament height: peak minus valley of the new surface, including creep, minus its "
    "initial value. The modulus of the SEI and E_r = 15 kJ/mol are swept in addition to the condition of the "
    "paper. The creep of sodium has been measured only near room temperature; runs at 0 and 60 °C give a warning.",
    (
        Claim(
            "3a",
            "at the same stress sodium creeps faster than lithium at every T",
            "creep strain rate",
            CREEP,
            sodium_above,
        ),
        Claim("3a", "and more steeply with T", "creep strain rate", CREEP, steeper, is_check=True),
        Claim("3b-e, j", "sodium grows faster at 0 and at 60 °C", "dh", GROWTH, sodium_grows_faster),
        Claim("3b-e, j", "lithium becomes smoother at 60 than at 0 °C", "dh", GROWTH, lithium_smoother),
        Claim("3b-e, j", "sodium differs little between 0 and 60 °C", "dh", GROWTH, sodium_differs_little),
        Claim(
            "3f-i, k",
            "the stress is higher on sodium at 0 and at 60 °C",
            "largest hydrostatic stress in the SEI, σ_zz included",
            GROWTH,
            sodium_stress_higher,
        ),
        Claim("3f-i, k", "that on lithium is lower at 60 than at 0 °C", "the same", GROWTH, lithium_stress_lower),
        Claim("3f-i, k", "that on sodium is still high at 60 °C", "the same", GROWTH, sodium_stays_high),
        Claim(
            "3b-e, j",
            "with the paper's reduced law of creep under a given pressure: lithium smoother, sodium little changed",
            "dh",
            ("fig3_surface_creep",),
            reduced_law,
        ),
        Claim(
            "3b-k",
            "not in the paper: the effect of the mesh",
            "dh, hydrostatic stress",
            ("fig3_mesh", "fig3_growth"),
            coarser_mesh,
            is_check=True,
        ),
    ),
    (
        Pivot("fig3a_creep_rate", "Creep strain rate at 1 MPa, 1/s", "creep_rate_max", "metal", "T"),
        Pivot("fig3a_stress", "The same at 0 °C, 1/s", "creep_rate_max", "metal", "stress", {"T": 0}),
        Pivot("fig3a_stress", "The same at 60 °C, 1/s", "creep_rate_max", "metal", "stress", {"T": 60}),
    ),
    (
        Panels(
            "surface",
            "fig3_growth",
            "3b-e: growth of the metal, on its new surface; sodium above, lithium below; at 0 and 60 °C",
            "mesh_displacement",
            "displacement by growth [nm]",
            ("metal", ("sodium", "lithium")),
            ("T", (0, 60)),
            BASE,
            blocks=("metal",),
            factor=1e9,
            box=(-500, -60, 500, 180),
            patch=1.4,
        ),
        Curves(
            "dh",
            "fig3_growth",
            "3j: growth of the filament height over time; where the curves cross, lithium has overtaken sodium",
            "dh [nm]",
            FOUR,
            BASE,
            {"surface_top": 1e9, "surface_bottom": -1e9},
            less=2e9 * closed_forms.AMPLITUDE,
        ),
        Panels(
            "stress",
            "fig3_growth",
            "3f-i: hydrostatic stress in the SEI after 7 minutes, tension positive; sodium above, lithium below; "
            "at 0 and"
            "60 °C",
            "hydrostatic_stress",
            "hydrostatic stress [MPa]",
            ("metal", ("sodium", "lithium")),
            ("T", (0, 60)),
            BASE,
            factor=1e-6,
            both_signs=True,
            box=(-500, -20, 500, 170),
            patch=1.6,
        ),
        Curves(
            "stress-over-time",
            "fig3_growth",
            "3k: largest hydrostatic stress in the SEI over time",
            "largest hydrostatic stress [MPa]",
            FOUR,
            BASE,
            {STRESS: 1e-6},
        ),
    ),
    {"fig3a_creep_rate-creep_rate_max-over-T-by-metal": "3a: creep strain rate over temperature, at 1 MPa"},
)
