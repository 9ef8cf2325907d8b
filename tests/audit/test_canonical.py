"""The verifier's canonical JSON against the library that the ledger writes with."""

from __future__ import annotations

import json
import math

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.audit.verify import Bad, canonical, parsed, parsed_canonical

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=400)
@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_the_same_bytes_as_rfc8785(value: dict[str, object]) -> None:
    text = rfc8785.dumps(value).decode()  # type: ignore[arg-type]
    tree, held = parsed_canonical(text)
    assert held
    assert canonical(tree) == canonical(parsed(text)) == text


@settings(deadline=None, max_examples=300)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers(number: float) -> None:
    assert canonical(number) == rfc8785.dumps(number).decode()


@pytest.mark.parametrize(
    "text",
    [
        '{"b":1,"a":2}',
        '{"a": 1}',
        '{"a":1.0}',
        '{"a":1e2}',
        '{"a":"\\u4e00"}',
        '{"\U00010000":1,"\uffff":2} ',
        '{"a":1}\n',
    ],
)
def test_other_notations_are_told(text: str) -> None:
    assert not parsed_canonical(text)[1]
    assert rfc8785.dumps(json.loads(text)).decode() != text


@pytest.mark.parametrize("text", ["", "[]", "1", '{"a":1,"a":1}', "[" * 10**5, '{"a":NaN'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(Bad):
        parsed(text)
    with pytest.raises(Bad):
        parsed_canonical(text)


def test_infinities_are_never_canonical() -> None:
    for text in ('{"a":1e999}', '{"a":Infinity}'):
        tree, held = parsed_canonical(text)
        assert tree["a"] == math.inf
        assert not held
