"""A hundred extreme settings: right by closed forms to 1e-4, or refused with a cause that has a place.

Currents to 1e9 A/m2, exchange currents over 20 decades, conductivities that differ by up to 1e40, steps to 1 Ms. Three
decks, whose compiled forms all settings of one share.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import asinh, pi, sqrt
from pathlib import Path
from typing import Any

import pytest
from strips import FARADAY, R_GAS, ends, strip

from trona.deck import Deck
from trona.errors import AuditError, SolveError
from trona.record.terminal import SilentReporter
from trona.session import Result, run

pytestmark = pytest.mark.slow

T, L, C0, D, T_PLUS = 298.15, 2e-5, 1000.0, 2.49e-11, 0.45
KAPPA = 0.883
LIMITING = 2 * FARADAY * D * C0 / (L * (1 - T_PLUS))
"""Current at which a closed cell has no salt left at the metal in its steady state, A/m2."""
LOCATED = (" in ", ".yaml:")


@dataclass(frozen=True)
class Setting:
    """current and exchange current in A/m2; conductivity of the lower block, and of the upper one; step in s."""

    family: str
    current: float = 1.0
    i0: float = 20.0
    low: float = KAPPA
    high: float = KAPPA
    step: float = 0.0
    fixed: bool = False

    def __str__(self) -> str:
        match self.family:
            case "reaction":
                return f"reaction-{self.current:.0e}-{self.i0:.0e}"
            case "contrast":
                return f"contrast-{self.low:.0e}-{self.high:.0e}-{'voltage' if self.fixed else 'current'}"
        return f"steps-{self.current:.0e}-{self.i0:.0e}-{self.step:.0e}s"


def settings() -> list[Setting]:
    found = [
        Setting("reaction", current=i, i0=i0)
        for i, i0 in itertools.product((1e-3, 1.0, 1e3, 1e6, 1e9), (1e-10, 1e-5, 1.0, 1e5, 1e10))
    ]
    for exponent in (5, 10, 20, 30, 40):
        weak = 10.0**-exponent
        found += [
            Setting("contrast", low=1.0, high=weak),
            Setting("contrast", low=weak, high=1.0),
            Setting("contrast", low=1.0, high=1 / weak),
            Setting("contrast", low=1 / weak, high=1.0),
            Setting("contrast", low=1.0, high=weak, fixed=True),
            Setting("contrast", low=weak, high=1.0, fixed=True),
        ]
    pairs = (
        (1e-6, 1e6),
        (1.0, 1e-9),
        (1.0, 1e6),
        (100.0, 1.0),
        (100.0, 1e6),
        (1e4, 1e-9),
        (1e4, 1.0),
        (1e9, 1e-9),
        (1e9, 1e6),
    )
    found += [
        Setting("steps", current=i, i0=i0, step=step)
        for (i, step), i0 in itertools.product(pairs, (1e-10, 1e-5, 1.0, 1e5, 1e10))
    ]
    return found


def deck_of(folder: Path, s: Setting) -> Deck:
    if s.family == "contrast":
        top = {"electric_potential": "1 V"} if s.fixed else {"current_density": f"{s.current} A/m^2"}
        return strip(
            folder,
            [("a", L, 3), ("b", L, 3)],
            materials={"a": {"ionic_conductivity": f"{s.low} S/m"}, "b": {"ionic_conductivity": f"{s.high} S/m"}},
            physics={"ionic_charge": {"blocks": ["a", "b"]}},
            boundaries={"bottom": {"electric_potential": "0 V"}, "top": top},
        )
    salt: dict[str, Any] = {"ionic_conductivity": f"{KAPPA} S/m"}
    kinetics: dict[str, Any] = {"interface": "metal | salt", "i0": f"{s.i0} A/m^2", "electrode_potential": "0 V"}
    physics: dict[str, Any] = {"ionic_charge": {"blocks": ["salt"]}, "butler_volmer": kinetics}
    more: dict[str, Any] = {}
    if s.family == "steps":
        salt |= {"salt_diffusivity": f"{D} m^2/s", "transference_number": f"{T_PLUS}", "thermodynamic_factor": "1"}
        kinetics["concentration_exponent"] = 0.5
        physics["salt"] = {"blocks": ["salt"]}
        more = {
            "initial": {"salt_concentration": f"{C0} mol/m^3"},
            "time": {"end": f"{4 * s.step} s", "step": f"{s.step} s", "method": "bdf1"},
        }
    return strip(
        folder,
        [("metal", 1e-6, 1), ("salt", L, 8)],
        materials={"salt": salt},
        given={"temperature": f"{T} K"},
        physics=physics,
        boundaries={"top": {"current_density": f"{s.current} A/m^2"}},
        **more,
    )


class Watcher(SilentReporter):
    """Keeps the residual with which each solve began, and the iterations of every step that was accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.unsolved = 0.0, 0

    def newton(self, iteration: int, residual: float) -> None:
        if iteration == 0:
            self.first = residual

    def step(self, step: int, time: float, dt: float, iterations: int) -> None:
        self.unsolved += iterations == 0 and self.first > 0.0


