"""The maps of Singla et al. 2026: what each settles, the margin of every claim, and the closed form of its border."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kept_table import Rows, Value

R, F = 8.31446261815324, 96485.33212331001
ZERO, SIXTY = 273.15, 333.15
T_BASE = 298.15

Point = tuple[float, float, float]
"""Horizontal and vertical parameter and the one that makes a panel, in the units of the table."""


class Cases:
    """The cases at one point of a map."""

    def __init__(self, rows: Sequence[Mapping[str, str]]) -> None:
        self.rows = rows

    def one(self, output: str, **fixed: Value) -> float:
        """Return an output of the case with these parameters; NaN where it has failed or not run."""
        for row in self.rows:
            if all(
                row[name].startswith(value) if isinstance(value, str) else math.isclose(float(row[name]), value)
                for name, value in fixed.items()
            ):
                return float(row[output] or "nan")
        return math.nan


@dataclass(frozen=True)
class Axis:
    """root: drawn over the square root, for what begins at zero and matters most near it."""

    name: str
    label: str
    log: bool = False
    root: bool = False

    def scale(self, value: float) -> float:
        return math.log(value) if self.log else value

    def middle(self, low: float, high: float) -> float:
        return math.sqrt(low * high) if self.log else (low + high) / 2


@dataclass(frozen=True)
class Border:
    """A closed form: the claim should hold where `value` of (x, y, panel) is above zero."""

    text: str
    value: Callable[[float, float, float], float]


@dataclass(frozen=True)
class MapClaim:
    """A claim: `margin` of the cases at a point is above zero where it holds."""

    figure: str
    text: str
    quantity: str
    margin: Callable[[Cases], float]
    borders: tuple[Border, ...] = ()


@dataclass(frozen=True)
class Map:
    """A map: its deck is inputs/singla2026/maps/NAME.yaml.

    Borders are looked for along `along`, which is x, y or xy, and halved `rounds` times.
    """

    name: str
    title: str
    x: Axis
    y: Axis
    panel: str
    panel_text: Callable[[float], str]
    claims: tuple[MapClaim, ...]
    finer_at: Point
    finer: tuple[str, ...]
    shorter: tuple[str, ...] = ()
    """Overrides that halve the time steps, for a run at the same point."""
    along: str = "y"
    rounds: int = 3
    marks: tuple[tuple[str, float, float], ...] = ()
    """Points with a name."""
    flat_at: tuple[Point, ...] = field(default=())
    """Points run with a wave of a hundredth, where the closed form is exact to first order."""
    notes: str = ""


@dataclass(frozen=True)
class Bracket:
    """Two neighbouring runs on the two sides of a border."""

    low: Point
    high: Point
    middle: Point
    margins: tuple[float, float]
    place: int
    """0 where they are neighbours along x, 1 along y."""


def points(wanted: Map, rows: Rows, parts: Iterable[str] | None = None) -> dict[Point, Cases]:
    """Return the points of a table, those of the grid and of the rounds if nothing else is said."""
    found: dict[Point, list[Mapping[str, str]]] = {}
    names = (wanted.x.name, wanted.y.name, wanted.panel)
    for case in rows.cases:
        if case["part"] in parts if parts is not None else case["part"] not in ("finer", "shorter", "flat"):
            x, y, panel = (float(f"{float(case[name]):.6g}") for name in names)  # grid and rounds write other digits
            found.setdefault((x, y, panel), []).append(case)
    return {point: Cases(cases) for point, cases in sorted(found.items())}


def brackets(wanted: Map, claim: MapClaim, at: Mapping[Point, Cases]) -> list[Bracket]:
    """Return the neighbours along the axes of the map between which the claim's margin changes its sign."""
    margins = {p: claim.margin(cases) for p, cases in at.items()}
    known = [p for p in at if math.isfinite(margins[p])]
    found = []
    for name in wanted.along:
        place = "xy".index(name)
        axis = wanted.y if place else wanted.x
        for low, high in pairwise(sorted(known, key=lambda p: (p[2], p[1 - place], p[place]))):
            if (low[2], low[1 - place]) != (high[2], high[1 - place]):
                continue
            if (margins[low] > 0) != (margins[high] > 0):
                value = float(f"{axis.middle(low[place], high[place]):.6g}")
                middle = (low[0], value, low[2]) if place else (value, low[1], low[2])
                found.append(Bracket(low, high, middle, (margins[low], margins[high]), place))
    return found


