"""The sentences: what the measures of a failed solve mean to its user, and what to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trona.diagnosis.options import listed, ranked
from trona.diagnosis.report import Finding, number

if TYPE_CHECKING:
    from trona.diagnosis.births import Birth
    from trona.diagnosis.contrast import Contrast
    from trona.diagnosis.levels import Free, Level, Weak
    from trona.diagnosis.measures import Extreme, Imbalance, Words
    from trona.diagnosis.options import Written
    from trona.diagnosis.parts import Part
    from trona.diagnosis.state import State
    from trona.problem.unknowns import Component


def where(component: Component) -> str:
    """Return 'concentration in salt+film'."""
    region = component.region
    return f"{component.name} in {region}" if region else component.name


def mean(part: Part, amount: float, words: Words) -> str:
    """Return an amount as density over the place of its term: '10 A/m^2'."""
    comm = words.problem.comm
    size = comm.allreduce(float(np.sum(part.place.weights[part.place.owned])))
    return f"{number(amount / size)} {words.density_unit(part)}".rstrip() if size else "0"


def named(levels: list[Level]) -> str:
    return " and ".join(where(level.component) for level in levels)


def of_free(free: Free, words: Words, linear_solve_failed: bool) -> Finding:
    """Say that levels are free, or what cannot add up because of it."""
    levels = named(free.levels)
    if not free.contradictory:
        several = len(free.levels) > 1
        moved = "the same constant added to all" if several else "a constant added to it"
        text = f"nothing fixes the level of {levels}: {moved} changes no equation (the Jacobian is singular)"
        cure = f"give {' or '.join(x.component.name for x in free.levels)} a value on a boundary"
        return Finding(94 if linear_solve_failed else 85, "free level", text, (), cure)
    unit = words.amount_unit(free.loads[0][0].component)
    text = (
        f"contradictory values: what is prescribed for {levels} leaves {number(free.left_over)} {unit} over, "
        "and nothing can take it up"
    )
    details = []
    for part, amount in free.loads[:4]:
        inputs = ", ".join(w.text for w in listed(part, words.model)[:1])
        details.append(f"{part.name}: {number(amount)} {unit}" + (f", from {inputs}" if inputs else ""))
    cure = f"make them agree, or drop one and fix {free.levels[0].component.name} on a boundary instead"
    return Finding(100, "contradiction", text, tuple(details), cure)


def of_weak(weak: Weak, words: Words, state: State) -> Finding:
    """Say that a level is held too weakly for what enters, and by which input."""
    component = weak.level.component
    unit = words.unit(component)
    holder, answer = weak.answers[0]
    load, amount = weak.loads[0]
    text = (
        f"the level of {where(component)} would have to change by {number(weak.change)} {unit}: "
        f"{holder.name} answers to it with only {mean(holder, abs(answer), words)} per {unit}"
    )
    details = [f"against {mean(load, amount, words)} from {load.name}"]
    step = 1e-30

    def answer_to(changed: State) -> float:
        from trona.diagnosis.levels import shift

        moved = changed.moved(shift([weak.level], [step * 1j], changed))
        return holder.net(moved, weak.level.direction).imag / step

    inputs = ranked(holder, state, answer_to)
    cure = "check the values and units of the terms above"
    if inputs:
        details.append(f"{holder.plugin} is most sensitive to {inputs[0].text}")
        cure = f"check the value and the unit of {inputs[0].name}, then of {_names(listed(load, words.model))}"
    return Finding(88, "weak hold", text, tuple(details), cure.removesuffix(", then of "))


def _names(inputs: list[Written]) -> str:
    return ", ".join(w.name for w in inputs[:2])


def of_negative(
    component: Component,
    low: Extreme,
    before: Extreme | None,
    sinks: list[tuple[Part, float]],
    births: list[Birth],
    words: Words,
    converged: bool,
) -> Finding:
    """Say that a field without meaning at or below zero got there, and what takes it there.

    converged: whether it is there in a solution of the equations.
    """
    unit = words.unit(component)
    text = (
        f"{component.name} falls below zero: {number(low.value)} {unit} {low.place} "
        f"({low.count} of {low.of} values are not above 0)"
    )
    details = []
    if births:
        birth = births[0]
        details.append(f"there {birth.plugin} in {birth.region} has no value: {birth.text}")
    less = f"take less, supply more, or end the run before, with time.stop on the lowest {component.name}"
    cure = less if words.problem.transient else "start from better 'initial' values, or take less"
    if sinks:
        part, amount = sinks[0]
        inputs = listed(part, words.model)
        source = f", from {inputs[0].text}" if inputs else ""
        details.append(f"what takes it away: {part.name}, {mean(part, amount, words)}{source}")
        if inputs:
            cure = f"check the value and the unit of {inputs[0].name}; is more taken than can be supplied?"
    if converged:
        details.append("the equations themselves lead there: what is stored is used up")
        cure = less
    if before is not None:
        details.append(f"in the last good state its lowest value is {number(before.value)} {unit}")
    return Finding(80 if births else 75, "negative", text, tuple(details), cure)


def of_used_up(
    component: Component, low: Extreme, high: Extreme, sinks: list[tuple[Part, float]], words: Words, good: bool
) -> Finding:
    """Say that a field without meaning at or below zero has come so close to it that the run cannot go on.

    good: whether already in the last good state.
    """
    unit = words.unit(component)
    text = (
        f"{component.name} is used up: {number(low.value)} {unit} {low.place}, while its highest value is "
        f"{number(high.value)} {unit}"
    )
    details = []
    cure = f"end the run before, with time.stop on the lowest {component.name}; or take less, or supply more"
    if sinks:
        part, amount = sinks[0]
        inputs = listed(part, words.model)
        source = f", with {inputs[0].text}" if inputs else ""
        details.append(f"what takes it away: {part.name}, {mean(part, amount, words)}{source}")
    return Finding(93 if good else 89, "used up", text, tuple(details), cure)


def of_contrast(contrast: Contrast, sure: bool) -> Finding:
    """Say that numbers differ by more than double precision can hold in one sum.

    sure: whether round-off is known to hide the solution.
    """
    text = (
        f"{contrast.name} differs by a factor of {contrast.factor:.1e} between blocks over which "
        f"{where(contrast.component)} is continuous: the linear system cannot be solved in double precision"
    )
    details = (contrast.low.text, contrast.high.text)
    cure = "check both values and their units; a block that carries next to nothing is better left out"
    return Finding(97 if sure else 45, "contrast", text, details, cure)


def of_round_off(component: Component, part: float) -> Finding:
    """Say that round-off hides the solution, where no two numbers tell why."""
    text = (
        f"the linear system cannot be solved in double precision: round-off moves {where(component)} by "
        f"{part:.1g} of its largest value"
    )
    cure = (
        "look for numbers that differ by many decades (the scaling of the Jacobian, below), and for a field "
        "that hardly anything ties down"
    )
    return Finding(86, "round-off", text, (), cure)


def of_birth(birth: Birth, words: Words) -> Finding:
    """Say which term is not finite, and which expression in it."""
    text = f"{birth.plugin} ({birth.kind}) at {birth.region} is not finite: {birth.text}"
    place = words.place(birth.x, (birth.block,))
    fields = ", ".join(f"{n} = {number(v)} {u}" for n, u, v in birth.fields)
    details = (f"{place}" + (f": {fields}" if fields else ""),)
    return Finding(70, "not finite", text, details, "start from better 'initial' values, or ramp the load in time")


def of_step(size: float, good: float, setting: str, hopeless: bool) -> Finding:
    """Say that the time step is too long, which was tried; hopeless: where a shorter one would not lead far either."""
    text = f"the time step of {number(size)} s is too long: one of {number(good)} s succeeds"
    return Finding(
        70 if hopeless else 90,
        "step too long",
        text,
        (f"the smallest step allowed is {setting}",),
        f"time.step and time.smallest_step of {number(good)} s or less, with a tolerance for adaptive steps",
    )


def of_kink(order: float, kinks: list[str]) -> Finding:
    """Say that the Jacobian is not the derivative of the residual here."""
    text = f"the Jacobian does not pass the Taylor test at this state (order {order:.2f})"
    if kinks:
        text += f": {', '.join(kinks)} is not differentiable here"
    return Finding(60, "not differentiable", text, (), "smooth the jump or kink in that term")


def of_iterations(norms: list[float], most: int) -> Finding:
    """Say that Newton was still converging when its iterations ran out."""
    text = f"Newton was still converging when its {most} iterations ran out: residual {norms[0]:.3g} -> {norms[-1]:.3g}"
    return Finding(65, "iterations", text, (), "raise solver.max_iterations")


def of_imbalance(imbalance: Imbalance, words: Words) -> Finding:
    """Say which balance is furthest from closed, when nothing better is known."""
    component = imbalance.component
    unit = words.flux_unit(component)
    text = f"{where(component)} is furthest out of balance: {number(imbalance.flux)} {unit}".rstrip()
    if imbalance.worst is not None and imbalance.worst.place:
        text += f", most of it {imbalance.worst.place}"
    details = [f"{p.name} ({p.kind}): {number(s)} {unit}".rstrip() for p, s in imbalance.shares[:3]]
    cure = "ramp the load in time, or start near the answer with 'initial' values"
    return Finding(10, "imbalance", text, tuple(details), cure)


def of_conflict(text: str) -> Finding:
    return Finding(50, "conflict", text, (), "let them agree where they meet")
