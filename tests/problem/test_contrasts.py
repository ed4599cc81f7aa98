"""Numbers of two blocks of one field that differ by up to 1e40: right, or refused with the two values named."""

from __future__ import annotations

from pathlib import Path

import pytest
from strips import ends, solve, strip

from trona.errors import SolveError
from trona.record.terminal import SilentReporter
from trona.session.run import run

THICK, THIN = 1e-3, 2e-3
CASES = {  # where the weak block lies: above the strong one, below it, or between two fixed values
    "above": ("1 W/m/K", "{weak} W/m/K", {"heat_flux": "2 W/m^2"}),
    "below": ("{weak} W/m/K", "1 W/m/K", {"heat_flux": "2 W/m^2"}),
    "between": ("1 W/m/K", "{weak} W/m/K", {"temperature": "301 K"}),
}


@pytest.mark.parametrize("weak", [1e-8, 1e-12, 1e-16, 1e-40])
@pytest.mark.parametrize("case", CASES)
def test_right_or_refused(tmp_path: Path, case: str, weak: float) -> None:
    """Fluxes and differences of both blocks against those of two resistances in series: to 1e-6, or 1e-2 and told."""
    lower, upper, top = CASES[case]
    deck = strip(
        tmp_path,
        [("a", THICK, 3), ("b", THIN, 3)],
        materials={
            "a": {"thermal_conductivity": lower.format(weak=weak)},
            "b": {"thermal_conductivity": upper.format(weak=weak)},
        },
        physics={"heat": {"blocks": ["a", "b"]}},
        boundaries={"bottom": {"temperature": "300 K"}, "top": top},
    )
    k = {"a": weak if case == "below" else 1.0, "b": 1.0 if case == "below" else weak}
    resistance = {"a": THICK / k["a"], "b": THIN / k["b"]}
    flux = 1 / sum(resistance.values()) if case == "between" else 2.0
    reporter = SilentReporter()
    try:
        result = run(deck, record=False, reporter=reporter)
    except SolveError as error:
        assert case != "above" and weak < 1e-9
        first, *rest = str(error).splitlines()
        assert first.startswith("thermal_conductivity differs by a factor of 1.0e+")
        assert first.endswith("the linear system cannot be solved in double precision")
        text = "\n".join(rest[:2])
        assert "a.thermal_conductivity = " in text and "b.thermal_conductivity = " in text and ".yaml:" in text
        assert "ramp the load" not in str(error)
    else:
        told = [w for w in reporter.warnings if "known only to the round-off of temperature (a+b)" in w]
        assert case == "above" or weak > (1e-13 if told else 1e-9)
        assert len(told) <= 1 and not (told and case == "above")
        rel = 1e-2 if told else 1e-6
        for block in "ab":
            low, high = ends(result, "temperature", block, 300.0)
            assert high - low == pytest.approx(flux * resistance[block], rel=rel)
        for entry in result.ledger["energy"].entries:
            assert abs(entry.value) == pytest.approx(flux, rel=rel)


def test_the_same_everywhere_is_no_contrast(tmp_path: Path) -> None:
    """An even temperature far from that of reference, between conductivities that differ by 1e20: nothing flows."""
    result = solve(
        tmp_path,
        [("a", THICK, 3), ("b", THIN, 3)],
        materials={"a": {"thermal_conductivity": "1 W/m/K"}, "b": {"thermal_conductivity": "1e-20 W/m/K"}},
        physics={"heat": {"blocks": ["a", "b"]}},
        boundaries={b: {"temperature": "310 K + 0 K/s * t"} for b in ("bottom", "top")},
    )
    assert result.status == "finished" and result["temperature_max"] == pytest.approx(310, rel=1e-12)