# ---------------------------------------------------------------------- the film as two resistors in series

THICKNESS, WAVE, K = 50e-9, 20e-9, 2 * math.pi / 1e-6
CURRENT, I_0, KAPPA_SEI, KAPPA_E = 10.0, 20.0, 5e-4, 0.883


def activated(energy: float, temperature: float) -> float:
    """energy in kJ/mol; 1 at 25 degC."""
    return math.exp(1e3 * energy / R * (1 / T_BASE - 1 / temperature))


def frozen(energy: float) -> float:
    """The factor on a value at 25 degC that comes with a prefactor frozen at 15 kJ/mol."""
    return math.exp(1e3 * (15 - energy) / (R * T_BASE))


def unevenness(temperature: float, sei: float, i_0: float) -> float:
    """Return eps = (theta - 1)/(theta + 1) to first order in the wave, for given conductivity of the SEI and i0."""
    electrolyte = KAPPA_E * activated(15, temperature)
    transfer = 2 * R * temperature / F / math.hypot(CURRENT, 2 * i_0)
    resistance = transfer + THICKNESS / sei + math.tanh(K * 5e-6) / (K * electrolyte)
    return WAVE * (1 / sei - 1 / electrolyte) / resistance


def theta(eps: float) -> float:
    return (1 + abs(eps)) / (1 - abs(eps)) if abs(eps) < 1 else math.inf


def _energy(value: float) -> str:
    return f"E_r = {value:g} kJ/mol"


# ---------------------------------------------------------------------- Figures 2a-2i


def theta_falls(cases: Cases) -> float:
    cold, warm = (cases.one("theta", T=t) for t in (0, 60))
    return math.log(cold / warm)


def _film_theta(E_r: float, E_sei: float, mode: float, temperature: float) -> float:
    sei = KAPPA_SEI * activated(E_sei, temperature) * (frozen(E_sei) if mode else 1)
    i_0 = I_0 * activated(E_r, temperature) * (frozen(E_r) if mode else 1)
    return theta(unevenness(temperature, sei, i_0))


LOG_MEAN = math.log(SIXTY / ZERO) / (1 / ZERO - 1 / SIXTY)
"""The T of R T between 0 and 60 degC, K: where E_SEI = E_r - R T makes both ends alike."""

ACTIVATION = Map(
    "activation",
    "Activation energies of SEI and reaction",
    Axis("E_r", "E_r [kJ/mol]"),
    Axis("E_sei", "E_SEI [kJ/mol]"),
    "frozen",
    lambda v: "prefactors frozen at 15 kJ/mol and 25 degC" if v else "values at 25 degC kept",
    (
        MapClaim(
            "2a-2i",
            "theta falls as temperature rises (for a ratio above 1; below 1 it rises)",
            "theta = i_max/i_min of the reaction current; margin ln theta(0 degC)/theta(60 degC)",
            theta_falls,
            (
                Border("E_SEI = E_r - R T", lambda x, y, p: y - x + 1e-3 * R * LOG_MEAN),
                Border(
                    "two resistors in series",
                    lambda x, y, p: math.log(_film_theta(x, y, p, ZERO) / _film_theta(x, y, p, SIXTY)),
                ),
            ),
        ),
    ),
    (15.0, 15.0, 1.0),
    ("mesh.cells=4", "mesh.cells_across=16"),
    marks=(("2a-2h: 1.5", 15, 22.5), ("2i: 0.67", 15, 10.05), ("E_r = 0: 1.5", 0, 22.5)),
    notes=(
        "The activation energy of the electrolyte is 15 kJ/mol throughout. The two closed forms part where i0 is small "
        "against the current: then charge transfer does not depend on i0 any more, and theta falls for every E_SEI."
    ),
)


# ---------------------------------------------------------------------- Figures 4j-4k

TEMPERATURES = (0, 25, 60)


