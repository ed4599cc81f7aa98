from __future__ import annotations

import re

import pytest

from trona.errors import UserError
from trona.record import collect, versions
from trona.record.citations import SOFTWARE, _software_entries, entries

NEWMAN = "@book{newman,\n  title = {Electrochemical {S}ystems},\n  year = 2004\n}"
OTHER = "@Article { other , title = {A \\} brace} }"


def test_entries_with_nested_braces() -> None:
    found = entries(f"% a comment\n{NEWMAN}\n@comment{{x, y}}\n{OTHER}")
    assert found == {"newman": NEWMAN, "other": OTHER}


def test_same_key_once_in_a_fixed_order() -> None:
    expected = [NEWMAN, OTHER]
    assert collect([OTHER, NEWMAN, NEWMAN]) == expected
    assert collect([f"{NEWMAN}\n{OTHER}", "newman"]) == expected


def test_order_of_the_plugins_does_not_matter_when_texts_differ() -> None:
    longer = NEWMAN.replace("2004", "2021")
    assert collect([NEWMAN, longer]) == collect([longer, NEWMAN]) == [NEWMAN]


def test_software_by_name() -> None:
    keys = [re.match(r"@\w+\{([^,]+),", entry) for entry in collect([], ["petsc", "firedrake"])]
    assert [key.group(1) for key in keys if key] == ["Dalcin2011", "FiredrakeUserManual", "petsc-user-ref"]


def test_every_software_has_its_entry_and_no_entry_is_idle() -> None:
    assert {key for keys in SOFTWARE.values() for key in keys} == set(_software_entries())


def test_every_software_entry_says_who_what_and_where() -> None:
    for entry in _software_entries().values():
        for field in ("title", "author", "doi"):
            assert re.search(rf"^\s*{field}\s*= \{{.+", entry, re.MULTILINE), entry


@pytest.mark.parametrize(
    ("citation", "message"),
    [
        ("newmann", "citations: no BibTeX entry with the key 'newmann'; nearest: newman"),
        ("@book{x, title = {A}", "BibTeX entry without a closing brace: 'x, title = {A}'"),
        ("@book{title = {A}}", "BibTeX entry without a key: '@book{title = {A}}'"),
    ],
)
def test_mistakes(citation: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        collect([NEWMAN, citation])
    assert str(error.value) == message


def test_unknown_software() -> None:
    with pytest.raises(UserError) as error:
        collect([], ["firedrak"])
    assert str(error.value) == "citations: no entry for the software 'firedrak'; nearest: firedrake"


def test_versions_name_what_ran() -> None:
    found = versions()
    assert {"trona", "python", "platform", "firedrake", "petsc4py", "numpy", "fenics-ufl"} <= found.keys()
    assert re.match(r"3\.\d+\.\d+", found["python"])
