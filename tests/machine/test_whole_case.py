"""A whole case played at random on the pure core: thousands of interleavings, each looked at after every step."""

from __future__ import annotations

import os
from collections import Counter
from typing import get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from schemas.acceptance import AcceptanceBody
from schemas.assignment import AssignmentBody
from schemas.case import Stage
from schemas.claim import CLAIM_BODIES
from schemas.events import CaseBody
from schemas.intervention import INTERVENTION_BODIES
from schemas.route_events import RouteBody
from schemas.stage_opinion_events import StageOpinionBody
from tests.machine.people import AcceptedCase, WholeCase

pytestmark = pytest.mark.timeout(400)
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "0"))
"""More games, other ones each time: ``MACHINE_EXAMPLES=20000 pytest tests/machine``."""

BY_OPERATORS = ("application_refused", "application_cancelled")
PLAYED_ELSEWHERE = {
    "assignment_held",
    "assignment_reassigned",
    "stage_opinion_closed",
    *(body.model_fields["type"].default for body in (*CLAIM_BODIES, *INTERVENTION_BODIES)),
}
"""What people do among themselves about a task, and a case that ends while an opinion is out: tested where they are."""
EVERYTHING = {
    body.model_fields["type"].default
    for part in (CaseBody, RouteBody, AcceptanceBody, AssignmentBody, StageOpinionBody)
    for body in get_args(part)
    if body.model_fields["type"].default not in (*BY_OPERATORS, *PLAYED_ELSEWHERE)
}
"""Every event of a case that the games have to bring about."""
LATE = {
    "acceptance_refused",
    "application_accepted",
    "application_completed",
    "clock_started",
    "clock_extended",
    "clock_suspended",
    "clock_resumed",
    "decision_reported",
    "deferred_supplied",
    "deferral_lapsed",
    "due_changed",
    "result_released",
    "stage_opinion_asked",
    "stage_opinion_heard",
}
"""Those that come late or seldom: a game from the start need not come to them."""


def play(machine: type[WholeCase]) -> Counter[str]:
    """Many games; which events they brought about."""
    machine.seen, machine.stages, machine.games = Counter(), Counter(), 0
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES or 700,
            stateful_step_count=25,
            deadline=None,
            derandomize=not EXAMPLES,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return machine.seen


def test_a_case_keeps_its_laws_whatever_happens_in_whatever_order() -> None:
    seen = play(WholeCase)
    assert EVERYTHING - set(seen) <= LATE, "the games come everywhere"
    assert set(WholeCase.stages) >= {Stage.ESTABLISHING, Stage.WITHDRAWN, Stage.HANDED_OVER, Stage.TERMINATED}


def test_after_acceptance_too() -> None:
    seen = play(AcceptedCase)
    assert LATE - set(seen) <= {"acceptance_refused"}
    assert set(AcceptedCase.stages) >= {Stage.ACCEPTED, Stage.COMPLETED, Stage.TERMINATED}
