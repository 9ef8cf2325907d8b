"""What happens to a commitment: each step its own event, none with anything personal in it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from schemas.application import CommandRef
from schemas.base import Model, Sha256Hex, ShortText
from schemas.case_commands import SignedBy
from schemas.codes import CheckMode, Consequence
from schemas.collaboration_exchange import Verdict
from schemas.commitment_guard import Draw
from schemas.credit_check import CreditChecked
from schemas.identifiers import Code, PartyId
from schemas.lookup import LibraryAnswered
from schemas.outside import LongText


class CommitmentOpened(Model):
    """告知 and 承诺书 of this version, and who signed; the digests are those of the texts and of the signed letter."""

    type: Literal["commitment_opened"] = "commitment_opened"
    requirement: str
    evidence: str
    evidence_name: str
    key: str
    check: CheckMode
    letter_version: Code
    notice_digest: Sha256Hex
    letter_digest: Sha256Hex
    signed_digest: Sha256Hex
    signed_by: SignedBy
    signer_party_id: PartyId | None
    signed_at: AwareDatetime


class CommitmentCounted(Model):
    """The letter stands for the proof; ``final`` where the terms say 免核."""

    type: Literal["commitment_counted"] = "commitment_counted"
    final: bool


class CommitmentSampled(Model):
    """抽查 was drawn: everything needed to draw again."""

    type: Literal["commitment_sampled"] = "commitment_sampled"
    draw: Draw
    chosen: bool


class CommitmentAsked(Model):
    """The check begins; it is due then, and nothing calls it off."""

    type: Literal["commitment_asked"] = "commitment_asked"
    check_due_at: AwareDatetime


class CommitmentAnswered(Model):
    """What the issuer said to the check."""

    type: Literal["commitment_answered"] = "commitment_answered"
    command: CommandRef
    verdict: Verdict
    reason: LongText | None
    document_digest: Sha256Hex | None
    answered_at: AwareDatetime


class CommitmentChecked(Model):
    """The result of the check, and on whose word."""

    type: Literal["commitment_checked"] = "commitment_checked"
    command: CommandRef | None
    by: Literal["sharing", "verification", "hand"]
    found_true: bool
    finding: ShortText
    evidence_digest: Sha256Hex | None


class CommitmentHeard(Model):
    """听取陈述申辩: what he said is on record; ``cleared`` where it showed that the commitment was true."""

    type: Literal["commitment_heard"] = "commitment_heard"
    command: CommandRef
    attended: bool
    record_digest: Sha256Hex
    cleared: bool
    finding: ShortText


class ConsequenceDecided(Model):
    """The department's act on a false commitment."""

    type: Literal["consequence_decided"] = "consequence_decided"
    command: CommandRef
    consequences: tuple[Consequence, ...]
    reason: ShortText
    legal_basis: ShortText
    rectify_due_at: AwareDatetime | None


class RectificationConfirmed(Model):
    """He has put it right."""

    type: Literal["rectification_confirmed"] = "rectification_confirmed"
    command: CommandRef
    finding: ShortText
    document_digest: Sha256Hex | None


class CreditRecordOrdered(Model):
    """To be recorded with the credit platform, on this effective legal document; its receipt is an event of its own."""

    type: Literal["credit_record_ordered"] = "credit_record_ordered"
    command: CommandRef
    document_no: ShortText
    document_digest: Sha256Hex
    effective_on: date
    fact: ShortText


class CreditRepaired(Model):
    """信用修复 is done: he may commit again."""

    type: Literal["credit_repaired"] = "credit_repaired"
    command: CommandRef
    document_no: ShortText
    document_digest: Sha256Hex


class CommitmentEnded(Model):
    """The end of the commitment."""

    type: Literal["commitment_ended"] = "commitment_ended"
    result: Literal[
        "refused",
        "unchecked",
        "revoked",
        "application_ended",
        "settled_otherwise",
        "decided",
        "not_sampled",
        "fulfilled",
        "cleared",
        "rectified",
        "dealt_with",
        "repaired",
    ]


CommitmentBody = (
    CreditChecked
    | LibraryAnswered
    | CommitmentOpened
    | CommitmentCounted
    | CommitmentSampled
    | CommitmentAsked
    | CommitmentAnswered
    | CommitmentChecked
    | CommitmentHeard
    | ConsequenceDecided
    | RectificationConfirmed
    | CreditRecordOrdered
    | CreditRepaired
    | CommitmentEnded
)
