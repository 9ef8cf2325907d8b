"""异常复核 by itself: a task of the deciding department that only its act passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from schemas.evidence import OutcomeKind
from schemas.review import ReviewStart
from schemas.review_acts import ConcludeReview, Hear, Recheck
from schemas.route_events import CaseNewsKind, ReviewReport
from tests.workflows import starts
from tests.workflows.fakes import CALENDAR, World
from tests.workflows.long_world import HEALTH, bodies_of, county, policy
from tests.workflows.reported import act, command, listened, staff, tell
from tests.workflows.waiting import eventually


async def begun(skipping: WorkflowEnvironment, queue: str, no: str) -> WorkflowHandle[Any, Any]:
    fields = starts.fields("review", no, policy(), CALENDAR) | {"stream": f"review/{no}/{starts.REQUIREMENT}/1"}
    start = ReviewStart(**fields, outcome=OutcomeKind.ADVERSE, detail="refuted")
    return await skipping.client.start_workflow("AdverseReview", start, id=start.stream, task_queue=queue)


def concluding(conclusion: str, number: int = 1, department: str | None = None) -> ConcludeReview:
    actor = staff(number, department) if department else staff(number)
    said = {"conclusion": conclusion, "reasons": "经复查，记录所指并非当事人", "document_digest": "d" * 64}
    return ConcludeReview.model_validate({"command_id": command(number), "actor": actor, **said})


def hearing(number: int = 1) -> Hear:
    return Hear(command_id=command(number), actor=staff(number), said="当事人称记录有误", record_digest="e" * 64)


def rechecking(number: int = 1) -> Recheck:
    said = {"checked": "原登记簿册", "finding": "mistaken", "notes": "同名异人"}
    return Recheck.model_validate({"command_id": command(number), "actor": staff(number), **said})


def refusals(world: World, stream: str) -> list[str]:
    """Codes of the refused acts in the ledger."""
    return [e.code for b in (x.body for x in world.ledger.streams[stream]) if b.type == "act_refused" for e in b.errors]


@pytest.mark.parametrize("conclusion", ["accepted", "corrected"])
async def test_checked_again_heard_and_concluded(skipping: WorkflowEnvironment, conclusion: str) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, case):
        review = await begun(skipping, queue, no)
        await act(review, "recheck", rechecking())
        await act(review, "hear", hearing())
        await act(review, "conclude_review", concluding(conclusion))
        await review.result()
        (report,) = await case.query("reviews", result_type=list[ReviewReport])
    assert (report.conclusion, report.evidence_digest, report.requirement) == (conclusion, "d" * 64, "need/p1")
    assert bodies_of(world, review.id)[-3:] == ["review_concluded", "assignment_closed", "review_ended"]


async def test_it_goes_against_nobody_unheard_and_only_by_the_department(skipping: WorkflowEnvironment) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, case):
        review = await begun(skipping, queue, no)
        for refused in (concluding("not_exempted"), concluding("accepted", department=HEALTH)):
            with pytest.raises(WorkflowUpdateFailedError):
                await act(review, "conclude_review", refused)
        await act(review, "hear", hearing())
        await act(review, "conclude_review", concluding("not_exempted"))
        await review.result()
        (report,) = await case.query("reviews", result_type=list[ReviewReport])
    assert report.conclusion == "not_exempted"
    assert refusals(world, review.id) == ["applicant_not_heard", "deciding_department_only"]


async def test_silence_never_ends_it_but_is_shown(skipping: WorkflowEnvironment) -> None:
    world, no = county("r_verify"), starts.number()
    async with listened(skipping.client, world, no) as (queue, case):
        review = await begun(skipping, queue, no)
        await skipping.sleep(timedelta(days=40))
        await eventually(lambda: bodies_of(world, review.id).count("rung_fired") >= 3)
        assert "review_ended" not in bodies_of(world, review.id)
        await tell(review, no, CaseNewsKind.SETTLED_OTHERWISE)
        await act(review, "recheck", rechecking())
        assert await case.query("reviews", result_type=list[ReviewReport]) == []
        await tell(review, no, CaseNewsKind.APPLICATION_ENDED)
        await review.result()
        assert await case.query("reviews", result_type=list[ReviewReport]) == []
    assert bodies_of(world, review.id)[-2:] == ["assignment_closed", "review_ended"]
