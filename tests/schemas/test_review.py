"""异常复核 by the pure checks and the fold alone."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.application import Actor
from schemas.codes import ActorKind
from schemas.events import Event, EventBody, make_event_id
from schemas.evidence import OutcomeKind
from schemas.request_events import NewsHeard
from schemas.review import (
    ReviewConcluded,
    ReviewEnded,
    ReviewHeard,
    ReviewStart,
    ReviewState,
    apply,
    opening,
    report_of,
)
from schemas.review_acts import ConcludeReview, check_conclusion, check_reviewer
from schemas.stream import ImpossibleEvent
from tests.schemas.builders import NOW, SYSTEM
from tests.workflows import starts
from tests.workflows.fakes import CALENDAR
from tests.workflows.long_world import DECIDING, HEALTH, policy

NO = "T-1"
START = ReviewStart(
    **starts.fields("review", NO, policy(), CALENDAR), outcome=OutcomeKind.AMBIGUOUS, detail="two_records"
)
REF = {"command_id": "c-1", "act": "hear", "digest": "a" * 64}
HEARD = ReviewHeard.model_validate({"command": REF, "said": "记录有误", "record_digest": None})


def concluded(conclusion: str) -> ReviewConcluded:
    said = {"conclusion": conclusion, "reasons": "理" * 400, "document_digest": "d" * 64}
    return ReviewConcluded.model_validate({"command": REF | {"command_id": "c-2"}} | said)


def folded(*bodies: EventBody) -> ReviewState:
    state: ReviewState | None = None
    for n, body in enumerate((opening(START), *bodies)):
        place: dict[str, Any] = {"event_id": make_event_id(START.stream, n, None, NOW), "sequence": n}
        rest = {"stream": START.stream, "application_no": NO, "previous_id": None, "occurred_at": NOW}
        state = apply(state, Event.model_validate(place | rest | {"actor": SYSTEM, "body": body}))
    assert state is not None
    return state


def news(kind: str) -> NewsHeard:
    return NewsHeard.model_validate({"application_no": NO, "requirement": "need/p1", "news": kind})


def staff(department: str = DECIDING, kind: ActorKind = ActorKind.DEPARTMENT) -> Actor:
    return Actor(kind=kind, actor_id="staff-1", department=department)


@pytest.mark.parametrize(
    ("bodies", "actor", "code"),
    [
        ((), staff(HEALTH), "deciding_department_only"),
        ((), staff(kind=ActorKind.SUPERVISOR), "deciding_department_only"),
        ((), staff(kind=ActorKind.BUSINESS_SYSTEM), "deciding_department_only"),
        ((news("application_ended"),), staff(), "review_over"),
        ((concluded("accepted"),), staff(), "review_over"),
        ((news("settled_otherwise"),), staff(), None),
        ((news("decided"),), staff(kind=ActorKind.CLERK), None),
    ],
)
def test_only_the_deciding_department_and_only_while_it_is_open(
    bodies: tuple[EventBody, ...], actor: Actor, code: str | None
) -> None:
    errors = check_reviewer(START, folded(*bodies), actor)
    assert [e.code for e in errors] == ([code] if code else [])


def test_nobody_is_refused_unheard() -> None:
    def conclude(conclusion: str) -> ConcludeReview:
        said = {"command_id": "c-3", "actor": staff(), "conclusion": conclusion, "reasons": "理由"}
        return ConcludeReview.model_validate(said)

    assert [e.code for e in check_conclusion(START, folded(), conclude("not_exempted"))] == ["applicant_not_heard"]
    assert check_conclusion(START, folded(HEARD), conclude("not_exempted")) == ()
    assert check_conclusion(START, folded(), conclude("accepted")) == ()
    assert check_conclusion(START, folded(), conclude("corrected")) == ()


def test_the_report_says_who_concluded_what_and_why_in_one_line() -> None:
    body = concluded("accepted")
    said = report_of(START, folded(body), body)
    assert (said.conclusion, said.sequence, said.evidence_digest) == ("accepted", 1, "d" * 64)
    assert len(said.basis) == 200 and said.basis.startswith("德化县司法局异常复核：予以采信")


def test_the_fold_refuses_what_cannot_follow() -> None:
    for bodies in (
        (concluded("not_exempted"),),
        (concluded("accepted"), concluded("accepted")),
        (ReviewEnded(result="concluded"), HEARD),
    ):
        with pytest.raises(ImpossibleEvent):
            folded(*bodies)
