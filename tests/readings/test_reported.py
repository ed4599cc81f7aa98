"""What a run reads after each step: what somebody asked for; at its end everything."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from strips import strip

from trona.readings.flows import FlowReader
from trona.readings.outputs import OutputEvaluator, OverRegion
from trona.readings.samplers import Sampler
from trona.record.terminal import SilentReporter
from trona.session.run import run

METAL = {"thermal_conductivity": "5 W/m/K", "density": "1000 kg/m^3", "specific_heat_capacity": "2000 J/kg/K"}


@pytest.mark.parametrize("asked", [None, ["temperature_max"], []])
def test_steps_read_what_the_table_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str] | None
) -> None:
    read: list[str] = []
    reading = OutputEvaluator.reading
    monkeypatch.setattr(
        OutputEvaluator, "reading", lambda self, output: (read.append(output.name), reading(self, output))[1]
    )
    outputs = {"fields": "none"} | ({} if asked is None else {"csv": asked})
    deck = strip(
        tmp_path,
        [("a", 1.0, 3)],
        materials={"a": METAL},
        physics={"heat": {"blocks": ["a"]}},
        outputs=outputs,
        boundaries={"bottom": {"temperature": "300 K"}, "top": {"heat_flux": "200 W/m^2"}},
        initial={"temperature": "300 K"},
        time={"end": "4 s", "step": "1 s"},
    )
    result = run(deck, directory=tmp_path / "run", reporter=SilentReporter())
    every = {o.name for o in result.problem.model.outputs}
    assert len(every) > 1 and every <= set(result.outputs)
    steps = every if asked is None else set(asked)
    last = 0 if asked is None else 1
    assert {name: read.count(name) for name in every} == {name: 4 * (name in steps) + last for name in every}
    table = tmp_path / "run" / "outputs.csv"
    if asked == []:
        assert not table.exists()
        return
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 4 and float(rows[-1]["temperature_max [K]"]) == result["temperature_max"]


@pytest.mark.parametrize("asked", [["flux"], ["flux.x", "level"]])
def test_a_probe_of_a_vector_in_the_table(tmp_path: Path, asked: list[str]) -> None:
    """Its plain name stands for all of its components."""
    extra = {"flux": {"probe": "heat_flux", "at": ["0.4 m"]}, "level": {"probe": "temperature", "at": ["0.4 m"]}}
    deck = strip(
        tmp_path,
        [("a", 1.0, 3)],
        materials={"a": METAL},
        physics={"heat": {"blocks": ["a"]}},
        boundaries={"bottom": {"temperature": "300 K"}, "top": {"heat_flux": "200 W/m^2"}},
        outputs={"fields": "none", "csv": asked, "extra": extra},
    )
    run(deck, directory=tmp_path / "run", reporter=SilentReporter())
    (row,) = csv.DictReader((tmp_path / "run" / "outputs.csv").open(encoding="utf-8", newline=""))
    assert [name.partition(" ")[0] for name in row][2:] == ["flux.x", *asked[1:]]
    assert float(row["flux.x [W/m^2]"]) == pytest.approx(-200, rel=1e-9)


def test_what_several_outputs_read_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ends of two voltages, their parts, both extremes of a field and those of a curve; and anew in each step."""
    deck = strip(
        tmp_path,
        [("m", 1e-6, 1), ("e", 1e-4, 3)],
        dim=2,
        width=1e-6,
        cells_across=1,
        materials={"e": {"ionic_conductivity": "1 S/m"}},
        given={"temperature": "300 K"},
        physics={
            "ionic_charge": {"blocks": ["e"]},
            "butler_volmer": {"interface": "m | e", "i0": "20 A/m^2", "electrode_potential": "0 V"},
        },
        boundaries={"top": {"current_density": "1 A/m^2 * (1 + t / (1 s))"}},
        time={"end": "2 s", "step": "1 s"},
        outputs={
            "fields": "none",
            "extra": {
                "cell": {"voltage": ["top", "m | e"]},
                "losses": {"overpotential": ["top", "m | e"]},
                "again": {"voltage": ["top", "m | e"]},
                "most": {"reduce": "maximum", "of": "electric_potential^2", "on": "e"},
                "least": {"reduce": "minimum", "of": "electric_potential^2", "on": "e"},
                "along": {"profile": "electric_potential", "along": "m | e"},
            },
        },
    )
    counts: Counter[str] = Counter()

    def counted(cls: type, name: str, what: str) -> None:
        plain = getattr(cls, name)
        monkeypatch.setattr(cls, name, lambda *args: (counts.update([what]), plain(*args))[1])

    counted(FlowReader, "values", "flows")
    counted(OverRegion, "_assembled", "integrals")
    counted(Sampler, "update", "samples")
    result = run(deck, record=False, reporter=SilentReporter())
    steps, ends = 2, 2
    assert result["again"] == result["cell"] and result["again.ohmic (e)"] == result["cell.ohmic (e)"]
    assert counts["flows"] == steps * ends
    names = {name for name in result.outputs if name.startswith("cell.")}
    parts = len(names - {"cell.remainder"})
    means = sum(o.reduction.name == "mean" for o in result.problem.model.outputs)
    assert counts["integrals"] <= steps * (parts + ends + means)
    pairs = {(o.expression, o.blocks, o.law) for o in result.problem.model.outputs if o.reduction.name != "mean"}
    assert counts["samples"] == steps * (len(pairs) + 2), "and one for the curve, of its extremes"
    assert result["cell"] == pytest.approx(result["cell.ohmic (e)"] + result["cell.charge_transfer (m | e)"], rel=1e-12)
    assert result["cell.ohmic (e)"] == pytest.approx(3 * 1e-4, rel=1e-9)
