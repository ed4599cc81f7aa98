"""Decks that fail, each for one known reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from salt import with_salt
from strips import strip

from trona.model import Model, compose

LAYERS = [("metal", 2e-6, 2), ("salt", 4e-6, 3)]


def cell(folder: Path, law: dict[str, Any], **sections: Any) -> Model:
    """A salt on a metal, with `law` between them and 10 A/m2 entering at the top."""
    deck = strip(
        folder,
        LAYERS,
        dim=2,
        width=1e-6,
        materials={"salt": {"ionic_conductivity": "0.5 S/m"}},
        given={"temperature": "300 K"},
        physics={"ionic_charge": {"blocks": ["salt"]}, "butler_volmer": {"interface": "metal | salt", **law}},
        boundaries={"top": {"current_density": "10 A/m^2"}},
        **sections,
    )
    return compose(deck)


def salt(folder: Path, physics: dict[str, Any], **sections: Any) -> Model:
    """A salt alone, at 1 mol/m3 to begin with."""
    deck = strip(
        folder,
        [("salt", 4e-6, 3)],
        materials={"salt": {"diffusivity": "1e-10 m^2/s"}},
        physics={"salt": {"blocks": ["salt"], **physics}},
        **{"initial": {"concentration": "1 mol/m^3"}, **sections},
    )
    return compose(deck, with_salt())


def bad_unit(folder: Path) -> Model:
    return cell(folder, {"i0": "2e-30 A/m^2"})


def contradiction(folder: Path) -> Model:
    return cell(folder, {"i0": "2 A/m^2", "mean_current_density": "-5 A/m^2"})


def no_reference(folder: Path) -> Model:
    return cell(folder, {"i0": "2 A/m^2", "mean_current_density": "-10 A/m^2"})


def negative(folder: Path) -> Model:
    return salt(
        folder,
        {"rate": "1e-3 mol/m^3/s"},
        boundaries={"top": {"concentration": "1 mol/m^3"}, "bottom": {"salt_flux": "-1e-3 mol/m^2/s"}},
    )


def long_step(folder: Path) -> Model:
    """c' = c^2 from 1 reaches infinity after 1 s; an implicit step beyond 0.25 s has no solution."""
    return salt(folder, {"growth": "1 m^3/mol/s"}, time={"end": "0.9 s", "step": "0.45 s", "smallest_step": "0.4 s"})


def used_up(folder: Path) -> Model:
    """4e-6 mol/m2 are there; after 4 s of 1e-6 mol/m2/s the linear balance goes on below zero."""
    return salt(
        folder,
        {},
        boundaries={"bottom": {"salt_flux": "-1e-6 mol/m^2/s"}},
        time={"end": "10 s", "step": "1 s", "smallest_step": "0.1 s"},
    )


SEEDS = {f.__name__: f for f in (bad_unit, contradiction, no_reference, negative, long_step, used_up)}
