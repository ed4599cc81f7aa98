from __future__ import annotations

import pytest

from trona.record.quantity import label, prefixed, pretty, time_scale, time_text


@pytest.mark.parametrize(
    ("size", "unit", "expected"),
    [
        (0.02, "V", "mV"),
        (3e6, "Pa", "MPa"),
        (1e-6, "m", "µm"),
        (9.99e-7, "m", "nm"),
        (5.5e-6, "m", "µm"),
        (1.0, "V", "V"),
        (1e3, "V", "kV"),
        (-0.02, "V", "mV"),
        (1000.0, "mol/m^3", "mol/m^3"),
        (2e12, "W/m^3", "TW/m^3"),
        (10.0, "A/m^2", "A/m^2"),
        (1e4, "K/m", "K/m"),
        (300.0, "K", "K"),
        (2e-4, "K", "µK"),
        (1e-3, "m^2", "m^2"),
        (1e-9, "mA/cm^2", "mA/cm^2"),
        (1e-9, "1", "1"),
        (0.0, "V", "V"),
        (float("nan"), "V", "V"),
        (1e-30, "m", "pm"),
    ],
)
def test_prefix(size: float, unit: str, expected: str) -> None:
    factor, shown = prefixed(size, unit)
    assert shown == expected
    powers = {"p": 1e12, "n": 1e9, "µ": 1e6, "m": 1e3, "": 1, "k": 1e-3, "M": 1e-6, "T": 1e-12}
    assert factor == pytest.approx(powers[shown.removesuffix(unit)])


def test_pretty_and_label() -> None:
    assert pretty("W/(m^2*K)") == "W/(m²·K)"
    assert pretty("s^-1") == "s⁻¹"
    assert pretty("ohm*cm^2") == "Ω·cm²"
    assert label("electric_potential", "mV") == "electric potential [mV]"
    assert label("theta", "1") == "theta"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (420.0, "7 min"),
        (90.0, "90 s"),
        (120.0, "2 min"),
        (1.0, "1 s"),
        (5e-5, "50 us"),
        (1e-3, "1 ms"),
        (7200.0, "2 h"),
        (172800.0, "2 d"),
        (-420.0, "-7 min"),
    ],
)
def test_time(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


def test_time_scale_of_a_span() -> None:
    assert time_scale(420.0) == (60.0, "min")
