"""`trona plugins`: lists the installed plugins, or describes one."""

from __future__ import annotations

import argparse
import inspect
import json
from typing import TYPE_CHECKING, Any

from trona.cli.ranks import Ranks
from trona.errors import UserError, hint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from trona.model import Registry
    from trona.model.configured import Configured
    from trona.model.declare import Sum
    from trona.model.output_kind import OutputKind
    from trona.model.reduction import Reduction


def plugins(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """List the installed physics, property forms, reductions and kinds of outputs, or describe one of them."""
    from trona.model import registry
    from trona.model.registry import kind_key

    installed = registry()
    classes: dict[str, type[Configured | Reduction | OutputKind]] = {
        **installed.physics,
        **installed.forms,
        **installed.reductions,
        **{kind_key(name): kind for name, kind in installed.output_kinds.items()},
    }
    name = arguments.name
    if name is not None and name not in classes:
        told = "; ".join([f"no such plugin '{name}'{hint(name, sorted(classes))}", *installed.broken])
        raise UserError(f"trona plugins: {told}")
    if arguments.json:
        wanted = [name] if name is not None else list(classes)
        found = [describe(n, classes[n], installed) for n in wanted]
        ranks.out(json.dumps(found[0] if name is not None else found, indent=2, ensure_ascii=False))
    elif name is not None:
        ranks.out("\n".join(_page(describe(name, classes[name], installed))))
    else:
        rows = [describe(each, cls, installed) for each, cls in classes.items()]
        width = max((len(row["name"]) for row in rows), default=0)
        for row in rows:
            kind = "" if row["kind"] == "physics" else f"{row['kind']}, "
            ranks.out(f"{row['name']:<{width}}  {row['summary']} [{kind}{row['distribution']}]")
        for text in installed.broken:
            ranks.out(f"warning: {text}")
    return 0


def describe(name: str, cls: type[Configured | Reduction | OutputKind], installed: Registry) -> dict[str, Any]:
    """Return the declarations of a plugin as plain data."""
    from trona.model.configured import Declared
    from trona.model.declare import Field
    from trona.model.registry import kind_key

    text = inspect.cleandoc(cls.__doc__ or "")
    declaring = cls if issubclass(cls, Declared) else Declared
    provides = [
        {
            "kind": "field" if isinstance(d, Field) else "balance",
            "name": d.name,
            "unit": d.unit,
            "text": d.text,
            "condition": declaring.condition_of(d),
        }
        for d in declaring.provides
    ]
    sums = dict.fromkeys(need for need in (*getattr(cls, "feeds", ()), *getattr(cls, "reads", tuple)()))
    kinds: dict[str, Collection[str]] = {
        "physics": installed.physics,
        "property form": installed.forms,
        "reduction": installed.reductions,
        "kind of output": [kind_key(each) for each in installed.output_kinds],
    }
    return {
        "name": name,
        "kind": next(kind for kind, known in kinds.items() if name in known),
        "summary": text.partition("\n")[0],
        "text": text,
        "distribution": installed.origin(name),
        "requires": [str(r) for r in getattr(cls, "requires", ())],
        "uses": [str(r) for r in getattr(cls, "uses", ())],
        "provides": provides,
        "sums": [_sum(declared, installed) for declared in sums],
        "options": [_option(option) for option in cls.declared_options().values()],
        "references": list(getattr(cls, "references", ())),
    }


def _sum(declared: Sum, installed: Registry) -> dict[str, Any]:
    return {
        "name": declared.name,
        "unit": declared.unit,
        "text": declared.text,
        "on": declared.on,
        "fed by": installed.feeders(declared),
        "read by": installed.readers(declared),
    }


def _option(option: Any) -> dict[str, Any]:
    return {
        "name": option.name,
        "kind": type(option).__name__,
        "values": option.kind,
        "unit": getattr(option, "unit_text", "") or None,
        "text": option.text,
        "required": option.required,
        "default": option.default if isinstance(option.default, str) else None,
        "bounds": dict(getattr(option, "bounds", {})),
    }


def _page(one: dict[str, Any]) -> Iterator[str]:
    yield f"{one['name']} [{one['kind']}, {one['distribution']}]"
    yield ""
    yield one["text"]
    if one["requires"] or one["uses"]:
        yield ""
    if one["requires"]:
        yield f"requires: {', '.join(one['requires'])}"
    if one["uses"]:
        yield f"uses if there: {', '.join(one['uses'])}"
    if one["provides"]:
        yield ""
        yield "provides:"
        for item in one["provides"]:
            condition = f", {item['condition']}" if item["condition"] else ""
            yield f"  {item['kind']} {item['name']} [{item['unit']}]{condition}: {item['text']}"
    if one["sums"]:
        yield ""
        yield "sums:"
        for item in one["sums"]:
            who = f"fed by {', '.join(item['fed by']) or 'nothing'}, read by {', '.join(item['read by']) or 'nothing'}"
            yield f"  {item['name']} [{item['unit']}]: {item['text']}; {who}"
    yield ""
    yield "options:" if one["options"] else "options: none"
    for option in one["options"]:
        default = option["default"]
        end = "required" if option["required"] else f"default: {default}" if default else "optional"
        yield f"  {option['name']} ({option['values']}): {option['text']} [{end}]"
    if one["references"]:
        yield ""
        yield f"references: {', '.join(one['references'])}"
