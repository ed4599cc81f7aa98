"""The JSON schema of decks, made of what the installed plugins and the deck's sections declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trona.model.reduction import Reduction


def schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of decks, for editors and checks of syntax."""
    from trona.deck import Options, deck_schema, object_schema
    from trona.model import registry
    from trona.model.sections import MeshSection, MotionSection
    from trona.settings.audit import AuditSection
    from trona.settings.checkpoint import CheckpointSection
    from trona.settings.outputs import OutputsSection
    from trona.settings.read_protocol import ProtocolSection
    from trona.settings.solver import SolverSection
    from trona.settings.sweep import SweepSection
    from trona.settings.time import TimeSection

    physics = {
        name: object_schema(name, cls.declared_options(), (cls.__doc__ or "").partition("\n")[0])
        for name, cls in registry().physics.items()
    }
    outputs = object_schema("outputs", OutputsSection.options(), OutputsSection.__doc__ or "")
    outputs["properties"]["extra"] = _extra()
    sections = {
        "mesh": object_schema("mesh", MeshSection.options(), MeshSection.__doc__ or ""),
        "materials": _materials(),
        "boundaries": _boundaries(),
        "initial": _mapping("initial values, by field; also the first guess of a steady solve", _QUANTITY),
        "given": _mapping("fields that are given instead of solved for: quantities or expressions", _TEXT),
        "time": object_schema("time", TimeSection.options(), TimeSection.__doc__ or ""),
        "solver": object_schema("solver", SolverSection.options(), SolverSection.__doc__ or ""),
        "outputs": outputs,
        "elements": _elements(),
        "motion": object_schema("motion", MotionSection.options(), MotionSection.__doc__ or ""),
        "audit": object_schema("audit", AuditSection.options(), AuditSection.__doc__ or ""),
        "checkpoint": object_schema("checkpoint", CheckpointSection.options(), CheckpointSection.__doc__ or ""),
        "definitions": _mapping("named quantities or expressions, usable in every expression of the deck", _TEXT),
        "protocol": object_schema("protocol", ProtocolSection.options(), ProtocolSection.__doc__ or ""),
        "sweep": object_schema("sweep", Options.declared(SweepSection), SweepSection.__doc__ or ""),
    }
    for name in (  # null removes what an included deck says
        "materials",
        "boundaries",
        "initial",
        "given",
        "solver",
        "outputs",
        "elements",
        "motion",
        "audit",
        "checkpoint",
        "definitions",
        "time",
        "protocol",
        "sweep",
    ):
        sections[name]["type"] = ["object", "null"]
    return deck_schema(physics, sections)


_TEXT: dict[str, Any] = {"type": ["string", "number"]}
_QUANTITY: dict[str, Any] = {
    "anyOf": [
        _TEXT,
        {"type": "object", "required": ["table", "of"]},
        {"type": "array", "items": {"type": ["string", "number", "null"]}},
    ]
}


def _mapping(text: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "type": "object", "additionalProperties": values}


def _keys(required: tuple[str, ...], optional: tuple[str, ...], values: dict[str, Any]) -> dict[str, Any]:
    """The schema of a mapping with just these keys."""
    return {
        "type": "object",
        "properties": {key: values.get(key, _TEXT) for key in (*required, *optional)},
        "required": list(required),
        "additionalProperties": False,
    }


def _materials() -> dict[str, Any]:
    own = {"type": "object", "properties": {"use": {"type": "string"}}}
    return _mapping(
        "the material of each block: its name, or {use: NAME, PROPERTY: VALUE, ...}",
        {"anyOf": [{"type": "string"}, own]},
    )


def _boundaries() -> dict[str, Any]:
    from trona.model import registry
    from trona.model.declare import BalanceDeclaration
    from trona.model.motion import NAME, TEXT

    fields: dict[str, Any] = {NAME: {"description": f"{TEXT} [m]", **_QUANTITY}}
    flows: dict[str, Any] = {}
    balances: dict[str, Any] = {}
    for cls in registry().physics.values():
        for declared in cls.provides:
            text = f"{declared.text} [{declared.unit}] ({cls.name})"
            if not isinstance(declared, BalanceDeclaration):
                fields[declared.name] = {"description": text, **_QUANTITY}
                continue
            balances[declared.name] = {"description": f"flux of {text} times m", **_QUANTITY}
            if declared.inflow:
                flows[declared.inflow] = {"description": f"{declared.inflow_text} ({cls.name})", **_QUANTITY}
    robin = _keys(("coefficient", "reference"), (), {"coefficient": _QUANTITY, "reference": _QUANTITY})
    conditions = {
        "type": "object",
        "properties": {
            **fields,
            **flows,
            "inflow": {
                "description": "flux that enters, by balance",
                "type": "object",
                "properties": balances,
                "additionalProperties": False,
            },
            "robin": {
                "description": "flux in = coefficient * (reference - field), by field",
                "type": "object",
                "properties": dict.fromkeys(fields, robin),
                "additionalProperties": False,
            },
        },
        "additionalProperties": False,
    }
    return _mapping("conditions on boundaries and interfaces, by name", conditions)


def _elements() -> dict[str, Any]:
    from trona.deck import object_schema
    from trona.model.sections import ElementsSection

    elements = object_schema("elements", ElementsSection.options(), ElementsSection.__doc__ or "")
    elements["additionalProperties"] = {"type": "integer", "minimum": 1, "maximum": 4}
    return elements


def _reduction(name: str, cls: type[Reduction]) -> dict[str, Any]:
    from trona.deck import object_schema

    options = object_schema(name, cls.declared_options(), "")
    needed = tuple(options.get("required", ()))
    more = tuple(option for option in options["properties"] if option not in needed)
    known = {"reduce": {"const": name, "description": cls.text()}, **options["properties"]}
    return _keys(("reduce", "of", "on", *needed), ("side", *more), known)


def _extra() -> dict[str, Any]:
    from trona.model import registry
    from trona.settings.outputs import MOST_POINTS

    point = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1, "maxItems": 3}
    count = {"type": "integer", "minimum": 2, "maximum": MOST_POINTS}
    values = {"at": point, "from": point, "to": point, "points": count}
    kinds = [
        *(_reduction(name, cls) for name, cls in registry().reductions.items()),
        _keys(("probe", "at"), ("block",), values),
        _keys(("line", "from", "to"), ("points", "block"), values),
    ]
    return _mapping("outputs of your own, by name", {"anyOf": kinds})
