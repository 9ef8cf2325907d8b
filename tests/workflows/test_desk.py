"""Tasks of people on a real server whose clock skips: reminded, escalated, annulled, given to another desk.

The route is a verification that nobody answers; the week off lies between its deadline and the alarms.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from infra.temporal.plugin import plugin
from schemas.application import Actor
from schemas.assignment import (
    AlarmAnnulled,
    AssignmentReassigned,
    DueChanged,
    EscalationDelivered,
    EscalationFailed,
    Rung,
    RungFired,
    Step,
)
from schemas.clock import WorkingCalendar, county_date
from schemas.codes import ActorKind
from schemas.long_route import RouteView
from schemas.notification_exchange import NotificationUrgency
from schemas.policy import StepBudget
from schemas.route_events import RouteReport
from schemas.supervision import AnnulAlarm, Reassign
from schemas.verification import VerificationAnswered, VerificationStart, apply
from tests.temporal_fixtures import settings_for
from tests.workflows.fakes import World
from tests.workflows.long_world import HEALTH, answer, bodies_of, county
from tests.workflows.starts import ListeningCase, fields, number, week_off
from tests.workflows.waiting import eventually
from workers.registry import WORKFLOWS
from workers.serve import build_workers

SETTINGS = settings_for("unused:0")
SUPERVISOR = Actor(kind=ActorKind.SUPERVISOR, actor_id="supervisor-1")
ASKED = "asked"


class Asked:
    """A verification on its own, with a case that listens."""

    def __init__(self, env: WorkflowEnvironment, world: World, start: VerificationStart, queue: str) -> None:
        self.env, self.world, self.start, self._queue = env, world, start, queue
        self.handle: WorkflowHandle[Any, Any] = env.client.get_workflow_handle(start.stream)
        self._case: WorkflowHandle[Any, Any] = env.client.get_workflow_handle(f"application/{start.application_no}")

    async def begin(self) -> None:
        await self.env.client.start_workflow(
            "ListeningCase", id=self._case.id, task_queue=self._queue, execution_timeout=timedelta(days=400)
        )
        await self.env.client.start_workflow(
            "VerificationWorkflow", self.start, id=self.start.stream, task_queue=self._queue
        )
        await eventually(lambda: "assignment_opened" in bodies_of(self.world, self.start.stream))

    async def heard(self) -> list[RouteReport]:
        heard: list[RouteReport] = await self._case.query("heard", result_type=list[RouteReport])
        return heard

    async def until(self, day: date) -> None:
        """Let time pass until shortly after offices closed on a day."""
        closing = self.start.timetable.closing(day)
        await self.env.sleep(closing - await self.env.get_current_time() + timedelta(minutes=1))

    def events(self, kind: type[Any]) -> list[Any]:
        return [e.body for e in self.world.ledger.streams[self.start.stream] if isinstance(e.body, kind)]

    def fired(self) -> list[tuple[Rung, date]]:
        stream = self.world.ledger.streams[self.start.stream]
        return [(e.body.rung, county_date(e.occurred_at)) for e in stream if isinstance(e.body, RungFired)]

    async def length(self) -> int:
        return (await self.handle.describe()).history_length

    async def view(self) -> RouteView:
        view: RouteView = await self.handle.query("status", result_type=RouteView)
        return view

    async def leave(self) -> None:
        await self._case.signal("leave")
        with suppress(RPCError):  # it has ended by itself
            await self.handle.terminate()


@asynccontextmanager
async def asked(
    env: WorkflowEnvironment,
    off: int = 3,
    budget: StepBudget | None = None,
    known: int | None = None,
) -> AsyncIterator[tuple[Asked, date]]:
    """A question with two working days; the week off begins ``off`` days from today, which is given too.

    With ``known`` the calendar is published for so many days only.
    """
    today = county_date(await env.get_current_time())
    calendar = week_off(today + timedelta(days=off))
    world = county("r_verify", calendar=calendar)
    assert world.policy.long is not None
    steps = world.policy.long.steps | {Step.VERIFICATION: budget or StepBudget(working_days=2)}
    long = world.policy.long.model_copy(update={"steps": steps})
    if known is not None:
        calendar = unpublished_after(today + timedelta(days=known))
    start = VerificationStart.model_validate(fields("verification", number(), long, calendar))
    queue = f"desk-{start.application_no}"
    settings = SETTINGS.model_copy(update={"task_queue": queue})
    (worker,) = build_workers(env.client, settings, world.activities(), extra_workflows=(ListeningCase,))
    async with worker:
        one = Asked(env, world, start, queue)
        await one.begin()
        yield one, today
        await one.leave()


async def replayed(one: Asked) -> None:
    """The history gives the same again; raises where it does not."""
    replayer = Replayer(workflows=list(WORKFLOWS), plugins=[plugin(SETTINGS)])
    await replayer.replay_workflow(await one.handle.fetch_history())


def unpublished_after(last: date) -> WorkingCalendar:
    """A calendar that knows nothing of the week off: past its horizon every weekday counts."""
    weekends = [last + timedelta(days=n) for n in range(-40, 1)]
    return WorkingCalendar(
        version="before",
        first=date(2020, 1, 1),
        last=last,
        holidays=(),
        workdays=tuple(day for day in weekends if day.weekday() >= 5),
    )


async def test_reminder_and_colours_reach_the_desk_in_order_over_a_week_off(skipping: WorkflowEnvironment) -> None:
    async with asked(skipping) as (one, today):
        await one.until(today + timedelta(days=12))
        sent = one.world.outside.notification.sent
        await eventually(lambda: len(sent) == 4)
        # Due on the second day; then seven days off, in which nothing happens.
        assert one.fired() == [
            (Rung.REMINDER, today + timedelta(days=1)),
            (Rung.BLUE, today + timedelta(days=2)),
            (Rung.ORANGE, today + timedelta(days=10)),
            (Rung.RED, today + timedelta(days=11)),
        ]
        urgencies = [message.urgency for _, message in sent]
        assert urgencies == [NotificationUrgency(rung.value) for rung in Rung]
        assert {desk for desk, _ in sent} == {f"{HEALTH}-1"}
        assert len({message.key for _, message in sent}) == 4
        await eventually(lambda: len(one.events(EscalationDelivered)) == 4)
        assert (await one.view()).tasks[0].colour is Rung.RED
        await replayed(one)


async def test_a_silent_department_leaves_no_rung_after_the_end(skipping: WorkflowEnvironment) -> None:
    async with asked(skipping, budget=StepBudget(working_days=2, gives_up_after=2)) as (one, today):
        await one.until(today + timedelta(days=12))
        assert [rung for rung, _ in one.fired()] == [Rung.REMINDER, Rung.BLUE]
        (report,) = await one.heard()
        assert (report.kind.value, report.detail) == ("failed", "no_answer")


async def test_when_the_first_desk_is_away_its_substitute_is_on_record(skipping: WorkflowEnvironment) -> None:
    async with asked(skipping) as (one, today):
        one.world.outside.notification.away = (f"{HEALTH}-1",)
        await one.until(today + timedelta(days=1))
        await eventually(lambda: bool(one.events(EscalationDelivered)))
        (told,) = one.events(EscalationDelivered)
        assert (told.recipient, told.substituted_for) == (f"{HEALTH}-2", (f"{HEALTH}-1",))


async def test_nobody_reached_is_itself_on_record(skipping: WorkflowEnvironment) -> None:
    async with asked(skipping) as (one, today):
        one.world.outside.notification.away = (f"{HEALTH}-1", f"{HEALTH}-2")
        await one.until(today + timedelta(days=2))
        await eventually(lambda: bool(one.events(EscalationFailed)))
        assert one.events(EscalationFailed)[0].rung is Rung.REMINDER


async def test_an_answer_stops_what_is_being_told_and_nothing_follows_the_end(skipping: WorkflowEnvironment) -> None:
    async with asked(skipping) as (one, today):
        one.world.outside.notification.away = (f"{HEALTH}-1", f"{HEALTH}-2")
        await one.until(today + timedelta(days=1))
        await eventually(lambda: bool(one.events(RungFired)))
        (key,) = one.world.outside.collaboration.requests
        reply = answer(one.world, key, "confirmed")
        await one.handle.execute_update("reply", reply, id=reply.message_id)
        await one.handle.result()
        one.world.outside.notification.away = ()
        await one.until(today + timedelta(days=2))
        assert one.world.outside.notification.sent == []
        view = await one.view()
        assert view.ended and view.recorded == view.durable == len(one.world.ledger.streams[one.start.stream])
        assert not one.events(EscalationDelivered) and not one.events(EscalationFailed)
        await replayed(one)


async def test_a_false_alarm_is_annulled_once_and_both_facts_are_kept(skipping: WorkflowEnvironment) -> None:
    async with asked(skipping) as (one, today):
        await one.until(today + timedelta(days=2))
        act = AnnulAlarm(
            command_id="annul-1", actor=SUPERVISOR, assignment=ASKED, rung=Rung.BLUE, reason="平台停机，误报"
        )
        await one.handle.execute_update("annul_alarm", act, id=act.command_id)
        with pytest.raises(WorkflowUpdateFailedError):
            again = act.model_copy(update={"command_id": "annul-2"})
            await one.handle.execute_update("annul_alarm", again, id=again.command_id)
        by_the_clerk = act.model_copy(
            update={"command_id": "annul-3", "actor": Actor(kind=ActorKind.CLERK, actor_id="clerk-1")}
        )
        with pytest.raises(WorkflowUpdateFailedError):
            await one.handle.execute_update("annul_alarm", by_the_clerk, id=by_the_clerk.command_id)
        assert (await one.view()).tasks[0].colour is None
        assert len(one.events(AlarmAnnulled)) == 1
        assert [rung for rung, _ in one.fired()] == [Rung.REMINDER, Rung.BLUE]
        # An annulled alarm never fires again; the next one does.
        await one.until(today + timedelta(days=10))
        assert [rung for rung, _ in one.fired()] == [Rung.REMINDER, Rung.BLUE, Rung.ORANGE]


async def test_another_desk_is_told_of_the_task_and_gets_the_alarms(skipping: WorkflowEnvironment) -> None:
    async with asked(skipping) as (one, today):
        act = Reassign(
            command_id="reassign-1", actor=SUPERVISOR, assignment=ASKED, recipients=("desk-9",), reason="原岗位撤销"
        )
        await one.handle.execute_update("reassign", act, id=act.command_id)
        sent = one.world.outside.notification.sent
        await eventually(lambda: len(sent) == 1)
        await one.until(today + timedelta(days=1))
        await eventually(lambda: len(sent) == 2)
        assert [(desk, message.urgency.value) for desk, message in sent] == [("desk-9", "task"), ("desk-9", "reminder")]
        assert len(one.events(AssignmentReassigned)) == 1


async def test_nothing_is_added_to_the_history_between_the_rungs(skipping: WorkflowEnvironment) -> None:
    async with asked(skipping) as (one, today):
        await one.until(today + timedelta(days=2))
        await eventually(lambda: len(one.events(EscalationDelivered)) == 2)
        await asyncio.sleep(0.3)
        before = await one.length()
        await one.until(today + timedelta(days=9))
        assert await one.length() == before


async def test_an_answer_after_the_case_went_on_is_taken_as_late(skipping: WorkflowEnvironment) -> None:
    async with asked(skipping, budget=StepBudget(working_days=1, gives_up_after=1)) as (one, today):
        await one.until(today + timedelta(days=20))
        (key,) = one.world.outside.collaboration.requests
        late = answer(one.world, key, "confirmed", document_digest="b" * 64)
        await one.handle.execute_update("reply", late, id=late.message_id)
        await one.handle.result()
        assert [a.late for a in one.events(VerificationAnswered)] == [True]
        assert [(r.kind.value, r.detail) for r in await one.heard()] == [
            ("failed", "no_answer"),
            ("settled", "confirmed"),
        ]


async def test_two_answers_at_once_settle_once(skipping: WorkflowEnvironment) -> None:
    async with asked(skipping) as (one, _):
        (key,) = one.world.outside.collaboration.requests
        answers = [answer(one.world, key, "confirmed", document_digest=digit * 64) for digit in "bc"]
        outcomes = await asyncio.gather(
            *(one.handle.execute_update("reply", a, id=a.message_id) for a in answers), return_exceptions=True
        )
        await one.handle.result()
        assert sum(isinstance(outcome, WorkflowUpdateFailedError) for outcome in outcomes) == 1
        assert len(one.events(VerificationAnswered)) == 1
        (report,) = await one.heard()
        assert (report.kind.value, report.evidence_digest) == (
            "settled",
            one.events(VerificationAnswered)[0].document_digest,
        )
        stream = one.world.ledger.streams[one.start.stream]
        state = None
        for event in stream:
            state = apply(state, event)
        assert state is not None and state.ended and len(state.commands) == 2


async def test_a_deadline_past_the_published_calendar_is_reckoned_anew(skipping: WorkflowEnvironment) -> None:
    """Published only while the case waits: the alarms that guessed at working days do not fire on a day off."""
    async with asked(skipping, known=2, budget=StepBudget(working_days=4)) as (one, today):
        assert (await one.view()).tasks[0].due_provisional
        await one.until(today + timedelta(days=14))
        (changed,) = one.events(DueChanged)
        assert county_date(changed.due_at) == today + timedelta(days=11)
        assert not changed.due_provisional
        await replayed(one)
        assert one.fired() == [
            (Rung.REMINDER, today + timedelta(days=10)),
            (Rung.BLUE, today + timedelta(days=11)),
            (Rung.ORANGE, today + timedelta(days=12)),
            (Rung.RED, today + timedelta(days=13)),
        ]
