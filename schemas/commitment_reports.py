"""What a commitment says to its case and asks of others (pure): reports, and the questions of its check."""

from __future__ import annotations

from datetime import datetime

from schemas.codes import Platform, Route
from schemas.collaboration_exchange import CollaborationCallback, CollaborationRequest
from schemas.commitment import CommitmentStart, CommitmentState
from schemas.commitment_events import CommitmentChecked
from schemas.credit_exchange import CreditQuery, CreditRecord
from schemas.errors import FieldError
from schemas.evidence import Outcome, OutcomeKind
from schemas.exchange import Batch
from schemas.lookup import lookups
from schemas.question import question_to
from schemas.route_events import ReportKind, RouteReport
from schemas.texts import zh
from schemas.verification import check_form, issuer, reply_error


def report_of(
    start: CommitmentStart, sequence: int, kind: ReportKind, detail: str, digest: str | None = None
) -> RouteReport:
    """One report to the case; ``detail`` is a reason code with a text ``tried_…``."""
    return RouteReport(
        stream=start.stream,
        sequence=sequence,
        requirement=start.requirement,
        route=Route.COMMITMENT,
        kind=kind,
        detail=detail,
        basis=zh.COMMITMENT_BASIS.format(version=start.terms.letter_version, why=zh.reason(f"tried_{detail}")),
        evidence_digest=digest,
    )


def credit_query(start: CommitmentStart) -> CreditQuery:
    """The question to the credit platforms about him who commits."""
    return CreditQuery(
        key=f"{start.key}/credit",
        application_no=start.application_no,
        item_code=start.item_code,
        item_name=start.item_name,
        purpose=start.purpose,
        operator=start.operator,
        subject=start.committer,
    )


def credit_record(start: CommitmentStart, state: CommitmentState) -> CreditRecord:
    """What is put on record.  Raises ValueError where none was ordered."""
    if state.record is None:
        raise ValueError("no record was ordered")
    return CreditRecord(
        key=state.record_key,
        application_no=start.application_no,
        subject=start.committer,
        document_no=state.record.document_no,
        document_digest=state.record.document_digest,
        fact=state.record.fact,
        effective_on=state.record.effective_on,
    )


def check_batches(start: CommitmentStart, at: datetime) -> tuple[Batch, ...]:
    """The question of the check to each sharing source that is open; a source that is down may be waited for."""
    asked = lookups(start, start.library, start.kind, start.subject, start.requirement, at, start.rule)
    return tuple(batch.model_copy(update={"may_wait": True}) for batch in asked)


def checked_by_sharing(platform: Platform, outcome: Outcome) -> CommitmentChecked | None:
    """What an answer says of the commitment; ``None``: nothing either way, so a person has to look.

    A hit bears it out; an adverse record goes against it.  No record, another content or another person's record
    leaves it open (law 5).
    """
    found = {OutcomeKind.HIT: True, OutcomeKind.ADVERSE: False}.get(outcome.kind)
    if found is None:
        return None
    words = zh.COMMITMENT_SHARED.format(platform=zh.PLATFORMS[platform.value], outcome=zh.OUTCOMES[outcome.kind.value])
    digest = outcome.evidence.digest if outcome.evidence else None
    return CommitmentChecked(command=None, by="sharing", found_true=found, finding=words, evidence_digest=digest)


def check_request(start: CommitmentStart, due_at: datetime) -> CollaborationRequest:
    """The question of the check to the issuer, under a key of its own."""
    return question_to(
        start.kind.issuer_department or "",
        start,
        key=start.key,
        evidence_name=start.kind.name,
        question=zh.COMMITMENT_QUESTION.format(item=start.item_name, evidence=start.kind.name),
        subject=start.subject,
        due_at=due_at,
    )


def check_answer(
    start: CommitmentStart, state: CommitmentState, reply: CollaborationCallback
) -> tuple[FieldError, ...]:
    """What keeps an issuer's reply from counting."""
    if not state.asked:
        return (reply_error("key", "wrong_request"),)
    if errors := check_form(reply, state.key, start.kind.issuer_department):
        return errors
    if state.answer is not None:
        return (reply_error("verdict", "already_answered"),)
    if state.ended or state.found_true is not None:
        return (reply_error("key", "conversation_ended"),)
    return ()


def checked_by_issuer(start: CommitmentStart, reply: CollaborationCallback) -> CommitmentChecked | None:
    """属实 and 不属实 decide the check; any other answer leaves it to a person."""
    found = {"confirmed": True, "refuted": False}.get(reply.verdict)
    if found is None:
        return None
    words = zh.VERIFICATION_BASIS.format(department=issuer(start).name, verdict=zh.VERDICTS[reply.verdict])
    digest = reply.document_digest
    return CommitmentChecked(command=None, by="verification", found_true=found, finding=words, evidence_digest=digest)
