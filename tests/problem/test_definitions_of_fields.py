"""Definitions that hold fields: they stand for their text, down to the solution."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from strips import ends, solve, strip
from work import counted

from trona.errors import UserError
from trona.explain import explain
from trona.model import compose
from trona.session.run import run

LAYER = [("a", 1e-3, 4)]
RISE, K0 = 50.0, 2.0


def deck(conductivity: str, definitions: dict[str, str], **more: Any) -> dict[str, Any]:
    """A layer whose top is heated, of a conductivity that the definitions make."""
    return {
        "materials": {
            "a": {
                "thermal_conductivity": {"expression": conductivity},
                "density": "1000 kg/m^3",
                "specific_heat_capacity": {"expression": f"1000 J/kg/W*m * {conductivity}"},
            }
        },
        "definitions": definitions,
        "physics": {"heat": {"blocks": ["a"]}},
        # Kirchhoff: the integral of k0 (1 + rise / 100 K) over the rise is the flux times the thickness.
        "boundaries": {
            "bottom": {"temperature": "300 K"},
            "top": {"heat_flux": f"{K0 * (RISE + RISE**2 / 200) / 1e-3} W/m^2"},
        },
        **more,
    }


def doubling(levels: int) -> dict[str, str]:
    """Definitions that would be 2^levels parts if they were written out; all are about a hundredth of the rise."""
    first = {"d0": "(temperature - 300 K) / 100 K"}
    return first | {f"d{i}": f"d{i - 1} - d{i - 1} / 100" for i in range(1, levels + 1)}


def test_a_definition_of_a_field_is_the_field(tmp_path: Path) -> None:
    definitions = {"hotter": "(temperature - 300 K) / 100 K", "k0": f"{K0} W/m/K", "factor": "1 + hotter"}
    result = solve(tmp_path, LAYER, **deck("k0 * factor", definitions))
    assert ends(result, "temperature", "a", 300)[1] == pytest.approx(RISE, rel=1e-6)
    plain = solve(tmp_path, LAYER, **deck(f"{K0} W/m/K * (1 + (temperature - 300 K) / 100 K)", {}))
    assert ends(result, "temperature", "a", 300) == pytest.approx(ends(plain, "temperature", "a", 300), rel=1e-12)
    page = explain(result.problem.model)
    assert "k0 * factor" in page and "(temperature - 300 K) / 100 K" in page


def test_definitions_that_double_are_shared_down_to_the_solution(tmp_path: Path) -> None:
    """Forty levels: whoever wrote them out, in the model, the form or a message, would never end."""
    sections = deck(
        "2 W/m/K * (1 + d40)", doubling(40), time={"step": "1 us", "end": "1 us"}, initial={"temperature": "300 K"}
    )
    model, work = counted(lambda: compose(strip(tmp_path, LAYER, **sections)))
    short = {**sections, **deck("2 W/m/K * (1 + d10)", doubling(10))}
    _, less = counted(lambda: compose(strip(tmp_path, LAYER, **short)))
    assert work < 8 * less
    explain(model)
    assert run(model, record=False).ledger["energy"].closure < 1e-9


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            {"time": {"step": "wide * 1 s", "end": "1 s"}},
            "time.step: in the definition 'wide' ({at}): 'temperature' cannot be used here, only numbers",
        ),
        (
            {"outputs": {"extra": {"here": {"probe": "temperature", "at": ["wide * 1 m"]}}}},
            "outputs.extra.here.at[0]: in the definition 'wide' ({at}): "
            "'temperature' cannot be used here, only numbers",
        ),
        (
            {"initial": {"temperature": "wide * 1 K"}},
            "initial.temperature: in the definition 'wide' ({at}): 'temperature' cannot be used here, only t and x",
        ),
        ({}, "definitions.unused: unknown name 'temprature'; nearest: temperature"),
    ],
)
def test_where_no_field_may_stand_both_places_are_told(tmp_path: Path, place: Any, message: str) -> None:
    definitions = {"wide": "temperature / 1 K"} if place else {"unused": "temprature / 1 K"}
    written = strip(tmp_path, LAYER, **deck("2 W/m/K", definitions, **place))
    at = next(
        f"{written.path}:{number}:{line.index('temperature /') + 1}"
        for number, line in enumerate(written.path.read_text().splitlines(), 1)
        if "temperature /" in line or "temprature /" in line
        for line in [line.replace("temprature", "temperature")]
    )
    with pytest.raises(UserError) as refused:
        run(written, record=False)
    assert str(refused.value).endswith(message.format(at=at))
