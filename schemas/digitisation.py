"""纸质材料电子化 [四(四)二]: the issuer checks the paper that was handed in, and back-fills the library (pure).

Shared by every case in which the same paper is handed in.  No answer presumes nothing: the settlements stay provisional
and alarms rise.  The check is never withdrawn, and outlives the cases (law 7).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime

from schemas.application import CommandRef
from schemas.assignment import Assignee, of_department
from schemas.base import Model, Sha256Hex
from schemas.case_state import OriginState
from schemas.codes import Route
from schemas.collaboration_exchange import CollaborationRequest
from schemas.evidence import OutcomeKind
from schemas.exchange import Batch
from schemas.identifiers import SubjectRef
from schemas.joining import JoinedCase, JoinedState, Joining, cases_after
from schemas.late_check import CheckClosed
from schemas.long_ladder import out_of_province
from schemas.long_route import Carried, RouteStart
from schemas.lookup import Library, LibraryAnswered, lookups, open_sources
from schemas.question import question_to
from schemas.request_events import RequestDelivered, RequestUndelivered
from schemas.route_events import CaseNewsKind, ReportKind, RouteReport
from schemas.stream import ImpossibleEvent, Recorded, folding
from schemas.texts import zh

CONCLUSIVE = ("confirmed", "refuted")
"""What settles the check of a paper; any other answer leaves it to the deciding department."""
ASKED, BY_HAND, BACKFILL = "asked", "by_hand", "backfill"
"""The tasks: the issuer's check, the deciding department's own, and the issuer's back-filling."""
LATE = "late"
"""The look of a deciding department at a paper found false after it decided; one for each case."""


class DigitisationState(JoinedState):
    """纸质材料电子化 as it stands."""

    issuer: str | None
    key: str
    exempt: str | None
    """Why nothing has to be back-filled; ``None``: the issuer owes it."""
    by_hand: str | None
    """Why the deciding department has to check the paper itself."""
    delivered: bool = False
    verdict: str | None = None
    answer_digest: str | None = None
    found: str | None = None
    """Digest of the record our own lookup found."""
    impossible: bool = False
    """The issuer said that it cannot back-fill."""
    result: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more is waited for."""
        return self.result is not None

    @property
    def checked(self) -> bool:
        """Whether it is known if the paper is true."""
        return self.verdict in CONCLUSIVE

    @property
    def with_issuer(self) -> bool:
        """Whether the issuer was asked and has not said a word."""
        return self.delivered and self.verdict is None


class DigitisationStart(RouteStart):
    """What ``DigitisationWorkflow`` is started with, by the first case."""

    library: Library
    carried: Carried[DigitisationState] | None = None

    @property
    def joining(self) -> Joining:
        """The first case."""
        return Joining(
            application_no=self.application_no,
            requirement=self.requirement,
            evidence=self.evidence,
            department=self.department,
            department_name=self.department_name,
        )


class DigitisationOpened(Model):
    """A paper was handed in; its first case."""

    type: Literal["digitisation_opened"] = "digitisation_opened"
    joining: Joining
    evidence_name: str
    subject_ref: SubjectRef
    document_digest: Sha256Hex | None
    issuer: str | None
    key: str
    exempt: Literal["issuer_out_of_province", "issuer_cannot_backfill"] | None
    by_hand: str | None


class PaperAnswered(Model):
    """What the issuer said of the paper."""

    type: Literal["paper_answered"] = "paper_answered"
    command: CommandRef
    verdict: Literal["confirmed", "refuted", "no_record", "needs_more", "declined"]
    reason: str | None
    document_digest: Sha256Hex | None
    answered_at: AwareDatetime


class PaperChecked(Model):
    """What the deciding department found when it checked the paper itself."""

    type: Literal["paper_checked"] = "paper_checked"
    command: CommandRef
    verdict: Literal["confirmed", "refuted"]
    finding: str


class BackfillImpossible(Model):
    """The issuer cannot back-fill, with its reason."""

    type: Literal["backfill_impossible"] = "backfill_impossible"
    command: CommandRef
    reason: str


class DigitisationEnded(Model):
    """The paper is done with."""

    type: Literal["digitisation_ended"] = "digitisation_ended"
    result: Literal["backfilled", "issuer_cannot_backfill", "issuer_out_of_province", "paper_false"]


DigitisationBody = DigitisationOpened | PaperAnswered | PaperChecked | BackfillImpossible | DigitisationEnded


def _begin(event: Recorded) -> DigitisationState:
    body = event.body
    if not isinstance(body, DigitisationOpened):
        raise ImpossibleEvent(f"a digitisation begins with digitisation_opened, not {body.type}")
    return DigitisationState(
        application_no=event.application_no,
        cases={body.joining.key: JoinedCase(joining=body.joining)},
        issuer=body.issuer,
        key=body.key,
        exempt=body.exempt,
        by_hand=body.by_hand,
    )


def _step(state: DigitisationState, event: Recorded) -> DigitisationState:
    match event.body:
        case RequestDelivered():
            update: dict[str, object] = {"delivered": True}
        case RequestUndelivered() as failed:
            update = {"by_hand": f"request_{failed.reason}"}
        case PaperAnswered() as answer:
            update = {"verdict": answer.verdict, "answer_digest": answer.document_digest}
            update |= {"by_hand": answer.verdict} if answer.verdict not in CONCLUSIVE else {}
        case PaperChecked() as checked:
            update = {"verdict": checked.verdict}
        case LibraryAnswered() as said:
            update = {"found": state.found or said.found}
        case BackfillImpossible():
            update = {"impossible": True}
        case CheckClosed():
            update = {}
        case DigitisationEnded() as end:
            update = {"result": end.result}
        case body:
            return cases_after(state, body)
    return state.model_copy(update=update)


apply = folding(_begin, _step)
"""One event further in the stream of a digitisation."""


# --- what it comes to ------------------------------------------------------------------------------------------------


def turns(state: DigitisationState) -> tuple[str, ...]:
    """The tasks that are somebody's as it stands; one that was closed once is not opened again."""
    if state.with_issuer:
        return (ASKED,)
    if not state.checked:
        return (BY_HAND,) if state.by_hand is not None and state.found is None else ()
    if state.verdict == "refuted":
        return tuple(f"{LATE}/{key}" for key, case in state.cases.items() if needs_look(case))
    owed = state.exempt is None and not state.impossible and state.found is None
    return (BACKFILL,) if owed else ()


