"""Findings of a failed solve: sentences for the user, each with its evidence and what to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trona.diagnosis.options import listed, ranked
from trona.diagnosis.report import Finding, number

if TYPE_CHECKING:
    from trona.diagnosis.births import Birth
    from trona.diagnosis.contrast import Contrast
    from trona.diagnosis.levels import Free, Level, Weak
    from trona.diagnosis.measures import Extreme, Formatter, Imbalance
    from trona.diagnosis.options import Written
    from trona.diagnosis.state import State
    from trona.diagnosis.terms import PointTerm
    from trona.problem.unknowns import Component


def where(component: Component) -> str:
    """Return 'height in lower+upper'."""
    region = component.region
    return f"{component.name} in {region}" if region else component.name


def mean(term: PointTerm, amount: float, formatter: Formatter) -> str:
    """Return an amount divided by the volume or area of its term, as in '10 A/m^2'."""
    size = term.place.size
    return f"{number(amount / size)} {formatter.density_unit(term)}".rstrip() if size else "0"


def named(levels: list[Level]) -> str:
    return " and ".join(where(level.component) for level in levels)


def free_level(free: Free, formatter: Formatter, unsolved: bool) -> Finding:
    """Levels that no equation fixes, or prescribed values that contradict each other because of it.

    unsolved: whether the linear system could not be solved, or not beyond round-off.
    """
    levels = named(free.levels)
    if not free.contradictory:
        several = len(free.levels) > 1
        moved = "the same constant added to all" if several else "a constant added to it"
        text = f"nothing fixes the level of {levels}: {moved} changes no equation (the Jacobian is singular)"
        cure = f"give {' or '.join(x.component.name for x in free.levels)} a value on a boundary"
        return Finding(94 if unsolved else 85, "free level", text, (), cure)
    # The row of a number that an integral determines belongs to no balance; all of these have one unit.
    components = [*(term.component for term, _ in free.loads), *(level.component for level in free.levels)]
    unit = next(filter(None, map(formatter.amount_unit, components)), "")
    surplus = f"{number(free.left_over)} {unit}".rstrip()
    text = f"contradictory values: those prescribed for {levels} leave a surplus of {surplus} that nothing can take up"
    details = []
    for term, amount in free.loads[:4]:
        inputs = ", ".join(w.text for w in listed(term, formatter.model)[:1])
        details.append(f"{term.name}: {number(amount)} {unit}".rstrip() + (f", from {inputs}" if inputs else ""))
    first = free.levels[0].component
    cure = f"make them agree, or drop one and fix {first.name} on a boundary instead"
    if all(level.component.field.kind == "global" for level in free.levels):
        # Often something depends on a number only beyond a value, such as on the place of what may touch.
        text = f"no equation depends on {levels} where the solve starts, so nothing can take up {surplus}"
        cure = f"give {first.name} an 'initial' value at which something depends on it"
    return Finding(100, "contradiction", text, tuple(details), cure)


def weak_level(weak: Weak, formatter: Formatter, state: State) -> Finding:
    """A level that is held too weakly against what enters, with the input that holds it."""
    component = weak.level.component
    unit = formatter.unit(component)
    holder, answer = weak.answers[0]
    load, amount = weak.loads[0]
    text = (
        f"{where(component)} would have to change by {number(weak.change)} {unit}: "
        f"{holder.name} responds with only {mean(holder, abs(answer), formatter)} per {unit}"
    )
    details = [f"against {mean(load, amount, formatter)} from {load.name}"]
    step = 1e-30

    def answer_to(changed: State) -> float:
        from trona.diagnosis.levels import shift

        moved = changed.moved(shift([weak.level], [step * 1j], changed))
        return holder.net(moved, weak.level.direction).imag / step

    inputs = ranked(holder, state, answer_to)
    cure = "check the values and units of the terms above"
    if inputs:
        details.append(f"{holder.plugin} is most sensitive to {inputs[0].text}")
        cure = f"check the value and the unit of {inputs[0].name}, then of {_names(listed(load, formatter.model))}"
    return Finding(88, "weak hold", text, tuple(details), cure.removesuffix(", then of "))


def _names(inputs: list[Written]) -> str:
    return ", ".join(w.name for w in inputs[:2])


def negative(
    component: Component,
    low: Extreme,
    before: Extreme | None,
    sinks: list[tuple[PointTerm, float]],
    births: list[Birth],
    formatter: Formatter,
    converged: bool,
) -> Finding:
    """A field that must be positive but is not, with its largest sink.

    converged: whether the state solves the equations.
    """
    unit = formatter.unit(component)
    text = (
        f"{component.name} falls below zero: {number(low.value)} {unit} {low.place} "
        f"({low.count} of {low.of} values are not above 0)"
    )
    details = []
    if births:
        birth = births[0]
        details.append(f"{birth.plugin} in {birth.region} has no value there: {birth.text}")
    less = f"draw less, supply more, or end the run earlier with time.stop on the lowest {component.name}"
    cure = less if formatter.problem.transient else "start from better 'initial' values, or draw less"
    if sinks:
        term, amount = sinks[0]
        inputs = listed(term, formatter.model)
        source = f", from {inputs[0].text}" if inputs else ""
        details.append(f"largest sink: {term.name}, {mean(term, amount, formatter)}{source}")
        if inputs:
            cure = f"check the value and the unit of {inputs[0].name}; does the consumption exceed the supply?"
    if converged:
        details.append("this state solves the equations: the stored amount is used up")
        cure = less
    if before is not None:
        details.append(f"in the last good state its lowest value is {number(before.value)} {unit}")
    return Finding(80 if births else 75, "negative", text, tuple(details), cure)


def used_up(
    component: Component,
    low: Extreme,
    high: Extreme,
    sinks: list[tuple[PointTerm, float]],
    formatter: Formatter,
    good: bool,
) -> Finding:
    """A field that must be positive and is so close to zero that the run cannot go on.

    good: whether this holds in the last good state already.
    """
    unit = formatter.unit(component)
    text = (
        f"{component.name} is used up: {number(low.value)} {unit} {low.place}, while its highest value is "
        f"{number(high.value)} {unit}"
    )
    details = []
    cure = f"draw less, supply more, or end the run earlier with time.stop on the lowest {component.name}"
    if sinks:
        term, amount = sinks[0]
        inputs = listed(term, formatter.model)
        source = f", with {inputs[0].text}" if inputs else ""
        details.append(f"largest sink: {term.name}, {mean(term, amount, formatter)}{source}")
    return Finding(93 if good else 89, "used up", text, tuple(details), cure)


def contrast(contrast: Contrast, sure: bool) -> Finding:
    """Values of a property that differ by more than double precision resolves in one sum.

    sure: whether round-off is known to hide the solution.
    """
    text = (
        f"{contrast.name} differs by a factor of {contrast.factor:.1e} between blocks over which "
        f"{where(contrast.component)} is continuous: the linear system cannot be solved in double precision"
    )
    details = (contrast.low.text, contrast.high.text)
    cure = "check both values and their units; leave out a block that carries almost nothing"
    return Finding(97 if sure else 45, "contrast", text, details, cure)


def round_off(component: Component, share: float) -> Finding:
    """Round-off that hides the solution. share: relative to the largest value of the component."""
    text = (
        f"the linear system cannot be solved in double precision: round-off moves {where(component)} by "
        f"{share:.1g} of its largest value"
    )
    cure = (
        "look for numbers that differ by many orders of magnitude (see the scaling of the Jacobian), and for a field "
        "that is only weakly constrained"
    )
    return Finding(86, "round-off", text, (), cure)


def not_finite(birth: Birth, formatter: Formatter) -> Finding:
    """A term that is not finite, and the expression in it that causes it."""
    text = f"{birth.plugin} ({birth.kind}) at {birth.region} is not finite: {birth.text}"
    place = formatter.place(birth.x, (birth.block,))
    fields = ", ".join(f"{n} = {number(v)} {u}" for n, u, v in birth.fields)
    details = (f"{place}" + (f": {fields}" if fields else ""),)
    return Finding(70, "not finite", text, details, "start from better 'initial' values, or ramp the load in time")


def step_too_long(size: float, good: float, setting: str, hopeless: bool) -> Finding:
    """A time step that is too long: a shorter one was tried. hopeless: the shorter one would not lead far either."""
    text = f"the time step of {number(size)} s is too long: one of {number(good)} s succeeds"
    return Finding(
        70 if hopeless else 90,
        "step too long",
        text,
        (f"the smallest step allowed is {setting}",),
        f"set time.step and time.smallest_step to {number(good)} s or less, with a tolerance for adaptive steps",
    )


def not_differentiable(order: float, kinks: list[str]) -> Finding:
    """A Jacobian that is not the derivative of the residual at this state."""
    text = f"the Jacobian fails the Taylor test at this state (order {order:.2f})"
    if kinks:
        text += f": {', '.join(kinks)} is not differentiable here"
    return Finding(60, "not differentiable", text, (), "smooth the jump or kink in that term")


def out_of_iterations(norms: list[float], most: int) -> Finding:
    """Too few iterations: Newton was still converging."""
    text = f"Newton was still converging after {most} iterations: residual {norms[0]:.3g} -> {norms[-1]:.3g}"
    return Finding(65, "iterations", text, (), "raise solver.max_iterations")


def imbalance(imbalance: Imbalance, formatter: Formatter) -> Finding:
    """The component with the largest imbalance, for failures without a better explanation."""
    component = imbalance.component
    unit = formatter.flux_unit(component)
    text = f"{where(component)} has the largest imbalance: {number(imbalance.flux)} {unit}".rstrip()
    if imbalance.worst is not None and imbalance.worst.place:
        text += f", with its largest entry {imbalance.worst.place}"
    details = [f"{p.name} ({p.kind}): {number(s)} {unit}".rstrip() for p, s in imbalance.shares[:3]]
    cure = "ramp the load in time, or start near the answer with 'initial' values"
    return Finding(10, "imbalance", text, tuple(details), cure)


def conflict(text: str) -> Finding:
    return Finding(50, "conflict", text, (), "make them agree where they meet")