def span_shrinks(cases: Cases) -> float:
    """The smaller of the two steps from 0 over 25 to 60 degC. NaN where a current changes its sign: no theta then."""
    spans = []
    for t in TEMPERATURES:
        for g in (-1e4, 1e4):
            high, low = (cases.one(f"reaction_current_density_{end}", T=t, G=g) for end in ("max", "min"))
            if high * low <= 0:
                return math.nan
        spans.append(abs(cases.one("theta", T=t, G=-1e4) - cases.one("theta", T=t, G=1e4)))
    return min(math.log(a / b) for a, b in pairwise(spans))


def _soret(energy: float, change: float, E_r: float) -> float:
    spans = []
    for t in TEMPERATURES:
        T = t + ZERO
        eps = unevenness(T, KAPPA_SEI * frozen(22.5) * activated(22.5, T), I_0 * activated(E_r, T))
        share = 2.27e-4 * T / T_BASE * activated(energy, T) * math.exp(change * (T - T_BASE)) * 1e4 / CURRENT
        spans.append(abs(theta(eps * (1 + share)) - theta(eps * (1 - share))))
    if not all(map(math.isfinite, spans)):
        return math.nan
    return min(math.log(a / b) for a, b in pairwise(spans))


SORET = Map(
    "soret",
    "How kappa_T depends on temperature",
    Axis("E_kappa_T", "activation energy of kappa in kappa_T [kJ/mol]"),
    Axis("S_change", "d ln S_T/dT [1/K]"),
    "E_r",
    _energy,
    (
        MapClaim(
            "4j-4k",
            "the effect of a temperature gradient shrinks as the base temperature rises",
            "span of theta over G = -1e4 to 1e4 K/m; margin: the smaller ln of span(0)/span(25) and span(25)/span(60)",
            span_shrinks,
            (Border("two resistors in series", _soret),),
        ),
    ),
    (15.0, 0.0, 0.0),
    ("mesh.cells=4", "mesh.cells_across=16"),
    marks=(("electrolyte", 15, 0), ("SEI", 22.5, 0), ("constant", 0, -0.0034)),
    notes=(
        "kappa_T = kappa S_T R T/F, uniform in space as in the paper's closure, 2.27e-4 A/m/K at 25 degC. A constant "
        "kappa_T is the point where both change against T: activation energy 0 and d ln S_T/dT = -1/T = -0.0034 1/K."
    ),
)


# ---------------------------------------------------------------------- Figures 6a-6g

WAY_IN, K_SEI, H_E = 0.5e-6 / 142, 0.5, 4.95e-6


def reverses(cases: Cases) -> float:
    """Metal side minus electrolyte side of the SEI, mean temperatures, over its size without R_int."""
    without, with_it = (cases.one("sei_lower_side", contact=c) - cases.one("sei_upper_side", contact=c) for c in (0, 1))
    return with_it / abs(without)


def steepens(cases: Cases) -> float:
    return math.log(cases.one("temperature_gradient_max", contact=1) / cases.one("temperature_gradient_max", contact=0))


def _electrolyte_is_steeper(way_out: float, resistance: float, E_r: float) -> float:
    """Without R_int the SEI passes all its heat down at its lower side; with it the electrolyte takes its share."""
    k_e = H_E / way_out
    return resistance / (way_out + resistance) - k_e / K_SEI


THERMAL = Map(
    "thermal",
    "Thermal resistances of interface and electrolyte",
    Axis("way_out", "H_e/k_e [K m2/W]", log=True),
    Axis("R", "R_int [K m2/W]", log=True),
    "E_r",
    _energy,
    (
        MapClaim(
            "6a-6f",
            "the gradient across the SEI is negative (at the largest R_int)",
            "mean temperature of the SEI's metal side minus electrolyte side; margin: that over its size without R_int",
            reverses,
            (Border("R_int = H_e/k_e", lambda x, y, p: y + WAY_IN - x),),
        ),
        MapClaim(
            "6g",
            "R_int steepens the temperature gradient",
            "largest |grad T| of all blocks; margin: ln of that with R_int over that with none",
            steepens,
            (Border("R_int = H_e/(k_SEI - k_e)", _electrolyte_is_steeper),),
        ),
    ),
    (2.475e-5, 2e-5, 15.0),
    ("mesh.cells=4", "mesh.cells_across=16"),
    marks=(("1e-5", 2.475e-5, 1e-5), ("1e-4", 2.475e-5, 1e-4)),
    flat_at=((2.475e-5, 2.35e-5, 15.0), (2.475e-5, 2.6e-5, 15.0)),
    notes="kappa_SEI/k_b = 2e-5, 25 degC; k_SEI = 0.5 W/m/K, and k_e follows from H_e/k_e with H_e = 4.95 um.",
)


