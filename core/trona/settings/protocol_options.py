"""The declaration of the `protocol` section: controls, steps, loops of steps, integrals over time."""

from __future__ import annotations

from typing import Any

from trona.deck import (
    Either,
    Group,
    Integer,
    Later,
    ListOf,
    MappingOf,
    Node,
    Number,
    Option,
    OptionContext,
    Quantity,
    Section,
    Text,
    Value,
)

SIDES = ("above", "below")


class Name(Text):
    """A name that expressions can use."""

    kind = "name"

    def read(self, node: Node, context: OptionContext) -> str:
        name = node.string()
        if not name.isidentifier():
            raise node.error(f"'{name}' is not a valid name: use letters, digits and '_', a letter first")
        return name


class Steps(Option[Node]):
    """Steps and loops, which are read one by one. inner: those of a loop, of `owner`."""

    kind = "list of steps and loops"

    def __init__(self, text: str, owner: str, *, inner: bool = False) -> None:
        super().__init__(text)
        self.owner, self.inner = owner, inner

    def read(self, node: Node, context: OptionContext) -> Node:
        if not node.sequence():
            raise node.error(f"{self.owner} needs at least one step")
        return node

    def json_type(self) -> dict[str, Any]:
        if self.inner:
            return {"$ref": "#/properties/protocol/properties/steps"}
        return {"minItems": 1, **ListOf(ITEM).json_type()}


_VALUE = Text("value")
_SIDED = ({side: _VALUE} for side in SIDES)
_LIMIT = Either((_VALUE, *(Group(s, "a limit", "") for s in (*_SIDED, dict.fromkeys(SIDES, _VALUE)))), "limit")


class StepOptions:
    """A step: what it sets, and the limits that end it."""

    name = Name("a name of your choice, such as plate")
    set = Later(MappingOf(Value("value")), "values of controls", default=None)
    until = Later(MappingOf(_LIMIT), "limits, the first of which ends the step: time, an integral, or an output")
    step = Quantity("s", "first time step here; default the one of `time`", default=None, above="0 s", variables=())


class LoopOptions:
    """Steps that are run several times."""

    repeat = Integer("how often", minimum=1)
    steps = Steps("steps and loops, in order", "a loop", inner=True)


class VerbOptions:
    """What a sentence that begins with a verb stands for: a step in which `value` is left to the sentence."""

    set = Later(MappingOf(Value("value")), "values of controls; `value` is what follows `at`", default=None)
    until = Later(
        MappingOf(_LIMIT),
        "limits that always hold, and at most one with `value`, which stands for a value alone after `until`",
        default=None,
    )
    step = Quantity("s", "first time step; default the one of `time`", default=None, above="0 s", variables=())


STEP, LOOP = Group(StepOptions, "a step", "a step"), Group(LoopOptions, "a loop", "a loop")
ITEM = Either((STEP, LOOP, Text("a sentence that begins with one of `verbs`")), "a step, a loop or a sentence")
VERB = Group(VerbOptions, "a verb", "a step with `value` left open")


class ProtocolSection(Section):
    """Steps in time, each with its own values of the controls that drive the deck."""

    name = "protocol"

    controls = MappingOf(
        Text("unit or value"),
        "names of your choice for what the steps set, usable in every expression of the deck where `t` is; each with "
        "its unit, or with the value that it has in steps that do not set it",
        default=None,
    )
    steps = Steps(
        "steps {name, set, until, step}, loops {repeat, steps} and sentences that begin with one of `verbs`, in order",
        "a protocol",
    )
    verbs = Later(
        MappingOf(VERB),
        "verbs of your choice with which steps may be written as sentences, such as 'plate at 1 mA/cm^2 for 1 h': each "
        "a step {set, until, step} without a name, in which `value` stands for what the sentence gives",
        default=None,
    )
    repeat = Integer("how many times all steps are run", default="1", minimum=1)
    integrals = MappingOf(
        Text("expression"),
        "names of your choice for integrals over the time of a step: each of an expression in outputs and controls",
        default=None,
    )
    per_cycle = MappingOf(
        Text("expression"),
        "names of your choice for numbers in cycles.csv: each an expression in INTEGRAL_STEP, the sum of an integral "
        "over all steps of that name in the cycle",
        default=None,
    )
    tolerance = Number(
        "allowed error in reaching the limit of an output or integral, relative to it", default="1e-6", above=0, below=1
    )
