"""Personal values in events: what is hashed is a commitment, what is kept beside it is encrypted.

The canonical form of an event holds ``{"sealed": "<hex>"}`` where a personal value was: SHA-256 over a salt and the
value, the salt an HMAC under the subject's key.  A retry derives the same, so it collapses; without the key nobody can
find the value by trying, so destroying the key erases the person and leaves every digest as it was.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import rfc8785
from cryptography.exceptions import InvalidTag

from infra.identity.subject_keys import SubjectKey
from infra.ledger.canonical import canonical_json
from infra.ledger.rows import SealedField
from schemas.base import personal_values
from schemas.events import Event

PURPOSE = "ledger"
MARKER = "sealed"


class UnsealableEvent(Exception):
    """An event whose personal values cannot be sealed: a defect of a model, mended in code; nothing was written."""


class SealBroken(Exception):
    """A sealed value is not the one that its event commits to."""


@dataclass(frozen=True)
class SealedEvent:
    """An event as the ledger keeps it."""

    canonical: str
    fields: tuple[SealedField, ...]


def personal_places(event: Event) -> tuple[tuple[str, str], ...]:
    """Path and subject of every personal value.  Raises UnsealableEvent where one belongs to nobody."""
    places: list[tuple[str, str]] = []
    for path, subject_ref, _ in personal_values(event):
        if subject_ref is None:
            raise UnsealableEvent(f"{event.body.type}: personal value {path} has no subject_ref")
        places.append((path, subject_ref))
    return tuple(places)


def seal(event: Event, places: tuple[tuple[str, str], ...], keys: Mapping[str, SubjectKey]) -> SealedEvent:
    """The canonical form of an event and its sealed fields; ``keys`` has the key of every subject in ``places``.

    Raises UnsealableEvent where a place cannot be found again in the event's JSON.
    """
    tree = event.model_dump(mode="json")
    fields: list[SealedField] = []
    for path, subject_ref in places:
        holder, name = _holder(tree, path)
        key, plain = keys[subject_ref], rfc8785.dumps(holder[name])
        where = _where(event.event_id, path)
        holder[name] = {MARKER: _commitment(key, where, plain)}
        fields.append(SealedField(path, subject_ref, key.encrypt(PURPOSE, plain, where)))
    return SealedEvent(canonical=canonical_json(tree), fields=tuple(fields))


def open_field(key: SubjectKey, event_id: UUID, field: SealedField, commitment: str) -> Any:
    """The plain value of a sealed field.  Raises SealBroken when it is not what the event commits to."""
    where = _where(event_id, field.path)
    try:
        plain = key.decrypt(PURPOSE, field.ciphertext, where)
    except InvalidTag:
        raise SealBroken(f"{field.path} does not open") from None
    if _commitment(key, where, plain) != commitment:
        raise SealBroken(f"{field.path} is another value than was committed to")
    return json.loads(plain)


def commitments(value: Any, path: str = "", subject_ref: str | None = None) -> Iterator[tuple[str, str | None, str]]:
    """Every commitment in the parsed canonical form of an event: path, subject, and the commitment in hex."""
    if isinstance(value, dict):
        if (found := _marked(value)) is not None:
            yield path, subject_ref, found
            return
        subject_ref = value.get("subject_ref", subject_ref)
        for key, child in value.items():
            yield from commitments(child, f"{path}.{key}" if path else key, subject_ref)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from commitments(child, f"{path}.{index}" if path else str(index), subject_ref)


def put_back(tree: Any, path: str, value: Any) -> None:
    """Put a value where its commitment stands in the parsed canonical form of an event."""
    holder, name = _holder(tree, path)
    holder[name] = value


def _marked(value: dict[str, Any]) -> str | None:
    found = value.get(MARKER) if len(value) == 1 else None
    return found if isinstance(found, str) and re.fullmatch(r"[0-9a-f]{64}", found) else None


def _commitment(key: SubjectKey, where: bytes, plain: bytes) -> str:
    return hashlib.sha256(key.mac(where) + plain).hexdigest()


def _where(event_id: UUID, path: str) -> bytes:
    return event_id.bytes + path.encode()


def _holder(tree: Any, path: str) -> tuple[Any, Any]:
    """What holds the value at a dotted path, and the key or index of it there."""
    *way, last = path.split(".")
    holder = tree
    try:
        for name in way:
            holder = holder[int(name)] if isinstance(holder, list) else holder[name]
        place: Any = int(last) if isinstance(holder, list) else last
        holder[place]
    except (KeyError, IndexError, TypeError, ValueError):
        raise UnsealableEvent(f"nothing at {path}") from None
    return holder, place