@pytest.mark.parametrize("setting", settings(), ids=str)
def test_right_or_refused(tmp_path: Path, setting: Setting, record_property: Any) -> None:
    watcher = Watcher()
    try:
        result = run(deck_of(tmp_path, setting), record=False, reporter=watcher)
    except AuditError as error:
        # What is out of balance has its place too: the largest term.
        assert "its largest term is the " in str(error) and LOCATED[0] in str(error)
        assert not easy(setting), error
        outcome = "refused: audit"
    except SolveError as error:
        assert error.diagnosis is not None and error.diagnosis.findings, error
        best = error.diagnosis.findings[0]
        text = "\n".join([best.text, *best.details])
        assert best.kind not in ("imbalance", "step too long", "iterations"), error
        assert any(word in text for word in LOCATED), error
        assert "ramp the load" not in best.cure, error
        assert not easy(setting), error
        outcome = f"refused: {best.kind}"
    else:
        judge(setting, result, 1e-4)
        assert not any("do not trust" in warning for warning in watcher.warnings)
        outcome = "right"
    assert watcher.unsolved == 0
    record_property("outcome", outcome)


def easy(s: Setting) -> bool:
    """Whether a setting is so tame that it must be solved."""
    if s.family == "reaction":
        return 1e-5 <= s.i0 <= 1e5 and s.current <= 1e6
    if s.family == "contrast":
        return 1e-6 < s.low / s.high < 1e6
    return 1e-3 <= s.current <= 100.0 and 1e-5 <= s.i0 <= 1e5


def judge(s: Setting, result: Result, rel: float) -> None:
    """Compare a solution with closed forms."""
    if s.family == "contrast":
        total = L / s.low + L / s.high
        current = 1 / total if s.fixed else s.current
        drops = [b - a for a, b in (ends(result, "electric_potential", block) for block in "ab")]
        # A positive current enters at the top, and flows down the potential.
        assert drops == pytest.approx([current * L / s.low, current * L / s.high], rel=rel)
        for entry in result.ledger["charge"].entries:
            assert abs(entry.value) == pytest.approx(current, rel=rel)
        return
    reaction = result["reaction_current_density_mean"]
    assert reaction == pytest.approx(-s.current, rel=rel)
    i0 = s.i0
    if s.family == "steps":
        bottom, top = ends(result, "salt_concentration", "salt")
        assert bottom > 0
        i0 *= sqrt(bottom / C0)
        assert result.ledger["salt"].closure < rel
        time = 4 * s.step
        if s.current > LIMITING and sqrt(D * time) > L / 8:  # else the mesh is too coarse to know
            sands_time = pi * D / 4 * (FARADAY * C0 / (s.current * (1 - T_PLUS))) ** 2
            assert time < sands_time, "there is no salt left"
        if time > 1e3 * L**2 / D:
            fall = s.current * (1 - T_PLUS) * L / (FARADAY * D)
            # Of 1000 mol/m3, doubles leave nothing finer than about 1e-12 of a difference.
            assert top - bottom == pytest.approx(fall, rel=rel, abs=1e-9)
            assert (top + bottom) / 2 == pytest.approx(C0, rel=rel)
    expected = -2 * R_GAS * T / FARADAY * asinh(s.current / (2 * i0))
    assert result["overpotential_mean"] == pytest.approx(expected, rel=rel)
