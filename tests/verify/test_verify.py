"""`verify` passes what is right, and finds every seeded fault: of a declaration, the weak form, time and Jacobian."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import firedrake as fd
import pytest
from seeded import Change, scaled, seeded
from strips import strip

from trona.deck import Deck
from trona.errors import SolveError
from trona.model import Model, Physics, Registry, compose, registry
from trona.model.composition import Placed
from trona.plugin import Contribution, grad
from trona.problem import solver
from trona.problem.forms import Forms, Integral
from trona.stepper import bdf
from trona.verify import Verification, verify
from trona_plugins.heat import Heat

MATERIAL = {"density": "5 kg/m^3", "specific_heat_capacity": "7 J/kg/K"}
ARRHENIUS = {"arrhenius": {"value": "2 W/m/K", "activation_energy": "20 kJ/mol"}}
INTERFACE = "a | b"


@pytest.fixture
def deck(tmp_path: Path) -> Callable[..., Deck]:
    """Heat through two layers with a resistance between them, one of them with a conductivity of T."""

    def make(**sections: Any) -> Deck:
        return strip(
            tmp_path,
            [("a", 1.0, 3), ("b", 0.5, 3)],
            materials={
                "a": {"thermal_conductivity": ARRHENIUS, **MATERIAL},
                "b": {"thermal_conductivity": "0.7 W/m/K", **MATERIAL},
            },
            physics={
                "heat": {"blocks": ["a", "b"]},
                "thermal_resistance": {"interface": INTERFACE, "R": "0.9 K*m^2/W"},
            },
            boundaries={
                "bottom": {"temperature": "290 K"},
                "top": {"robin": {"temperature": {"coefficient": "2 W/m^2/K", "reference": "310 K"}}},
            },
            **sections,
        )

    return make


TRANSIENT = {"time": {"end": "10 s", "step": "1 s", "method": "bdf1"}}


def failures(deck: Deck | Model) -> str:
    """The sentences of what failed, one per line; a solve that fails counts as found too."""
    try:
        return "\n".join(verify(deck, max_unknowns=30).failures)
    except SolveError as error:
        return f"SolveError: {error}"


def test_steady_deck(deck: Callable[..., Deck]) -> None:
    found = verify(deck(), max_unknowns=60)
    assert found.failures == []
    assert {(c.component, c.refined, c.theory) for c in found.convergence} == {
        ("temperature (a)", "space", 3.0),
        ("temperature (b)", "space", 3.0),
    }
    assert all(len(c.errors) == 3 and c.errors[-1] > 1e-9 for c in found.convergence)
    assert [(p.balance, p.block, p.conductance) for p in found.posed][1] == ("energy", "b", (0.7, 0.7))
    nonlinear = [t for t in found.taylor if t.order != float("inf")]
    assert {(t.residual, t.direction) for t in nonlinear} == {("temperature (a)", "temperature (a)")}


def test_transient_deck_is_refined_in_time_too(deck: Callable[..., Deck]) -> None:
    """With the formula of the deck, and with BDF2, which shows what is taken from the step before."""
    found = verify(deck(**TRANSIENT), max_unknowns=30)
    assert found.failures == []
    assert sorted({(c.refined, c.theory) for c in found.convergence}) == [("space", 3.0), ("time", 1.0), ("time", 2.0)]


def test_vanishing_errors_have_no_order() -> None:
    from trona.verify.study import Convergence

    exact = Convergence("c", "space", (1.0, 0.5), (1, 2), (1e-14, 3e-15), 3.0)
    assert exact.orders == (float("inf"),)
    assert exact.passed
    stuck = replace(exact, errors=(1e-3, 1e-3))
    assert not stuck.passed


def test_orders_that_still_rise_deserve_another_mesh() -> None:
    """An error A h^3 (1 - c h) comes to order 3 from below; one of order 2 does not come to it."""
    from trona.verify.study import Convergence

    sizes = tuple(0.5**k for k in range(4))
    rising = Convergence("c", "space", sizes[:3], (1, 2, 3), tuple(h**3 * (1 - 0.3 * h) for h in sizes[:3]), 3.0)
    assert not rising.passed and rising.approaches
    further = replace(rising, sizes=sizes, errors=tuple(h**3 * (1 - 0.3 * h) for h in sizes))
    assert further.passed and not further.approaches
    flat = replace(rising, errors=tuple(h**2 for h in sizes[:3]))
    assert not flat.passed and not flat.approaches


# ------------------------------------------------------------------ seeded faults


class _Uphill(Heat):
    def contribute(self, model: Contribution) -> None:
        T, energy = model.field("temperature"), model.balance("energy")
        energy.storage(model.property("density", "kg/m^3") * model.property("specific_heat_capacity", "J/kg/K") * T)
        energy.flux(model.property("thermal_conductivity", "W/m/K") * grad(T))


def with_plugin(cls: type[Physics]) -> Registry:
    known = registry()
    return replace(known, physics={**known.physics, "heat": cls})


def test_declared_flux_of_the_wrong_sign(deck: Callable[..., Deck]) -> None:
    found = failures(compose(deck(), with_plugin(_Uphill)))
    assert "the flux of energy in b runs up the gradient of its own field: -d(flux)/d(gradient) is -0.7" in found


def scaling(kind: str, factor: float, region: str = "") -> Change:
    def change(forms: Forms, placed: Placed, i: Integral) -> Integral:
        return scaled(i, factor) if i.kind == kind and region in ("", i.region) else i

    return change


def test_flux_of_the_wrong_sign_in_the_weak_form(deck: Callable[..., Deck], monkeypatch: pytest.MonkeyPatch) -> None:
    seeded(monkeypatch, scaling("flux", -1.0))
    assert "temperature (b) converges in space with order" in failures(deck())


def test_missing_coefficient(deck: Callable[..., Deck], monkeypatch: pytest.MonkeyPatch) -> None:
    seeded(monkeypatch, scaling("flux", 1 / 0.7, "b"))
    assert "temperature (b) converges in space with order" in failures(deck())


def test_dropped_side_of_an_interface(deck: Callable[..., Deck], monkeypatch: pytest.MonkeyPatch) -> None:
    def one_sided(forms: Forms, placed: Placed, integral: Integral) -> Integral | None:
        return None if placed.term.kind == "exchange" and placed.term.side == "plus" else integral

    seeded(monkeypatch, one_sided)
    assert "temperature (b) converges in space with order" in failures(deck())


@pytest.mark.parametrize("sections", [{}, TRANSIENT])
def test_lagged_term(deck: Callable[..., Deck], monkeypatch: pytest.MonkeyPatch, sections: dict[str, Any]) -> None:
    """The exchange at the interface is taken from the step before."""

    def lagged(forms: Forms, placed: Placed, integral: Integral) -> Integral:
        if placed.term.kind != "exchange":
            return integral
        return replace(integral, density=forms.lower(placed.expression, integral.site, level=1))

    seeded(monkeypatch, lagged)
    assert "temperature (b) converges in space" in failures(deck(**sections))


def test_wrong_rate(deck: Callable[..., Deck], monkeypatch: pytest.MonkeyPatch) -> None:
    right = bdf.coefficients
    monkeypatch.setattr(bdf, "coefficients", lambda order, steps: tuple(1.1 * w for w in right(order, steps)))
    assert "converges in time with order" in failures(deck(**TRANSIENT))


def test_wrong_jacobian(deck: Callable[..., Deck], monkeypatch: pytest.MonkeyPatch) -> None:
    """A Jacobian 5 % too steep: Newton still gets there."""
    right = fd.NonlinearVariationalProblem

    def wrong(residual: Any, state: Any, bcs: Any) -> Any:
        return right(residual, state, bcs, J=fd.Constant(1.05) * fd.derivative(residual, state))

    monkeypatch.setattr(solver.fd, "NonlinearVariationalProblem", wrong)
    found = failures(deck())
    assert "the Jacobian of temperature (a) by temperature (a) is not the derivative" in found
    assert "converges" not in found


def test_a_raw_term_is_named(deck: Callable[..., Deck]) -> None:
    class Raw(Heat):
        def contribute(self, model: Contribution) -> None:
            super().contribute(model)
            energy = model.balance("energy")
            energy.raw(-model.property("density", "kg/m^3") * 0 * model.test(energy))

    found = compose(deck(), with_plugin(Raw))
    assert isinstance(found, Model)
    assert [t.kind for b, t in found.terms() if t.kind == "raw"] == ["raw"]


def test_results_as_text_data_and_picture(deck: Callable[..., Deck], tmp_path: Path) -> None:
    import json

    found: Verification = verify(deck(), max_unknowns=30)
    assert found.verdict == "verified"
    assert "| temperature (a) | space |" in found.table()
    data = json.loads(json.dumps(found.data(), allow_nan=False))
    assert data["passed"] is True
    assert data["failures"] == []
    found.draw(tmp_path / "orders.png")
    assert (tmp_path / "orders.png").stat().st_size > 10_000
