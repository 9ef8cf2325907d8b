"""What every model of the language is built on: frozen, closed, and aware of personal data.

``Personal`` is the only place where a field is declared personal.  Sealing in the ledger, masking in
representations and logs, and the tests that walk everything outside all derive from that mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, StringConstraints

MASK = "＊＊＊"


class PersonalMark:
    """Marks a field as personal data of the subject named by ``subject_ref`` of the same model."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "PERSONAL"


PERSONAL = PersonalMark()

T = TypeVar("T")
Personal = Annotated[T, PERSONAL]
"""``Personal[str]``: a personal value; the model that holds it must have a ``subject_ref`` to be recorded."""

PLAIN = r"^[^\x00-\x1f\x7f]*$"
"""Pattern of a text of one line: control characters spoil lists and logs, and PostgreSQL cannot store a NUL."""

ShortText = Annotated[str, StringConstraints(pattern=PLAIN, strip_whitespace=True, min_length=1, max_length=200)]
"""A sentence for people: one line of 1 to 200 characters after trimming."""

Sha256Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest, 64 lower-case hexadecimal digits."""


class Model(BaseModel):
    """Base of every model: immutable, no unknown fields, personal values never in ``repr`` or in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        personal = personal_fields(type(self))
        for name, value in super().__repr_args__():
            yield name, MASK if name in personal and value is not None else value


def _marked(annotation: Any) -> bool:
    """Whether a type annotation carries the personal mark, also inside ``Optional``, tuples and dicts."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return any(isinstance(m, PersonalMark) for m in metadata) or _marked(inner)
    return any(_marked(arg) for arg in get_args(annotation))


@cache
def personal_fields(model: type[BaseModel]) -> frozenset[str]:
    """Names of the fields of ``model`` that are personal data."""
    return frozenset(
        name
        for name, field in model.model_fields.items()
        if any(isinstance(m, PersonalMark) for m in field.metadata) or _marked(field.annotation)
    )


@cache
def _walked(model: type[BaseModel]) -> tuple[tuple[str, bool], ...]:
    """The fields in which a personal value can stand, in order, and whether the field itself is one."""
    personal = personal_fields(model)
    return tuple(
        (name, name in personal)
        for name, field in model.model_fields.items()
        if name in personal or _may_hold(field.annotation, frozenset({model}))
    )


def _may_hold(annotation: Any, above: frozenset[type]) -> bool:
    """Whether a value of this annotation can have a personal field inside; what is not known may."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return False
    if args:
        return any(_may_hold(arg, above) for arg in (args[:1] if origin is Annotated else args) if arg is not Ellipsis)
    if not isinstance(annotation, type):
        return annotation is not None
    if not issubclass(annotation, BaseModel):
        return annotation is object
    return annotation not in above and (
        bool(personal_fields(annotation))
        or any(_may_hold(field.annotation, above | {annotation}) for field in annotation.model_fields.values())
    )


def personal_values(
    value: Any, path: str = "", subject_ref: str | None = None
) -> Iterator[tuple[str, str | None, Any]]:
    """Walk models, tuples and dicts and give every personal value that is set.

    Yields ``(path, subject_ref, value)``: a dotted path such as ``body.parties.0.name``, the pseudonym of the
    person it belongs to (of the nearest enclosing model that has one), and the plain value.
    """
    if isinstance(value, BaseModel):
        subject_ref = getattr(value, "subject_ref", subject_ref)
        for name, personal in _walked(type(value)):
            child, child_path = getattr(value, name), f"{path}.{name}" if path else name
            if personal:
                if child is not None:
                    yield child_path, subject_ref, child
            else:
                yield from personal_values(child, child_path, subject_ref)
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from personal_values(child, f"{path}.{key}" if path else str(key), subject_ref)
    elif isinstance(value, (tuple, list)):
        for index, child in enumerate(value):
            yield from personal_values(child, f"{path}.{index}" if path else str(index), subject_ref)