def needs_look(case: JoinedCase) -> bool:
    """Whether a false paper can change nothing any more in a case that relied on it: its department looks (law 6)."""
    if case.news == CaseNewsKind.APPLICATION_ENDED.value:
        return False
    return case.gone or case.news == CaseNewsKind.DECIDED.value or ReportKind.CONFIRMED.value in case.told


def conclusion(state: DigitisationState) -> tuple[ReportKind, str] | None:
    """What is known for every case that waits: nothing yet, confirmed, or reversed; with the stable reason."""
    if state.verdict == "refuted":
        return ReportKind.REVERSED, "paper_false"
    if state.found is not None:
        return ReportKind.CONFIRMED, "backfilled"
    if state.verdict == "confirmed":
        return ReportKind.CONFIRMED, _without_backfill(state) or "confirmed"
    return None


def result_of(state: DigitisationState) -> str | None:
    """How it ends; ``None`` while somebody has to act, or to be heard: the issuer's check is never withdrawn."""
    if state.with_issuer or any(task.open for task in state.assignments.values()):
        return None
    if state.verdict == "refuted":
        return "paper_false"
    if state.found is not None:
        return "backfilled"
    return _without_backfill(state) if state.verdict == "confirmed" else None


def report_for(start: DigitisationStart, state: DigitisationState, case: JoinedCase) -> RouteReport | None:
    """What a case has not been told yet; ``None`` when there is nothing."""
    known = conclusion(state)
    if known is None or case.gone or known[0].value in case.told:
        return None
    kind, detail = known
    return RouteReport(
        stream=start.stream,
        sequence=state.sequence,
        requirement=case.joining.requirement,
        route=Route.PAPER_FIRST,
        kind=kind,
        detail=detail,
        basis=zh.PAPER_BASIS[detail].format(issuer=issuer(start).name),
        evidence_digest=state.found or state.answer_digest or start.document_digest,
        outcome=OutcomeKind.ADVERSE if kind is ReportKind.REVERSED else None,
    )


def _without_backfill(state: DigitisationState) -> str | None:
    return "issuer_cannot_backfill" if state.impossible else state.exempt


# --- what goes out ---------------------------------------------------------------------------------------------------


def opening(start: DigitisationStart) -> DigitisationOpened:
    """The first event: who is to check, and what is owed."""
    origin = _origin(start)
    outside = out_of_province(origin, start.library.home_area) or (origin is not None and origin.abroad)
    reachable = start.kind.issuer_department is not None and start.kind.issuer_on_platform
    by_hand = "issuer_out_of_reach" if outside else None if reachable else "issuer_not_on_platform"
    nowhere = not open_sources(start.kind, start.library)
    return DigitisationOpened.model_validate(
        {
            "joining": start.joining,
            "evidence_name": start.kind.name,
            "subject_ref": start.subject.subject_ref,
            "document_digest": start.document_digest,
            "issuer": None if outside else start.kind.issuer_department,
            "key": start.key,
            "exempt": "issuer_out_of_province" if outside else "issuer_cannot_backfill" if nowhere else None,
            "by_hand": by_hand,
        }
    )


def batches(start: DigitisationStart, at: datetime) -> tuple[Batch, ...]:
    """Our own lookup of what the paper says, as the case that needs it would look.

    The paper itself is the open case (law 9): it was handed in for this, and nothing but looking ends it.
    """
    return lookups(start, start.library, start.kind, start.subject, start.requirement, at, start.rule)


def request_of(start: DigitisationStart, due_at: datetime) -> CollaborationRequest:
    """The question to the issuer, with the digest of the paper."""
    return question_to(
        start.kind.issuer_department or "",
        start,
        key=start.key,
        evidence_name=start.kind.name,
        question=zh.PAPER_QUESTION.format(item=start.item_name, evidence=start.kind.name)[:1000],
        subject=start.subject,
        document_digest=start.document_digest,
        due_at=due_at,
    )


def issuer(start: DigitisationStart) -> Assignee:
    """Who issued the paper; without a department where it is none of the county's."""
    return of_department(start.kind.issuer_name or zh.SOME_DEPARTMENT, opening(start).issuer)


def deciding(joining: Joining) -> Assignee:
    """The deciding department of a case."""
    return of_department(joining.department_name, joining.department)


def _origin(start: DigitisationStart) -> OriginState | None:
    if start.origin is None:
        return None
    return OriginState(area=start.origin.area, historical=start.origin.historical, abroad=start.origin.abroad)