# ---------------------------------------------------------------------- Figures 3b-3k


def contrast(a: float, b: float) -> float:
    """Return (a - b)/(|a| + |b|): between -1 and 1, above zero where a is the larger."""
    return (a - b) / (abs(a) + abs(b)) if a or b else 0.0


VOLUMES = {"sodium": 2.375e-5, "lithium": 1.300e-5}
POISSON = 0.3


def growth_rate(k: float, modulus: float, ion_volume: float, metal: str, T: float = ZERO, E_r: float = 0.0) -> float:
    """Return the rate, 1/s, at which stress lets a wave of the surface grow under a thin film, at currents below i0.

    k: 2 pi/wavelength, 1/m; modulus in Pa, ion_volume in m3/mol, T in K, E_r in kJ/mol. The film bends as a plate: its
    stress draws the current to the peak, its pressure on the metal away from it.
    """
    draws = ion_volume * modulus * THICKNESS * k**2 / (6 * (1 - POISSON))
    resists = VOLUMES[metal] * modulus * THICKNESS**3 * k**4 / (12 * (1 - POISSON**2))
    return VOLUMES[metal] / F**2 * (draws - resists) / resistance(k, T, E_r)


def resistance(k: float, T: float, E_r: float) -> float:
    """Return the area resistance that a wave of the overpotential meets: transfer, film and electrolyte, ohm m2."""
    transfer = R * T / F / (I_0 * activated(E_r, T))
    electrolyte = math.tanh(k * 5e-6) / (k * KAPPA_E * activated(15, T))
    return transfer + THICKNESS / (KAPPA_SEI * activated(15, T)) + electrolyte


def fastest(ion_volume: float, metal: str) -> float:
    """Return the k of the wave that grows fastest, 1/m: (k d)^2 = (1 + nu) Omega_ion/Omega_M."""
    return math.sqrt((1 + POISSON) * ion_volume / VOLUMES[metal]) / THICKNESS


BENDING = "Omega_ion sigma_h,e against Omega_M sigma_h,M, peak minus valley, 0 degC; margin: (a - b)/(|a| + |b|)"
END, MANY, ION_VOLUME, MODULUS_GPA = 420.0, 1e3, 2.7e-6, 5.0


def breaks_up(cases: Cases, metal: str, T: float) -> bool:
    """Whether the surface is no more that of the SEI's wave, and what a run ends with is no growth of that.

    So it is where metal dissolves in places while it is deposited, and where a wave less than half as long grows a
    thousandfold: then the mesh decides. Finer meshes show the same for what grows fast and does not end by creep.
    """
    if cases.one("reaction_current_density_max", metal=metal, T=T) > 0:
        return True
    row = cases.rows[0]
    volume = float(row.get("ion_volume", ION_VOLUME))
    k = fastest(volume, metal)
    wave = 2e-6 * float(row.get("half_wave", 0.5))
    modulus = 1e9 * float(row.get("modulus", MODULUS_GPA))
    times = growth_rate(k, modulus, volume, metal, T + ZERO, float(row["E_r"])) * END if k else 0.0
    if times <= math.log(MANY):
        return False
    return k * wave > 4 * math.pi or float(row.get("harder", 1)) > 1


def growth(cases: Cases, metal: str, T: float) -> float:
    """Return dh: how much higher the peak is over the valley than at first, m, as the film on the surface shows it."""
    if breaks_up(cases, metal, T):
        return math.nan
    peak, valley = (cases.one(f"{place}.y", metal=metal, T=T) for place in ("peak", "valley"))
    return peak - valley


def stress(cases: Cases, metal: str, T: float) -> float:
    if breaks_up(cases, metal, T):
        return math.nan
    return cases.one("hydrostatic_stress_max (sei)", metal=metal, T=T)


