"""How values are told, and what a deck wants of it: units and symbols in pictures and tables, and the SI in files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from trona.readings.ledgers import AuditStep
from trona.readings.snapshot import OutputValue
from trona.record import NewtonRecord, Record, RecordOptions, RunMetadata, open_directory
from trona.record.accepted import Accepted
from trona.record.curves import _words
from trona.record.look import Look, look_of, look_of_run
from trona.record.quantity import axis_label
from trona.record.results import RecordedRun, load
from trona.record.telling import Told
from trona.record.terminal import SilentReporter
from trona.units import Unit

UNITS = {"all": ["mV", "um"], "temperature": "degC", "u": "V"}


@pytest.mark.parametrize(
    ("low", "high", "unit", "wanted", "told"),
    [
        (298.15, 298.15 + 7e-8, "K", "", ("nK", "298.15 K", 0, 70)),
        (298.15 + 3e-8, 298.15 + 3.5e-8, "K", "", ("nK", "298.15 K", 30, 35)),
        (298.15, 298.1501, "K", "degC", ("µK", "25 °C", 0, 100)),
        (298.15 + 3e-6, 298.15 + 3.005e-6, "K", "", ("nK", "298.150003 K", 0, 5)),
        (283.15, 298.15, "K", "degC", ("degC", "", 10, 25)),
        (-0.05, 0.02, "V", "", ("mV", "", -50, 20)),
        (10.0, 10.001, "A/m^2", "mA/cm^2", ("mA/m^2", "1 mA/cm²", 0, 1)),
        (5.0, 5.0, "V", "", ("V", "", 5, 5)),
    ],
)
def test_values_are_told(low: float, high: float, unit: str, wanted: str, told: tuple[str, str, float, float]) -> None:
    found = Told.between(low, high, unit, Unit.parse(wanted) if wanted else None)
    assert (found.unit, found.taken) == told[:2]
    np.testing.assert_allclose((found.low, found.high), told[2:], atol=2e-3 * max(abs(found.low), abs(found.high), 1))


def test_a_look_knows_the_units_of_its_deck() -> None:
    look = look_of({"units": UNITS}, {"temperature": "T"})
    assert [str(look.unit("V", name)) for name in ("phi", "u", "u (a | b)", "u.x")] == ["mV", "V", "V", "V"]
    assert str(look.unit("K", "temperature (metal)")) == "degC" and look.unit("K", "temperature_jump") is None
    assert look.symbol("temperature (metal)") == "T" and look.symbol("temperature_x") == ""
    first = Look(units=(Unit.parse("kV"),), named=look.named, others=look.others)
    assert str(first.unit("V", "u")) == "kV"  # of the command line, before the deck
    told = look.told(OutputValue("temperature", 298.15, "K"))
    assert (told.value, told.unit) == (pytest.approx(25), "degC")
    hours = look_of({"units": {"time": "h"}, "time": {}})
    assert hours.moment(5400) == "t = 1.5 h" and hours.time(60) == (3600.0, "h") and look.moment(0) == ""


def test_a_legend_tells_places_apart() -> None:
    look = Look(symbols={"j_mean (a | b)": "j", "T": "T"})
    assert [_words(each, look) for each in ("j_mean (a | b)", "T", "v_mean (a | b)")] == [
        "$j$ (a | b)",
        "$T$",
        "v mean (a | b)",
    ]


def test_labels() -> None:
    assert axis_label("temperature", "nK", "T", "298.15 K") == "Temperature $T$ \N{MINUS SIGN} 298.15 K [nK]"
    assert axis_label("pH", "1") == "pH" and axis_label("", "um", "x") == "$x$ [µm]"
    assert axis_label("theta", "1", r"\theta") == r"$\theta$"  # not "Theta θ"
    assert axis_label("overpotential", "pV", taken="-12.7 mV") == "Overpotential + 12.7 mV [pV]"
    long = axis_label("reaction_current_density (metal | sei)", "mA/cm^2", r"j_\mathrm{r}")
    assert long == "Reaction current density (metal |\nsei) $j_\\mathrm{r}$ [mA/cm²]"


class Reporter(SilentReporter):
    def report(self, outputs, ledgers, folder, monitors=(), parameters=()) -> None:  # type: ignore[no-untyped-def]
        self.told = {each.name: (each.value, each.unit) for each in outputs}


def test_files_keep_the_si(tmp_path: Path) -> None:
    directory, reporter = open_directory(tmp_path / "run", "cell"), Reporter()
    facts = RunMetadata("cell", {"units": UNITS}, {}, 1, [], datetime.now(UTC), symbols={"phi": r"\phi"})
    record = Record(directory, facts, reporter, RecordOptions())
    values = [OutputValue("phi", 0.02, "V")]
    audit, newton = AuditStep(1, 1.0, 1.0, ()), NewtonRecord(1, 1.0, 1, [1.0])
    record.step(Accepted(1, 1.0, 1.0, newton, audit, outputs=values))
    record.finish(values, [], "finished")
    directory.close()
    assert reporter.told == {"phi": (pytest.approx(20), "mV")}
    assert "phi [V]\n1,1,0.02" in (tmp_path / "run/outputs.csv").read_text()
    assert json.loads((tmp_path / "run/summary.json").read_text())["outputs"]["phi"]["value"] == 0.02
    run = load(tmp_path / "run")
    assert isinstance(run, RecordedRun) and run["phi"] == 0.02 and run.history["phi"][0] == 0.02
    assert str(look_of_run(run).unit("V", "phi")) == "mV" and look_of_run(run).symbol("phi") == r"\phi"
