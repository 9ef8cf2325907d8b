"""认领、放回、移交: who may, when, and what it leaves behind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.application import Actor
from schemas.assignment import (
    Assignee,
    Assignment,
    AssignmentClosed,
    AssignmentReassigned,
    Responsible,
    Step,
    apply_assignment,
    opened,
)
from schemas.claim_acts import ClaimAct, ClaimTask, HandOverTask, ReleaseTask, check_claim, claim_body
from schemas.codes import ActorKind
from schemas.stream import StreamState
from schemas.timetable import Timetable
from tests.schemas.builders import APPLICATION_NO, POLICE, calendar, command

NOW = datetime(2026, 9, 28, 1, 0, tzinfo=UTC)
OTHER = "11350526MB0000012G"
ANNA = Actor(kind=ActorKind.DEPARTMENT, actor_id="staff-1", department=POLICE)
BO = Actor(kind=ActorKind.DEPARTMENT, actor_id="staff-2", department=POLICE)
SUPERVISOR = Actor(kind=ActorKind.SUPERVISOR, actor_id="supervisor-1")


class Ended(StreamState):
    @property
    def ended(self) -> bool:
        return True


def claim(actor: Actor = ANNA) -> ClaimTask:
    return ClaimTask(command_id="c-1", actor=actor, assignment="t")


def release(actor: Actor = ANNA, reason: str | None = None) -> ReleaseTask:
    return ReleaseTask(command_id="c-2", actor=actor, assignment="t", reason=reason)


def hand_over(actor: Actor = ANNA, to: str = "staff-2") -> HandOverTask:
    return HandOverTask(command_id="c-3", actor=actor, assignment="t", to=to, reason="休假")


def state(
    *acts: ClaimAct, of: Responsible = Responsible.DEPARTMENT, department: str | None = POLICE, closed: bool = False
) -> StreamState:
    who = Assignee(responsible=of, name="某单位", department=department)
    timetable = Timetable(calendar=calendar())
    body = opened("t", Step.OPINION, who, task="答复", then="督办", working_days=1, timetable=timetable, now=NOW)
    tasks = apply_assignment({}, body, NOW)
    for act in acts:
        tasks = apply_assignment(tasks, claim_body(act), NOW)
    if closed:
        tasks = apply_assignment(tasks, AssignmentClosed(assignment="t", how="done"), NOW)
    return StreamState(application_no=APPLICATION_NO, assignments=tasks)


def codes(of: StreamState, act: ClaimAct) -> list[str]:
    return [e.code for e in check_claim(of, act)]


@pytest.mark.parametrize(
    ("of", "act"),
    [
        pytest.param(state(), claim(), id="a free task"),
        pytest.param(state(), claim(Actor(kind=ActorKind.CLERK, actor_id="c", department=POLICE)), id="a clerk too"),
        pytest.param(
            state(of=Responsible.COMMITTEE),
            claim(Actor(kind=ActorKind.COMMITTEE, actor_id="m", department=POLICE)),
            id="管委会",
        ),
        pytest.param(
            state(of=Responsible.HELPER),
            claim(Actor(kind=ActorKind.CASE_HELPER, actor_id="h", department=POLICE)),
            id="a helper",
        ),
        pytest.param(state(claim(), release()), claim(BO), id="what was released"),
        pytest.param(state(claim()), release(), id="one's own released"),
        pytest.param(state(claim()), hand_over(), id="one's own handed over"),
        pytest.param(state(claim(), hand_over()), release(BO), id="what one was handed"),
        pytest.param(state(claim()), release(SUPERVISOR, "长期不在岗"), id="a supervisor releases"),
    ],
)
def test_it_may_be_done(of: StreamState, act: ClaimAct) -> None:
    assert codes(of, act) == []


@pytest.mark.parametrize(
    ("of", "act", "code"),
    [
        pytest.param(
            state(), claim(ANNA.model_copy(update={"department": OTHER})), "not_of_the_office", id="another office"
        ),
        pytest.param(state(department=None), claim(), "not_of_the_office", id="nobody of the county"),
        pytest.param(state(), claim(SUPERVISOR), "not_of_the_office", id="a supervisor"),
        pytest.param(state(of=Responsible.APPLICANT), claim(), "not_of_the_office", id="the applicant's turn"),
        pytest.param(state(of=Responsible.COMMITTEE), claim(), "not_of_the_office", id="staff for 管委会"),
        pytest.param(state(claim()), claim(BO), "claimed_by_another", id="another has it"),
        pytest.param(state(claim()), claim(), "claimed_already", id="has it already"),
        pytest.param(state(claim()), release(BO), "claimed_by_another", id="another's released"),
        pytest.param(state(), release(), "not_claimed", id="nobody has it"),
        pytest.param(state(claim()), release(SUPERVISOR), "reason_missing", id="a supervisor without reason"),
        pytest.param(state(), release(SUPERVISOR, "x"), "not_claimed", id="a supervisor, nothing to release"),
        pytest.param(state(claim()), hand_over(BO), "claimed_by_another", id="another's handed over"),
        pytest.param(state(claim()), hand_over(to="staff-1"), "handed_over_to_oneself", id="to oneself"),
        pytest.param(state(claim(), hand_over()), release(), "claimed_by_another", id="what one gave away"),
        pytest.param(state(closed=True), claim(), "assignment_closed", id="closed"),
        pytest.param(StreamState(application_no="A-1"), claim(), "unknown_assignment", id="unknown"),
        pytest.param(Ended(application_no="A-1"), claim(), "conversation_ended", id="ended"),
    ],
)
def test_it_may_not_be_done(of: StreamState, act: ClaimAct, code: str) -> None:
    assert codes(of, act) == [code]


def task(of: StreamState) -> Assignment:
    return of.assignments["t"]


def test_a_claim_is_kept_and_ends_with_the_task() -> None:
    held = task(state(claim())).claim
    assert held is not None and (held.by, held.at) == (ANNA, NOW)
    given = task(state(claim(), hand_over())).claim
    assert given is not None and given.by == BO
    assert task(state(claim(), closed=True)).claim is None


def test_who_does_not_sit_at_the_new_desk_has_it_no_more() -> None:
    of = state(claim())
    moved = AssignmentReassigned(
        command=command(), assignment="t", assignee=task(of).assignee.model_copy(update={"recipients": ("d",)}),
        reason="换岗",
    )  # fmt: skip
    assert apply_assignment(dict(of.assignments), moved, NOW)["t"].claim is None


def test_a_claim_changes_neither_turn_nor_deadline() -> None:
    def but_the_claim(of: StreamState) -> dict[str, Any]:
        return task(of).model_dump(exclude={"claim"})

    assert but_the_claim(state(claim(), hand_over())) == but_the_claim(state())