LEAST = 5e-11
"""A growth below this is none, m: a step may be wrong by as much."""


def _more(a: float, b: float) -> float:
    """Return the contrast of two growths; NaN where nothing grows."""
    return contrast(a, b) if max(abs(a), abs(b)) > LEAST else math.nan


def sodium_grows_faster(cases: Cases) -> float:
    return _least(_more(growth(cases, "sodium", t), growth(cases, "lithium", t)) for t in (0, 60))


def lithium_is_smoother(cases: Cases) -> float:
    return _more(growth(cases, "lithium", 0), growth(cases, "lithium", 60))


def sodium_differs_less(cases: Cases) -> float:
    sodium, lithium = (abs(growth(cases, m, 60) - growth(cases, m, 0)) for m in ("sodium", "lithium"))
    return _more(lithium, sodium)


def stress_is_higher(cases: Cases) -> float:
    return _least(contrast(stress(cases, "sodium", t), stress(cases, "lithium", t)) for t in (0, 60))


def stress_falls(cases: Cases) -> float:
    return contrast(stress(cases, "lithium", 0), stress(cases, "lithium", 60))


def _least(values: Iterable[float]) -> float:
    found = list(values)
    return min(found) if all(map(math.isfinite, found)) else math.nan


DH = "dh: growth of peak minus valley of the metal's surface in 7 min, creep included"
STRESS = "largest hydrostatic stress in the SEI after 7 min"
GROWTH_CLAIMS = (
    MapClaim(
        "3b-3e, 3j",
        "sodium grows faster than lithium at both temperatures",
        f"{DH}; margin: the smaller (Na - Li)/(|Na| + |Li|) of 0 and 60 degC",
        sodium_grows_faster,
    ),
    MapClaim(
        "3b-3e, 3j",
        "lithium is smoother at 60 than at 0 degC",
        f"{DH}; margin: (dh(0) - dh(60))/(|dh(0)| + |dh(60)|) of lithium",
        lithium_is_smoother,
    ),
    MapClaim(
        "3b-3e, 3j",
        "sodium differs little between 0 and 60 degC",
        f"{DH}; margin: by how much its change is below that of lithium, over their sum",
        sodium_differs_less,
    ),
    MapClaim(
        "3f-3i, 3k",
        "the stress in the SEI is higher on sodium at both temperatures",
        f"{STRESS}; margin: the smaller (Na - Li)/(Na + Li) of 0 and 60 degC",
        stress_is_higher,
    ),
    MapClaim(
        "3f-3i, 3k",
        "the stress in the SEI on lithium is lower at 60 than at 0 degC",
        f"{STRESS}; margin: (sigma(0) - sigma(60))/(sigma(0) + sigma(60)) of lithium",
        stress_falls,
    ),
)


def sharpens(metal: str) -> Callable[[Cases], float]:
    """Return the margin of: stress draws the current to the peak, as a part of both of its terms."""

    def margin(cases: Cases) -> float:
        if breaks_up(cases, metal, 0):
            return math.nan
        film, below = (
            cases.one(f"{side}_peak", metal=metal, T=0) - cases.one(f"{side}_valley", metal=metal, T=0)
            for side in ("film", "metal")
        )
        ion = cases.one("ion_volume", metal=metal, T=0)
        return contrast(-ion * film, -VOLUMES[metal] * below)

    return margin


def _mechanisms(metal: str) -> Border:
    ratio = (K * THICKNESS) ** 2 / (2 * (1 + POISSON))
    return Border("Omega_ion/Omega_M = (k d)^2/[2 (1 + nu)]", lambda x, y, p: y - ratio * VOLUMES[metal])


FINER = ("mesh.cells=3", "mesh.cells_across=12")
SHORTER = ("time.step=25 ms", "time.largest_step=15 s", "time.tolerance.deposit_height=1.25 pm")
"""Half the steps: the error of a step goes with the third power of its length."""
MODULUS = Axis("modulus", "Young's modulus of the SEI [GPa]", log=True)


