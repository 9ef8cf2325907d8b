"""异常复核 (AdverseReview): what is adverse, refuted, ambiguous or not met in content is one task of the department.

It checks again, hears the applicant, and accepts with reasons, has it corrected, or does not exempt.  No other act
passes it, and silence never ends it (law 5).
"""

from __future__ import annotations

from typing import Literal

from schemas.application import CommandRef
from schemas.base import Model, Sha256Hex
from schemas.evidence import OutcomeKind
from schemas.long_route import Carried, RouteStart
from schemas.request_events import NewsHeard
from schemas.route_events import CaseNewsKind, ReviewReport
from schemas.stream import ImpossibleEvent, Recorded, StreamState, folding
from schemas.texts import zh

Finding = Literal["stands", "mistaken", "unclear"]
"""What the re-check came to: the answer stands, is mistaken, or it is still unclear."""
Conclusion = Literal["accepted", "corrected", "not_exempted"]


class ReviewBegun(Model):
    """The task, and which answer it is about."""

    type: Literal["review_begun"] = "review_begun"
    requirement: str
    evidence: str
    evidence_name: str
    outcome: OutcomeKind
    detail: str


class ReviewRechecked(Model):
    """The answer was checked again."""

    type: Literal["review_rechecked"] = "review_rechecked"
    command: CommandRef
    checked: str
    finding: Finding
    notes: str
    document_digest: Sha256Hex | None


class ReviewHeard(Model):
    """The applicant was heard."""

    type: Literal["review_heard"] = "review_heard"
    command: CommandRef
    said: str
    record_digest: Sha256Hex | None


class ReviewConcluded(Model):
    """The department concluded."""

    type: Literal["review_concluded"] = "review_concluded"
    command: CommandRef
    conclusion: Conclusion
    reasons: str
    document_digest: Sha256Hex | None


class ReviewEnded(Model):
    """The end of the task."""

    type: Literal["review_ended"] = "review_ended"
    result: Literal["concluded", "application_ended"]


ReviewBody = ReviewBegun | ReviewRechecked | ReviewHeard | ReviewConcluded | ReviewEnded


class ReviewState(StreamState):
    """异常复核 as it stands."""

    requirement: str
    evidence: str
    rechecks: int = 0
    heard: bool = False
    concluded: ReviewConcluded | None = None
    said: int = 0
    """Sequence of the conclusion."""
    news: str | None = None
    called_off: bool = False
    result: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more is waited for."""
        return self.result is not None


class ReviewStart(RouteStart):
    """What ``AdverseReview`` is started with: the answer that needs a person."""

    outcome: OutcomeKind
    detail: str
    carried: Carried[ReviewState] | None = None


def _begin(event: Recorded) -> ReviewState:
    body = event.body
    if not isinstance(body, ReviewBegun):
        raise ImpossibleEvent(f"a review begins with review_begun, not {body.type}")
    return ReviewState(application_no=event.application_no, requirement=body.requirement, evidence=body.evidence)


def _step(state: ReviewState, event: Recorded) -> ReviewState:
    match event.body:
        case ReviewRechecked():
            update: dict[str, object] = {"rechecks": state.rechecks + 1}
        case ReviewHeard():
            update = {"heard": True}
        case ReviewConcluded() as concluded:
            if state.concluded is not None:
                raise ImpossibleEvent("concluded twice")
            if concluded.conclusion == "not_exempted" and not state.heard:
                raise ImpossibleEvent("not exempted before the applicant was heard")
            update = {"concluded": concluded, "said": event.sequence}
        case NewsHeard() as heard:
            ended = heard.news == CaseNewsKind.APPLICATION_ENDED.value
            update = {"news": heard.news, "called_off": state.called_off or ended}
        case ReviewEnded() as end:
            update = {"result": end.result}
        case _:
            return state
    return state.model_copy(update=update)


apply = folding(_begin, _step)
"""One event further in the stream of a review."""


def opening(start: ReviewStart) -> ReviewBegun:
    """The first event."""
    return ReviewBegun(
        requirement=start.requirement,
        evidence=start.evidence,
        evidence_name=start.kind.name,
        outcome=start.outcome,
        detail=start.detail,
    )


def report_of(start: ReviewStart, state: ReviewState, concluded: ReviewConcluded) -> ReviewReport:
    """What the case is told."""
    basis = zh.REVIEW_BASIS.format(
        department=start.department_name,
        conclusion=zh.REVIEW_CONCLUSIONS[concluded.conclusion],
        reasons=concluded.reasons,
    )
    return ReviewReport(
        stream=start.stream,
        sequence=state.said,
        requirement=state.requirement,
        evidence=state.evidence,
        conclusion=concluded.conclusion,
        basis=basis[:200],
        evidence_digest=concluded.document_digest,
    )
