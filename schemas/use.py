"""使用: what an event says of the use of persons' data (pure).

A use is never undone: a lookup that a reset replaced was made all the same.  Whose data it was follows from the event
and its stream alone, so uses can be gathered in any order of streams: either the pseudonym is there, or the party of
the case by its id, or it concerns all parties of the case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from schemas.base import Model
from schemas.identifiers import SubjectRef

OF_SUBJECT = ("digitisation", "completion")
"""Streams named ``<word>/<evidence type>/<subject_ref>…``: one person, however many cases."""


class Party(Model):
    """A party of a case, by pseudonym."""

    party_id: str
    subject_ref: SubjectRef


class CaseGround(Model):
    """By what right a case's parties are looked up: what it is for, and who took it in (law 9)."""

    item_code: str
    purpose: str
    operator: str
    department: str | None


class Use(Model):
    """One use.  Whose: ``subject_ref``, or party ``party_id`` of the case; neither: every party of the case."""

    kind: str
    application_no: str | None
    party_id: str | None = None
    subject_ref: SubjectRef | None = None
    who: str
    department: str | None = None
    at: str | None = None
    """Where it was not when its event occurred."""
    told: dict[str, Any] = Field(default_factory=dict)
    """Codes that say more; nothing personal."""


def ground_of(event: Mapping[str, Any]) -> CaseGround | None:
    """What a case is for, from its first event."""
    body, actor = event["body"], event["actor"]
    if body["type"] != "application_received":
        return None
    return CaseGround(
        item_code=body["item_code"], purpose=body["purpose"], operator=actor["actor_id"], department=actor["department"]
    )


def parties_of(event: Mapping[str, Any]) -> tuple[Party, ...]:
    """The parties that an event makes known."""
    body = event["body"]
    if body["type"] != "application_admitted":
        return ()
    return tuple(Party(party_id=p["party_id"], subject_ref=p["subject_ref"]) for p in body["parties"])


def uses_of(event: Mapping[str, Any]) -> Iterator[Use]:
    """Every use in an event, given as the ledger's JSON; most events have none."""
    body = event["body"]
    if body["type"] == "looks_recorded":
        yield from _looks(body)
        return
    kind, told = USES.get(body["type"], ("", {}))
    if not kind:
        return
    values = {name: found for name, path in told.items() if (found := _at(body, path)) is not None}
    if kind == "evidence_used" and "evidence_digest" not in values:
        return  # closed by the law or by a promise: no record of anybody was used
    yield Use(
        kind=kind,
        application_no=None if event["stream"].startswith("register/") else event["application_no"],
        **_whose(event["stream"], body),
        who=event["actor"]["actor_id"],
        department=event["actor"]["department"],
        told=values,
    )


_ASKED = {"evidence": "evidence", "department": "department"}
_LOOKED_UP = {
    "route": "route",
    "platform": "platform",
    "resource_code": "resource_code",
    "outcome": "outcome.kind",
    "evidence_digest": "outcome.evidence.digest",
}
_SETTLED = {"evidence": "evidence", "ground": "ground", "evidence_digest": "evidence_digest"}

USES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    # event: the kind of use, and what of it is told
    "application_admitted": ("taken_in", {}),
    "attempt_made": ("lookup", {"evidence": "evidence"} | _LOOKED_UP),
    "library_answered": ("lookup", _LOOKED_UP),
    "credit_checked": ("credit_check", {"outcome": "standing"}),
    "verification_opened": ("asked", _ASKED),
    "digitisation_opened": ("asked", {"evidence": "evidence_name", "evidence_digest": "document_digest"}),
    "completion_opened": ("asked", {"evidence": "evidence_type"}),
    "assistance_opened": ("asked", {}),
    "disposition_proposed": ("asked", {"evidence": "evidence"}),
    "requirement_settled": ("evidence_used", _SETTLED),
    "requirement_provisionally_settled": ("evidence_used", _SETTLED),
    "evidence_volunteered": ("given", {"evidence_digest": "given.document_digest"}),
    "erasure_begun": ("erasure", {"reason": "order"}),
    "deferred_supplied": ("given", {"evidence_digest": "document_digest"}),
}


def _looks(body: Mapping[str, Any]) -> Iterator[Use]:
    for look in body["looks"]:
        told = {"door": body["door"], "roles": look["roles"], "reason": look["reason"], "look_id": look["look_id"]}
        same: dict[str, Any] = {
            "kind": look["action"],
            "who": look["who"],
            "department": look["department"],
            "at": look["at"],
            "told": {name: value for name, value in told.items() if value},
        }
        for application_no in look["cases"]:
            yield Use(application_no=application_no, **same)
        if look["subject_ref"] is not None:
            yield Use(application_no=None, subject_ref=look["subject_ref"], **same)


def _whose(stream: str, body: Mapping[str, Any]) -> dict[str, str]:
    """The person an event is about: as the event says, else as its stream is named."""
    outcome = body.get("outcome")
    named = body.get("subject_ref") or (
        _at(body, "outcome.evidence.subject_ref") if isinstance(outcome, Mapping) else None
    )
    word, *rest = stream.split("/")
    if named is None and word in OF_SUBJECT:
        named = next((part for part in rest if part.startswith("s_")), None)
    if named is not None:
        return {"subject_ref": named}
    requirement = body.get("requirement")
    if isinstance(requirement, str):
        return {"party_id": requirement.rpartition("/")[2]}
    if word != "application" and len(rest) >= 3:  # <word>/<application_no>/<requirement code>/<party>…
        return {"party_id": rest[2]}
    return {}


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return None if isinstance(value, Mapping) else value