_WAVES = (
    "Stress lets a wave of the surface grow at the rate lambda(k) = Omega_M/(F^2 R_A) [Omega_ion E d k^2/(6 (1 - nu)) "
    "- Omega_M E d^3 k^4/(12 (1 - nu^2))], with R_A the area resistance of charge transfer, SEI and electrolyte; "
    "fastest where (k d)^2 = (1 + nu) Omega_ion/Omega_M. The time 1/lambda of the fastest wave at 0 degC is 111 s for "
    "5 GPa and 2.7e-6 m3/mol, 7 s for 77 GPa, and 0.2 s for 77 GPa and 1.64e-5 m3/mol. An implicit step h makes a "
    "growing wave 1/(1 - lambda h) times as high: too long a step turns it over, and later steps keep to that state "
    "without growth. With 77 GPa and 1.64e-5 m3/mol, steps of 60 and of 20 s agree on a wrong dh of -0.028 nm. Steps "
    "therefore begin with 50 ms and follow the error of the deposit's height. Where a wave less than half as long as "
    "that of the SEI grows a thousandfold in 7 min, which is from 0.5 GPa on with 1.64e-5 m3/mol, the surface breaks "
    "up and the mesh decides how: there is no verdict (0.5 GPa, lithium, 0 degC: dh = 8.1 nm; on cells of half the "
    "width metal dissolves in places)."
)

STIFFNESS = Map(
    "stiffness",
    "Stiffness of the SEI and volume of the ion",
    MODULUS,
    Axis("ion_volume", "Omega_ion [m3/mol]", root=True),
    "E_r",
    _energy,
    (
        *GROWTH_CLAIMS,
        *(
            MapClaim(
                "3 (mechanism)",
                f"stress in the bent film draws the current to the peak, on {metal}",
                BENDING,
                sharpens(metal),
                (_mechanisms(metal),),
            )
            for metal in ("sodium", "lithium")
        ),
    ),
    (5.0, 2.7e-6, 0.0),
    FINER,
    SHORTER,
    along="xy",
    rounds=0,
    marks=(("default", 5, 2.7e-6),),
    notes=_WAVES,
)

HARDNESS = Map(
    "hardness",
    "Reference stress of creep and stiffness of the SEI",
    Axis("harder", "factor on sigma_0 of both metals", log=True),
    MODULUS,
    "E_r",
    _energy,
    GROWTH_CLAIMS,
    (1.0, 5.0, 0.0),
    FINER,
    SHORTER,
    along="xy",
    rounds=0,
    marks=(("yield", 1, 5), ("hardness/3", 21, 5)),
    notes=(
        "Under 77 GPa waves grow e-fold in 4 to 12 s. Creep ends that early where the metal yields at sigma_0: on "
        "cells of half the width dh at 0 degC is 0.245 nm instead of 0.247 (sodium) and 0.686 instead of 0.678 "
        "(lithium). Where sigma_0 is higher it does not, the surface breaks up, and the mesh decides how (-0.71 "
        "instead of -1.41 nm for sodium with 4.6 sigma_0; lithium dissolves in places): there is no verdict. Under "
        "5 GPa with 21 sigma_0 and E_r = 0, dh on cells of half the width is 21.2, 8.9 (sodium), 14.5, 0.7 nm "
        "(lithium) instead of 19.8, 7.7, 13.8, 2.1 nm at 0 and 60 degC: only the claim that sodium differs little "
        "changes, and then holds."
    ),
)

CURRENT_MAP = Map(
    "current",
    "Current density and wavelength",
    Axis("current", "current density [A/m2]", log=True),
    Axis("half_wave", "half a wavelength [um]", log=True),
    "E_r",
    _energy,
    GROWTH_CLAIMS,
    (1.0, 0.5, 0.0),
    FINER,
    SHORTER,
    along="xy",
    rounds=0,
    marks=(("default", 1, 0.5),),
    notes=(
        "Where dh stays below 0.05 nm, as much as a step may be wrong by, there is no verdict on growth. At 100 A/m2 "
        "the deposit of 7 min is 6 to 10 um high and far more uneven than the SEI is thick: runs with half waves of "
        "0.1 and 0.5 um ended after 8 to 80 s, with a mesh that had lost its shape. The map therefore ends at 10 A/m2."
    ),
)

MAPS = (STIFFNESS, HARDNESS, CURRENT_MAP, ACTIVATION, SORET, THERMAL)
