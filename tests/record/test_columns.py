"""Tables in plain text."""

from __future__ import annotations

from trona.record.columns import columns

ROWS = [("a", "1", "some words that go on"), ("bcd", "10", "")]


def test_columns_are_set_left_or_right_under_their_head() -> None:
    assert columns(("x", "n", "what"), ROWS, right=(1,)) == (
        "x     n  what\n---  --  ---------------------\na     1  some words that go on\nbcd  10"
    )


def test_the_last_column_is_broken_where_the_line_ends() -> None:
    rows = [("a", "some words that go on and on, and then on")]
    assert columns(("x", "what"), rows, width=27) == (
        "x  what\n-  ------------------------\na  some words that go on\n   and on, and then on"
    )
    assert "\n   " not in columns(("x", "what"), rows, width=20), "too narrow to break anything"
    assert columns(("x", "what"), []) == ""
