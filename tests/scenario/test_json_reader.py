"""JSON as strict as policy documents need it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysim_engine.scenario.json_reader import JsonError, check_plain, duplicates, read_document, read_json


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**20), 10**20)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=20,
    )
)
def test_reads_what_json_writes(data: object) -> None:
    assert read_json(json.dumps(data)) == data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "line 1"),
        ('{"a": 1} x', "Extra data"),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": 1e400}', "beyond the range"),
        ('{"a": ' + "9" * 400 + "}", "beyond the range"),
        ('{"a": ' + "9" * 5000 + "}", "beyond the range"),
        ("[" * 128 + "]" * 128, "127 levels"),
        ("[" * 100_000, "127 levels"),
        (r'{"a": "\ud800"}', "surrogate"),
        (r'{"\ud800": 1}', "surrogate"),
        (b"\xff", "UTF-8"),
        ("{'a': 1}", "double quotes"),
        ('{"a": 1,}', "double quotes"),
        ("// comment\n{}", "Expecting value"),
    ],
)
def test_refuses(text: str | bytes, message: str) -> None:
    with pytest.raises(JsonError, match=message):
        read_json(text)


def test_accepts_127_levels() -> None:
    read_json("[" * 127 + "]" * 127)
    read_json("[" * 126 + "[1]" + "]" * 126)


@pytest.mark.parametrize(
    "text",
    [
        '{"version": "1", "version": "2"}',
        '{"payment_tree": {"type": "action", "type": "action"}}',
        '{"payment_tree": {"condition": {"left": {"field": "a", "field": "b"}}}}',
        "[1]",
        "5",
        "null",
    ],
)
def test_refuses_documents_that_repeat_a_key_of_the_language_or_are_none(text: str) -> None:
    with pytest.raises(JsonError):
        read_document(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"parameters": {"type": 1, "type": 2}}',
        '{"payment_tree": {"parameters": {"value": 1, "value": 2}}}',
        '{"comment": 1, "comment": 2}',
        '{"payment_tree": {"x": {"value": {"op": 1, "op": 2}}}}',
    ],
)
def test_a_repeated_key_is_harmless_where_the_language_has_none(text: str) -> None:
    read_document(text)


def test_the_last_of_two_keys_counts_and_duplicates_finds_them() -> None:
    data = read_json('{"a": [{"b": 1, "b": 2}], "c": 1, "c": 3}')
    assert data == {"a": [{"b": 2}], "c": 3}
    assert set(duplicates(data)) == {((), "c"), (("a", 0), "b")}


@pytest.mark.parametrize("value", [{5: 1}, {"a": {False: 1}}, {"a": b"x"}, {"a": {1}}, {"a": float("nan")}, object()])
def test_plain_data_is_what_json_can_say(value: object) -> None:
    with pytest.raises(JsonError):
        check_plain(value)
