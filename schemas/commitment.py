"""告知承诺 of one requirement: signed, counted, decided on, checked afterwards, and what follows where it was false.

The check runs on whatever else settles the requirement (law 7); it changes no decision, the department's acts do.
"""

from __future__ import annotations

from pydantic import AwareDatetime

from schemas.base import ShortText
from schemas.case_commands import SignCommitment
from schemas.codes import CheckMode, Consequence
from schemas.commitment_events import (
    CommitmentAnswered,
    CommitmentAsked,
    CommitmentChecked,
    CommitmentCounted,
    CommitmentEnded,
    CommitmentHeard,
    CommitmentOpened,
    CommitmentSampled,
    ConsequenceDecided,
    CreditRecordOrdered,
    CreditRepaired,
    RectificationConfirmed,
)
from schemas.commitment_letter import render_letter, render_notice, text_digest
from schemas.commitment_terms import CommitmentTerms
from schemas.credit_check import PartyFact
from schemas.exchange import Subject
from schemas.late_check import CheckClosed
from schemas.long_route import Carried, RouteStart
from schemas.lookup import Library
from schemas.request_events import NewsHeard, RequestDelivered, RequestUndelivered
from schemas.route_events import CaseNewsKind
from schemas.stream import ImpossibleEvent, Recorded, StreamState, folding


class CommitmentState(StreamState):
    """告知承诺 as it stands."""

    requirement: str
    evidence: str
    key: str
    check: CheckMode
    counted: bool = False
    """The letter stands for the proof: signature and credit are in order."""
    heard: tuple[str, ...] = ()
    """What the case has told, each once."""
    decided_at: AwareDatetime | None = None
    called_off: str | None = None
    """Why nothing depends on it any more: taken back or ended before the decision."""
    drawn: bool | None = None
    """Whether 抽查 fell on it; ``None``: not drawn."""
    asked: bool = False
    """Sources or issuer were asked once already."""
    delivered: bool = False
    """The issuer has the question."""
    answer: str | None = None
    """What the issuer said."""
    found_true: bool | None = None
    checked_by: str | None = None
    """Id of the person who recorded the check; ``None``: no person did."""
    evidence_digest: str | None = None
    listened: bool = False
    """The person was heard, or did not come when invited."""
    cleared: bool = False
    consequences: tuple[Consequence, ...] = ()
    rectify_due_at: AwareDatetime | None = None
    rectified: bool = False
    record: CreditRecordOrdered | None = None
    record_number: int = 0
    record_delivered: bool = False
    repaired: bool = False
    dealt_with: bool = False
    """The department has closed the matter: no credit record will follow."""
    result: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more is waited for."""
        return self.result is not None

    @property
    def rectification_owed(self) -> bool:
        """Whether he still has to put it right."""
        return self.rectify_due_at is not None and not self.rectified

    @property
    def record_key(self) -> str:
        """Key of the record that was ordered last; one that was refused is ordered anew, with the next number."""
        return f"{self.key}/credit_record/{self.record_number}"

    @property
    def over(self) -> str | None:
        """The result of a breach that is dealt with to the end."""
        if self.repaired:
            return "repaired"
        if self.record is not None:
            return None
        if self.dealt_with:
            return "dealt_with"
        return "rectified" if self.rectified and self.consequences == (Consequence.RECTIFY,) else None


class CommitmentStart(RouteStart):
    """What ``CommitmentWorkflow`` is started with."""

    terms: CommitmentTerms
    signed: SignCommitment
    parties: tuple[PartyFact, ...]
    """The parties of the case, without personal data: who may sign for whom."""
    committer: Subject
    """Whose credit is asked: the party that ``credit_check.committer_of`` names."""
    library: Library
    """For the check by our own lookup."""
    sampling_seed: ShortText
    """What the county has published and nobody can choose: the digest of the catalogue version."""
    carried: Carried[CommitmentState] | None = None


def _begin(event: Recorded) -> CommitmentState:
    body = event.body
    if not isinstance(body, CommitmentOpened):
        raise ImpossibleEvent(f"a commitment begins with commitment_opened, not {body.type}")
    return CommitmentState(
        application_no=event.application_no,
        requirement=body.requirement,
        evidence=body.evidence,
        key=body.key,
        check=body.check,
    )


def _step(state: CommitmentState, event: Recorded) -> CommitmentState:
    match event.body:
        case CommitmentCounted():
            update: dict[str, object] = {"counted": True}
        case NewsHeard() as heard:
            update = _news(state, heard.news, event)
        case CommitmentSampled() as sampled:
            update = {"drawn": sampled.chosen}
        case CommitmentAsked():
            update = {"asked": True}
        case CommitmentAnswered() as answer:
            update = {"answer": answer.verdict}
        case CommitmentChecked() as check:
            if state.found_true is not None:
                raise ImpossibleEvent("checked twice")
            person = event.actor.actor_id if check.by == "hand" else None
            update = {
                "found_true": check.found_true,
                "evidence_digest": check.evidence_digest,
                "checked_by": person,
            }
        case CommitmentHeard() as hearing:
            update = {"listened": True, "cleared": hearing.cleared}
        case ConsequenceDecided() as decided:
            known = (*state.consequences, *(c for c in decided.consequences if c not in state.consequences))
            update = {"consequences": known, "rectify_due_at": decided.rectify_due_at}
        case RectificationConfirmed():
            update = {"rectified": True}
        case CreditRecordOrdered() as record:
            update = {"record": record, "record_number": state.record_number + 1}
        case RequestDelivered() as delivered:
            update = {"record_delivered" if delivered.key == state.record_key else "delivered": True}
        case RequestUndelivered() as failed:
            update = {"record": None} if failed.key == state.record_key else {}
        case CreditRepaired():
            update = {"repaired": True}
        case CheckClosed():
            update = {"dealt_with": True}
        case CommitmentEnded() as end:
            update = {"result": end.result}
        case _:
            return state
    return state.model_copy(update=update)


def _news(state: CommitmentState, news: str, event: Recorded) -> dict[str, object]:
    """Before it counts any news makes it pointless; later only what comes before the decision calls it off.

    A commitment that was found false is dealt with whatever becomes of the case.
    """
    heard: dict[str, object] = {"heard": (*state.heard, news)}
    if not state.counted:
        return heard | {"called_off": state.called_off or news}
    if state.decided_at is not None or state.called_off is not None:
        return heard
    if news == CaseNewsKind.DECIDED.value:
        return heard | {"decided_at": event.occurred_at}
    ends = news in (CaseNewsKind.REVOKED.value, CaseNewsKind.APPLICATION_ENDED.value)
    return heard | ({"called_off": news} if ends and state.found_true is None else {})


apply = folding(_begin, _step)
"""One event further in the stream of a commitment."""


def opening(start: CommitmentStart) -> CommitmentOpened:
    """The first event: which texts were put before him, and who signed."""
    names = (start.item_name, start.kind.name)
    return CommitmentOpened(
        requirement=start.requirement,
        evidence=start.evidence,
        evidence_name=start.kind.name,
        key=start.key,
        check=start.terms.check,
        letter_version=start.terms.letter_version,
        notice_digest=text_digest(render_notice(start.terms, *names)),
        letter_digest=text_digest(render_letter(start.terms, *names)),
        signed_digest=start.signed.letter_digest,
        signed_by=start.signed.signed_by,
        signer_party_id=start.signed.signer_party_id,
        signed_at=start.signed.signed_at,
    )
