"""部门协同: what is asked of a department over the city's integrated platform, and the reply that comes back.

信息核验 asks for a fact about a party of an open case; 意见征集 asks for an opinion on a stage of it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, StringConstraints

from schemas.application import Actor, CommandId
from schemas.base import Model, Sha256Hex, ShortText
from schemas.exchange import Purpose, Subject
from schemas.identifiers import ApplicationNo, Code, Uscc
from schemas.outside import ActKey, LongText, Stream

Verdict = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]
"""What a department says, as a word; which words are an answer is for the workflow that asked."""


class CollaborationKind(StrEnum):
    """信息核验 and 意见征集."""

    VERIFICATION = "verification"
    OPINION = "opinion"


class CollaborationRequest(Model):
    """One question to one department.  ``document_digest`` names the paper to be verified, where one was handed in."""

    kind: CollaborationKind
    key: ActKey
    stream: Stream
    application_no: ApplicationNo
    item_code: str
    item_name: ShortText
    purpose: Purpose
    operator: Actor
    from_department: Uscc
    to_department: Uscc
    evidence_name: ShortText
    question: LongText
    subject: Subject | None
    document_digest: Sha256Hex | None = None
    due_at: AwareDatetime


class CollaborationNudge(Model):
    """A reminder to a department that has not answered yet; ``key`` is the request's, each text goes out once."""

    key: ActKey
    application_no: ApplicationNo
    to_department: Uscc
    text: ShortText


class CollaborationWithdrawal(Model):
    """A question that is no longer asked, for another route has settled it; ``key`` is the request's."""

    key: ActKey
    application_no: ApplicationNo
    to_department: Uscc
    reason: ShortText


class CollaborationCallback(Model):
    """A department's reply, as the platform brings it to our door.  Delivered is not accepted, accepted not acted on.

    ``backfilled``: the department says that it has put the record into the shared sources.  ``unit`` and
    ``answered_by``: its internal unit and the staff number of who answered, which some opinions must name (domain §10).
    """

    message_id: CommandId
    stream: Stream
    key: ActKey
    department: Uscc
    verdict: Verdict
    reason: LongText | None
    document_digest: Sha256Hex | None
    conditions: LongText | None
    backfilled: bool = False
    unit: Code | None = None
    answered_by: CommandId | None = None
    answered_at: AwareDatetime
