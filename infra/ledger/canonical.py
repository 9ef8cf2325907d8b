"""The one way to write an event (RFC 8785), quickly where its values are those of nearly every event."""

from __future__ import annotations

import json
from typing import Any

import rfc8785

_SAFE = 2**53 - 1
"""Beyond it an integer is not exact as a JSON number; the library refuses it."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)


def canonical_json(value: Any) -> str:
    """The RFC 8785 text of a JSON value.  Raises rfc8785.CanonicalizationError for what has none.

    Without fractions, and with names in ASCII, the standard library's encoder in C writes the same as RFC 8785 asks
    for; everything else goes through the library for it.
    """
    if _common(value):
        text = _ENCODER.encode(value)
        try:
            text.encode()
        except UnicodeEncodeError:
            pass  # half a character: the library says so
        else:
            return text
    return rfc8785.dumps(value).decode()


def _common(value: Any) -> bool:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is dict:
        return all(type(name) is str and name.isascii() for name in value) and all(map(_common, value.values()))
    if kind is list:
        return all(map(_common, value))
    return kind is int and -_SAFE <= value <= _SAFE
