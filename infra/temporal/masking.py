"""What may be shown of an opened payload: the same JSON with every personal value masked.

An object is recognised by its fields as one of the language's models, which says what of it is personal.  One that is
recognised as none is masked wherever a field has the name of any personal field.  An identity number is masked wherever
it stands, also inside a text.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from temporalio.api.common.v1 import Payload

import schemas
from schemas.base import MASK, Model, personal_fields
from schemas.identifiers import names_somebody
from schemas.long_route import ROUTE_WORDS

SHOWN_WHOLE = (b"binary/null",)
JSON_ENCODINGS = (b"json/plain", b"json/protobuf")
MASKED = Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(MASK, ensure_ascii=False).encode())
IDENTITY_NUMBER = re.compile(r"(?=([0-9]{17}[0-9Xx]))")
CASE_STREAMS = (
    "application",
    "review",
    "consultation",
    *(word for word in ROUTE_WORDS.values() if word != "digitisation"),
)
"""First words of workflow ids whose second is the case; a paper is shared by all the cases that hit it."""


def masked(payload: Payload) -> Payload:
    """The payload as it may be shown; what is no JSON is not shown at all."""
    encoding = payload.metadata.get("encoding", b"")
    if encoding in SHOWN_WHOLE:
        return payload
    value = value_of(payload)
    if value is None:
        return payload if payload.data == b"null" and encoding in JSON_ENCODINGS else MASKED
    shown = json.dumps(masked_value(value), ensure_ascii=False).encode()
    return Payload(metadata=dict(payload.metadata), data=shown)


def value_of(payload: Payload) -> Any:
    """The JSON in a payload; ``None`` where it is none."""
    if payload.metadata.get("encoding") not in JSON_ENCODINGS:
        return None
    try:
        return json.loads(payload.data)
    except ValueError:
        return None


def masked_value(value: Any) -> Any:
    """Any JSON value with what is personal in it masked."""
    match value:
        case dict():
            personal = _personal(frozenset(value))
            return {
                _text(key): MASK if key in personal and child is not None else masked_value(child)
                for key, child in value.items()
            }
        case list():
            return [masked_value(child) for child in value]
        case str():
            return _text(value)
        case bool() | None:
            return value
        case _:
            return MASK if names_somebody(str(value)) else value


def cases_of(value: Any) -> frozenset[str]:
    """The application numbers a JSON value speaks of: as such, or in the id of a case's workflow or stream."""
    return frozenset(_cases(value))


def _cases(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(number := value.get("application_no"), str):
            yield number
        yield from _of_streams(value.get(name) for name in ("stream", "workflow_id", "case"))
    children: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _cases(child)


def _of_streams(ids: Iterable[Any]) -> Iterator[str]:
    for stream in ids:
        if isinstance(stream, str):
            kind, _, rest = stream.removeprefix("refused/").partition("/")
            if kind in CASE_STREAMS and rest:
                yield rest.split("/")[0]


def _text(text: str) -> str:
    """A text without the identity numbers in it."""
    for number in IDENTITY_NUMBER.findall(text):
        if names_somebody(number):
            text = text.replace(number, MASK)
    return text


@cache
def _models() -> tuple[type[Model], ...]:
    for module in pkgutil.walk_packages(schemas.__path__, "schemas."):
        importlib.import_module(module.name)

    def below(model: type[Model]) -> Iterator[type[Model]]:
        for child in model.__subclasses__():
            yield child
            yield from below(child)

    return tuple(dict.fromkeys(model for model in below(Model) if model.__module__.startswith("schemas.")))


@cache
def _every_personal_name() -> frozenset[str]:
    return frozenset().union(*(personal_fields(model) for model in _models()))


_KNOWN: dict[frozenset[str], frozenset[str]] = {}
LARGEST_KNOWN = 5000


def _personal(keys: frozenset[str]) -> frozenset[str]:
    """Which keys of an object are personal, by the models it can be."""
    known = _KNOWN.get(keys)
    if known is None:
        fitting = [model for model in _models() if _fits(model, keys)]
        known = frozenset().union(*map(personal_fields, fitting)) if fitting else _every_personal_name() & keys
        if len(_KNOWN) < LARGEST_KNOWN:
            _KNOWN[keys] = known
    return known


def _fits(model: type[Model], keys: frozenset[str]) -> bool:
    fields = model.model_fields
    required = {name for name, field in fields.items() if field.is_required()}
    return bool(keys) and keys <= set(fields) and required <= keys
