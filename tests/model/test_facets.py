"""Terms between the cells of discontinuous fields: what a plugin may say, what a deck may, and how it is printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from layers_of_cells import HELD, tracers, with_tracers
from terms import composed

from trona.errors import UserError
from trona.explain import coupling, explain
from trona.model import Model, Physics, compose
from trona.plugin import Contribution, Quantity, balance, conditional, dot, exp, grad, gt, max_value, sqrt


def with_flux(flux: Callable[..., Any], **sections: Any) -> Model:
    """A tracer whose numerical flux is this."""

    class Passed(Physics):
        """A flux between cells, for a test."""

        name = "passed"
        requires = (balance("tracer"),)
        speed = Quantity("m/s", "speed", default="2 m/s")

        def contribute(self, model: Contribution) -> None:
            model.balance("tracer").facet_flux(lambda *cells: flux(self, *cells))

    return compose(tracers({"passed": {}}, **sections), with_tracers(Passed))


def c(cell: Any) -> Any:
    return cell.field("tracer")


UNEQUAL = {
    "not reversed with the cells": lambda self, here, there, n, h: self.speed * c(here),
    "of this side alone": lambda self, here, there, n, h: self.speed * c(here) * n[0],
    "a mean instead of a difference": lambda self, here, there, n, h: self.speed * (c(here) + c(there)) / 2,
    "downwind on one side": lambda self, here, there, n, h: (
        self.speed * n[0] * conditional(gt(n[0], 0), c(here), 2 * c(there))
    ),
    "of another size where it is large": lambda self, here, there, n, h: max_value(
        self.speed * (c(here) - c(there)), 0
    ),
    "by one gradient": lambda self, here, there, n, h: self.speed * h * dot(grad(c(here)), n),
}


@pytest.mark.parametrize("flux", UNEQUAL)
def test_what_one_cell_loses_the_other_must_get(flux: str) -> None:
    with pytest.raises(UserError) as caught:
        with_flux(UNEQUAL[flux])
    assert str(caught.value) == (
        "<deck>:1:1 physics.passed: the flux of tracer between cells must change its sign when the two cells "
        "are exchanged; with here and there exchanged, and -n for n, it is another flux"
    )


EQUAL = {
    "central": lambda self, here, there, n, h: self.speed * n[0] * (c(here) + c(there)) / 2,
    "a penalty by rates and sizes": lambda self, here, there, n, h: h * (here.rate("tracer") - there.rate("tracer")),
    "with functions": lambda self, here, there, n, h: (
        self.speed * (c(here) * exp(c(there) / c(here)) - sqrt(c(there) ** 2) * exp(c(here) / c(there)))
    ),
}


@pytest.mark.parametrize("flux", EQUAL)
def test_one_flux_is_taken_whatever_it_is_made_of(flux: str) -> None:
    model = with_flux(EQUAL[flux], time={"end": "1 s", "step": "1 s"}, initial={"tracer": "1 mol/m^3"})
    kinds = [t.kind for t in model.balances["tracer"].terms if t.plugin == "passed"]
    assert kinds == ["facet", "exchange", "exchange", "inflow", "inflow"]


def refused(physics: dict[str, Any], *more: type[Physics], **sections: Any) -> str:
    with pytest.raises(UserError) as caught:
        compose(tracers(physics, **sections), with_tracers(*more))
    return str(caught.value)


def test_a_continuous_field_has_nothing_between_its_cells() -> None:
    def add(self: Any, model: Contribution) -> None:
        model.balance("energy").facet_flux(lambda here, there, n, h: here.field("temperature") * n[0])

    with pytest.raises(
        UserError, match="energy has no flux between cells: 'temperature' is continuous, not discontinuous; declare"
    ):
        composed(add)


def test_a_flux_that_leaves_no_cell_is_refused() -> None:
    class Still(Physics):
        """Diffusion in each cell alone."""

        name = "still"
        requires = (balance("tracer"),)

        def contribute(self, model: Contribution) -> None:
            D = model.property("tracer_diffusivity", "m^2/s")
            model.balance("tracer").flux(-D * grad(model.field("tracer")))

    assert refused({"still": {}}, Still) == (
        "<deck>:1:1 physics.tracer: 'tracer' is discontinuous, and no plugin adds a facet_flux to tracer: "
        "nothing would flow from cell to cell"
    )


def test_a_value_acts_by_a_flux_between_cells_or_not_at_all() -> None:
    assert "no plugin adds a facet_flux to tracer, through which a fixed value of 'tracer' could act" in refused(
        {},
        boundaries={"bottom": {"tracer": "1 mol/m^3"}},
        time={"end": "1 s", "step": "1 s"},
        initial={"tracer": "1 mol/m^3"},
    )


def test_a_value_and_a_flux_are_not_both_given() -> None:
    both = {"bottom": {"tracer": "1 mol/m^3", "tracer_flux": "1 mol/m^2/s"}}
    text = "'tracer' is fixed on 'bottom', so no flux can be set there"
    assert text in refused({"spread": {}}, boundaries=both)


def test_what_is_open_nowhere_has_no_level() -> None:
    assert "nothing fixes" in refused({"spread": {}}, boundaries={})


def test_orders() -> None:
    assert compose(tracers({"spread": {}}, elements={"tracer": 0}), with_tracers()).fields["tracer"].order == 0
    assert "expected an order from 0 to" in refused({"spread": {}}, elements={"tracer": -1})


def test_a_jump_has_the_unit_of_a_flux_times_a_length() -> None:
    class Wrong(Physics):
        """A jump whose length is missing."""

        name = "wrong"
        requires = (balance("tracer"),)

        def contribute(self, model: Contribution) -> None:
            def jump(here: Any, there: Any, n: Any, h: Any) -> Any:
                return here.property("tracer_diffusivity", "m^2/s") * (c(here) - c(there)) / h * n

            model.balance("tracer").jump_flux(jump)

    text = refused({"spread": {}, "wrong": {}}, Wrong)
    assert "wrong: the jump_flux of tracer has the unit mol/(m^2*s), expected mol/(m*s)" in text


def test_equations_as_printed() -> None:
    deck = tracers({"spread": {}}, boundaries={"bottom": HELD["bottom"]})
    model = compose(deck, with_tracers())
    lines = [line.strip() for line in explain(model).splitlines()]
    for line in (
        "of the jump, in cell -  spread:  n * tracer_diffusivity[minus] * (tracer[minus] - tracer[plus])/2",
        "of the jump, in cell +  spread:  -n * tracer_diffusivity[plus] * (tracer[plus] - tracer[minus])/2",
        "at a | b   of the jump, in a:  n * tracer_diffusivity[minus] * (tracer[minus] - tracer[plus])/2  (spread)",
        "at bottom  of the jump:  2 * n * tracer_diffusivity * (tracer - tracer at bottom)/2  (spread)",
    ):
        assert line in lines
    assert any(
        line.startswith("from cell - to cell +   spread:  (tracer[minus] - tracer[plus]) * 10 *") for line in lines
    )
    assert ("spread", "tracer") in coupling(model).feeds
