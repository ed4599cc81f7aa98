"""The page of a run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from trona.errors import UserError
from trona.page import curves
from trona.page.fields import fields, mesh, names, states
from trona.page.formulas import equations
from trona.page.html import Section, document, folded, picture, pre, table, text
from trona.record.look import look_of_run
from trona.record.paths import cannot_read
from trona.record.quantity import pretty, time_text
from trona.record.report import OUTPUT_HEAD, output_rows
from trona.record.results import RecordedRun, read_json

_ASSUMED = "ASSUMED"
_GOOD, _STOPPED, _GOING = "finished", "stopped", "running"
_PATIENCE = 120  # s without anything new, after which a live page says so


def run_page(run: RecordedRun, live: bool = False) -> bytes:
    """Return the page of a run. A part whose files cannot be read says so, and costs no other part.

    live: whether it is made again and again while the run goes on, and says when and how to end the run.
    """
    made: Sequence[tuple[str, str, Callable[[], str]]] = (
        ("diagnosis", "Why it failed", lambda: pre(_read(run, "failure.txt"))),
        ("warnings", "Warnings", lambda: _warnings(run)),
        ("outputs", "Outputs", lambda: _outputs(run)),
        ("wholes", "Outputs by cause", lambda: curves.wholes(run)),
        ("history", "Outputs over time", lambda: curves.history(run)),
        ("protocol", "Protocol", lambda: curves.cycles(run)),
        ("fields", "Fields", lambda: fields(run)),
        ("lines", "Lines and profiles", lambda: curves.lines(run)),
        ("pictures", "Other pictures", lambda: _other_pictures(run)),
        ("balances", "Balances", lambda: _ledger(run.summary)),
        ("mesh", "Mesh", lambda: mesh(run)),
        ("equations", "Equations", lambda: _equations(run)),
        ("parameters", "Parameters and their sources", lambda: _parameters(run.summary)),
        ("deck", "Deck", lambda: _deck(run)),
        ("solver", "Solver", lambda: _solver(run.summary)),
        ("versions", "Versions", lambda: _versions(run)),
        ("citing", "How to cite", lambda: _citing(run)),
    )
    sections = [Section(key, title, _safely(body)) for key, title, body in made]
    head = f"<h1>{text(_title(run))}</h1><p>{status_mark(run.status)}</p>{_safely(lambda: _facts(run))}"
    return document(_title(run), head + (_safely(lambda: _progress(run)) if live else ""), sections, live)


def _progress(run: RecordedRun) -> str:
    """Return how far a run is that goes on, when that was, and how to end it: a page cannot signal a process."""
    reached = float(run.history["time"][-1]) if run.history.rows else 0.0
    end = str((run.deck.get("time") or {}).get("end") or "")
    step = int(run.history["step"][-1]) if run.history.rows else 0
    of = f" of {end}" if end else ""
    done = f"step {step}, {look_of_run(run).moment(reached)}{of}" if step else "before its first step"
    folder = shlex.quote(str(run.folder.resolve()))
    now = datetime.now().astimezone()
    return (
        f'<p class="live" data-made="{1000 * now.timestamp():.0f}" data-patience="{_PATIENCE}">At {now:%H:%M:%S}: '
        f"{text(done)}. This page loads itself again while the run goes on. To end the run after its present step: "
        f"<code>trona stop {text(folder)}</code>"
        '<span class="silent" hidden> <b></b> without anything new. If no step takes that long, the process may '
        f"have been killed: <code>trona open {text(folder)}</code> shows how the run ended.</span></p>"
    )


def status_mark(status: str) -> str:
    """Return how a run ended, coloured by what that means."""
    word = status.partition(":")[0].split(" ")[0]
    kind = {_GOOD: "good", _STOPPED: "good", _GOING: "going", "interrupted": "going"}.get(word, "bad")
    return f'<span class="status {kind}">{text(status)}</span>'


def facts(pairs: Mapping[str, str]) -> str:
    """Return names and values as a list; empty values are left out."""
    items = "".join(f"<div><dt>{text(k)}</dt><dd>{text(v)}</dd></div>" for k, v in pairs.items() if v)
    return f"<dl>{items}</dl>"


def _safely(body: Callable[[], str]) -> str:
    try:
        return body()
    except (UserError, OSError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        return f'<p class="bad">This part cannot be shown: {text(str(error) or type(error).__name__)}</p>'


def _title(run: RecordedRun) -> str:
    return str(run.deck.get("title") or run.name)


def _facts(run: RecordedRun) -> str:
    summary, history = run.summary, run.history
    versions = read_json(run.folder / "versions.json") or {}
    reached = summary.get("time") or (float(history["time"][-1]) if history.rows else 0.0)
    newton = summary.get("newton") or {}
    ranks = summary.get("nprocs", 1)
    pairs = {
        "deck": run.name,
        "started": str(summary.get("started", "")).replace("T", " ")[:19],
        "took": time_text(summary["elapsed_seconds"]) if "elapsed_seconds" in summary else "",
        "reached": f"t = {time_text(reached)}" if reached else "",
        "steps": str(newton.get("steps", "")),
        "Newton iterations": str(newton.get("total_iterations", "")),
        "processes": str(ranks) if ranks != 1 else "",
        "trona": str(versions.get("trona", "")),
    }
    return facts(pairs)


def _outputs(run: RecordedRun) -> str:
    look = look_of_run(run)
    told = output_rows([look.told(each) for each in run.outputs.values()])
    rows = [(name, value, pretty(unit), *rest) for name, value, unit, *rest in told]
    return table(OUTPUT_HEAD, rows, right=(1,))


def _read(run: RecordedRun, name: str) -> str:
    path = run.folder / name
    try:
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    except OSError as error:
        raise cannot_read(path, error) from error


def _warnings(run: RecordedRun) -> str:
    found = run.summary.get("warnings") or []
    return f"<ul>{''.join(f'<li>{text(str(each))}</li>' for each in found)}</ul>" if found else ""


def _equations(run: RecordedRun) -> str:
    parts = (read_json(run.folder / "equations.json") or {}).get("parts") or []
    return equations(parts) or "<p>This run was made by a version that did not write its equations.</p>"


def _parameters(summary: Mapping[str, Any]) -> str:
    rows, assumed = [], 0
    for p in summary.get("parameters") or []:
        value = f"{p['value']:.6g}" if isinstance(p.get("value"), int | float) else str(p.get("written", ""))
        source = f"{_ASSUMED}: {p['source']}".rstrip(": ") if p.get("assumption") else str(p.get("source", ""))
        assumed += bool(p.get("assumption"))
        unit = "" if p["unit"] == "1" else pretty(str(p["unit"]))
        rows.append((f"{p['owner']}.{p['name']}", value, unit, str(p.get("uncertainty") or ""), source))
    if not rows:
        return ""
    told = f"{assumed} of {len(rows)} values are assumptions; they are marked." if assumed else ""
    head = ("parameter", "value", "unit", "uncertainty", "source")
    return (f"<p>{told}</p>" if told else "") + table(head, rows, marked=_ASSUMED)


def _deck(run: RecordedRun) -> str:
    note = "<p>The deck as it ran, with includes and overrides applied.</p>"
    return note + folded("deck.yaml", pre(_read(run, "deck.yaml")), shown=True)


def _ledger(summary: Mapping[str, Any]) -> str:
    drawn, monitors = [], []
    for name, balance in (summary.get("ledger") or {}).items():
        unit = pretty(str(balance["unit"]))
        rows = [
            (e["term"], e["plugin"], e["region"] + (f", {e['side']}" if e["side"] else ""), _amount(e["value"]))
            for e in balance["entries"]
        ]
        told = (
            f"{_amount(balance['came_in'])} in, {_amount(balance['went_out'])} out, {_amount(balance['stored'])} stored"
        )
        worst = balance.get("worst_closure") or {}
        if balance.get("conserved", True):
            told += f"; closure {balance['closure']:.1e}" if balance["closure"] is not None else ""
            told += f", at worst {worst['value']:.1e} in step {worst['step']}" if worst.get("value") is not None else ""
        else:
            told += "; no conservation law"
        head = ("term", "physics", "where", f"amount [{unit}]")
        drawn.append(f"<h3>{text(name)} [{text(unit)}]</h3><p>{text(told)}</p>{table(head, rows, right=(3,))}")
    for name, monitor in (summary.get("monitors") or {}).items():
        monitors.append((name, str(monitor["text"]), _amount(monitor["value"]), pretty(str(monitor["unit"]))))
    watched = table(("monitor", "what", "value", "unit"), monitors, right=(2,))
    return "".join(drawn) + (f"<h3>Monitored rates</h3>{watched}" if watched else "")


def _amount(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) else "-"


def _solver(summary: Mapping[str, Any]) -> str:
    newton = summary.get("newton") or {}
    rows = []
    for which in ("first", "last"):
        step = newton.get(which) or {}
        if step.get("residuals"):
            norms = ", ".join(_amount(norm) for norm in step["residuals"])
            rows.append((str(step["step"]), time_text(step["time"]), norms, str(step["reason"])))
    rows = list(dict.fromkeys(rows))
    return table(("step", "time", "residuals of the Newton iterations", "ended"), rows)


def _versions(run: RecordedRun) -> str:
    return table(("software", "version"), sorted((read_json(run.folder / "versions.json") or {}).items()))


def _citing(run: RecordedRun) -> str:
    works = _read(run, "citations.bib")
    said = "Please cite the works below: the sources of the physics that this run uses, and its software."
    return f"<p>{said} They are in <code>citations.bib</code>.</p>{pre(works)}" if works.strip() else ""


def _other_pictures(run: RecordedRun) -> str:
    """Return the pictures of the run that show no field: those are with the fields."""
    from trona.record.fields import safe_names

    known = {name for state in states(run).values() for name in names(state)} | set(run.fields)
    shown = {*safe_names(sorted(known)).values(), *safe_names(run.wholes).values()}
    drawn, taken = [], 0
    for path in sorted((run.folder / "plots").glob("*.png")):
        if path.stem in shown or (run.history.rows > 1 and path.stem in safe_names(run.history).values()):
            continue
        png = path.read_bytes()
        taken += len(png)
        if taken < 600_000:
            drawn.append(picture(png, path.stem.replace("_", " ")))
    return f'<div class="pictures">{"".join(drawn)}</div>' if drawn else ""
