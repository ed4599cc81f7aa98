"""White noise as an input: its process, and where it may not stand."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from terms import composed

from trona.errors import UserError
from trona.model.noise import WhiteNoise
from trona.plugin import Contribution
from trona.settings import read_settings

TIMES = (1e-9, 0.3, 0.5, 0.9, 1.7, 1e4)


def paths(count: int = 2000) -> Any:
    """Values of many processes at these times, each over the root of the time."""
    at = [[WhiteNoise(seed, "a").process(t) / t**0.5 for t in TIMES] for seed in range(count)]
    return np.array(at)


def test_the_process_is_that_of_wiener() -> None:
    """Its covariance at two times is the earlier one."""
    found = np.cov(paths().T)
    expected = [[(min(a, b) / max(a, b)) ** 0.5 for b in TIMES] for a in TIMES]
    assert found == pytest.approx(np.array(expected), abs=4 * (2 / 2000) ** 0.5)


def test_increments_are_normal_and_independent() -> None:
    process = WhiteNoise(3, "b").process
    values = np.diff([process(k * 1e-3) for k in range(4001)]) / 1e-3**0.5
    error = 4000**-0.5
    assert abs(values.mean()) < 4 * error and values.std() == pytest.approx(1, abs=4 * error / 2**0.5)
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 4 * error


def test_what_is_drawn_is_normal() -> None:
    """By its first four moments."""
    noise = WhiteNoise(3, "b")
    drawn = np.array([noise._normal(0, 1, k) for k in range(4000)])
    for power, moment, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert (drawn**power).mean() == pytest.approx(moment, abs=4 * (variance / 4000) ** 0.5)


def test_it_depends_on_seed_name_and_time_alone() -> None:
    one = WhiteNoise(1, "a")
    late, early = one.process(2.5), one.process(0.7)
    assert (WhiteNoise(1, "a").process(0.7), WhiteNoise(1, "a").process(2.5)) == (early, late)
    assert len({process(0.7) for process in (one.process, WhiteNoise(2, "a").process, WhiteNoise(1, "b").process)}) == 3
    code = "from trona.model.noise import WhiteNoise; print(repr(WhiteNoise(1, 'a').process(2.5)))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(other.stdout) == late
    assert one.process(0.0) == 0.0


def test_the_rate_of_a_step_is_that_of_the_scheme() -> None:
    noise = WhiteNoise(1, "a")
    rate = noise.rate([10.0, -10.0, 0.0], [0.4, 0.3, 0.2, 0.1])
    assert rate == pytest.approx(10 * (noise.process(0.4) - noise.process(0.3)), rel=1e-12)


def noisy(self: Any, model: Contribution) -> None:
    rate = model.quantity(np.float64(3.0), "W/m^3*s^0.5", "amplitude") * model.white_noise("heat", 5)
    model.balance("energy").source(rate, ("a",))


def test_the_unit_is_that_of_a_rate_of_a_root_of_time() -> None:
    composed(noisy)
    with pytest.raises(UserError, match="the source of energy has the unit"):
        composed(lambda self, model: model.balance("energy").source(model.white_noise("heat", 5), ("a",)))


def test_it_is_not_stored() -> None:
    with pytest.raises(UserError, match="the storage of energy cannot depend on a rate of change or on noise"):
        composed(lambda self, model: model.balance("energy").storage(model.white_noise("heat", 5), ("a",)))


def test_adaptive_steps_are_refused() -> None:
    time = {"end": "1 s", "step": "0.1 s"}
    heat = {"density": "1 kg/m^3", "specific_heat_capacity": "1 J/kg/K", "thermal_conductivity": "1 W/m/K"}
    initial, materials = {"temperature": "300 K"}, {"a": heat, "b": heat}
    read_settings(composed(noisy, time=time, initial=initial, materials=materials))
    adaptive = {**time, "tolerance": {"temperature": "1 K"}}
    with pytest.raises(UserError, match=r"time\.tolerance: steps cannot follow a tolerance with white noise 'asking/"):
        read_settings(composed(noisy, time=adaptive, initial=initial, materials=materials))
