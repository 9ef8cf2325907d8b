"""帮办代办 on a real server whose clock skips: ordered, interrupted, finished, revoked, not obtained, by the window."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from schemas.assignment import DueChanged, Rung, RungFired, Step
from schemas.assistance import AssistanceStart, AssistanceState, WindowProgress, apply
from schemas.assistance_exchange import AssistanceCallback
from schemas.base import personal_values
from schemas.clock import county_date
from schemas.codes import ActorKind
from schemas.ledger import AppendRequest
from schemas.long_route import Carried, RouteView
from schemas.policy import StepBudget
from schemas.request_events import RequestWithdrawn
from schemas.route_events import CaseNews, CaseNewsKind, RouteReport
from schemas.stream import ActRefused
from tests.temporal_fixtures import settings_for
from tests.workflows.fakes import World
from tests.workflows.long_world import bodies_of, county
from tests.workflows.requests import OPERATOR
from tests.workflows.starts import REQUIREMENT, ListeningCase, fields, number, week_off
from tests.workflows.waiting import eventually
from workers.serve import build_workers

SETTINGS = settings_for("unused:0")
LETTER, OBTAINED = "a" * 64, "b" * 64


class Helped:
    """An assistance on its own, with a case that listens."""

    def __init__(self, env: WorkflowEnvironment, world: World, start: AssistanceStart, queue: str) -> None:
        self.env, self.world, self.start, self._queue = env, world, start, queue
        self.handle: WorkflowHandle[Any, Any] = env.client.get_workflow_handle(start.stream)
        self._case: WorkflowHandle[Any, Any] = env.client.get_workflow_handle(f"application/{start.application_no}")
        self._messages = 0

    async def begin(self, start: AssistanceStart | None = None) -> None:
        if start is None:
            await self.env.client.start_workflow("ListeningCase", id=self._case.id, task_queue=self._queue)
        await self.env.client.start_workflow(
            "AssistanceWorkflow", start or self.start, id=self.start.stream, task_queue=self._queue
        )
        if self.world.outside.assistance.down:
            await self.env.sleep(timedelta(hours=2))
        await eventually(lambda: "assignment_opened" in bodies_of(self.world, self.start.stream))

    async def tell(self, step: str, **over: Any) -> None:
        self._messages += 1
        values: dict[str, Any] = {
            "message_id": f"m-{self._messages}",
            "stream": self.start.stream,
            "key": self.start.key,
            "step": step,
            "helper": "helper-001",
            "text": "说明",
            "document_digest": OBTAINED if step == "finished" else None,
            "at": datetime.now(UTC),
        }
        callback = AssistanceCallback.model_validate(values | over)
        await self.handle.execute_update("progress", callback, id=callback.message_id)

    async def news(self, kind: CaseNewsKind) -> None:
        news = CaseNews(application_no=self.start.application_no, requirement=REQUIREMENT, kind=kind)
        await self.handle.signal("case_news", news)

    async def until(self, day: date) -> None:
        closing = self.start.timetable.closing(day)
        await self.env.sleep(closing - await self.env.get_current_time() + timedelta(minutes=1))

    async def heard(self) -> list[tuple[str, str, str | None]]:
        reports = await self._case.query("heard", result_type=list[RouteReport])
        return [(r.kind.value, r.detail, r.evidence_digest) for r in reports]

    def events(self, kind: type[Any]) -> list[Any]:
        return [e.body for e in self.world.ledger.streams[self.start.stream] if isinstance(e.body, kind)]

    def kinds(self) -> list[str]:
        return bodies_of(self.world, self.start.stream)

    async def leave(self) -> None:
        await self._case.signal("leave")
        with suppress(RPCError):  # it has ended by itself
            await self.handle.terminate()


@asynccontextmanager
async def helped(
    env: WorkflowEnvironment, connected: bool = True, down: bool = False
) -> AsyncIterator[tuple[Helped, date]]:
    """An order with three working days, given up after five; a week off begins in two days."""
    today = county_date(await env.get_current_time())
    calendar = week_off(today + timedelta(days=2))
    world = county("r_verify", calendar=calendar)
    assert world.policy.long is not None
    steps = world.policy.long.steps | {Step.ASSISTANCE: StepBudget(working_days=3, gives_up_after=5)}
    long = world.policy.long.model_copy(update={"steps": steps})
    world.outside.assistance.connected = connected
    world.outside.assistance.down = down
    start = AssistanceStart.model_validate(
        fields("assistance", number(), long, calendar, document_digest=LETTER)
        | {"requirement_names": ("生育情况证明",)}
    )
    settings = SETTINGS.model_copy(update={"task_queue": f"help-{start.application_no}"})
    (worker,) = build_workers(env.client, settings, world.activities(), extra_workflows=(ListeningCase,))
    async with worker:
        one = Helped(env, world, start, settings.task_queue)
        await one.begin()
        yield one, today
        await one.leave()


async def test_what_the_helper_obtained_goes_back_to_the_case(skipping: WorkflowEnvironment) -> None:
    async with helped(skipping) as (one, _):
        (order,) = one.world.outside.assistance.orders.values()
        assert order.authorisation_digest == LETTER and order.statement is not None
        await one.tell("assigned")
        await one.tell("progress")
        await one.tell("finished")
        await one.handle.result()
        assert await one.heard() == [("settled", "obtained", OBTAINED)]
        assert one.kinds() == [
            "assistance_opened",
            "request_delivered",
            "assignment_opened",
            "helper_assigned",
            "assistance_progressed",
            "assistance_finished",
            "assignment_closed",
            "assistance_ended",
        ]
        assert one.world.outside.assistance.revoked == [] and one.world.outside.notification.sent == []


async def test_steps_in_the_wrong_order_and_twice(skipping: WorkflowEnvironment) -> None:
    async with helped(skipping) as (one, _):
        await one.tell("progress")
        await one.tell("assigned")
        with pytest.raises(WorkflowUpdateFailedError):
            await one.tell("resumed")
        with pytest.raises(WorkflowUpdateFailedError):
            await one.tell("progress", key="another/order")
        await one.tell("progress", message_id="m-twice")
        await one.tell("progress", message_id="m-twice")
        with pytest.raises(WorkflowUpdateFailedError):
            await one.tell("finished", document_digest=None)
        await one.tell("finished")
        await one.handle.result()
        assert [r.errors[0].code for r in one.events(ActRefused)] == [
            "step_cannot_follow",
            "wrong_request",
            "digest_missing",
        ]
        assert one.kinds().count("assistance_progressed") == 2
        assert await one.heard() == [("settled", "obtained", OBTAINED)]


async def test_an_interruption_holds_the_deadline_and_every_alarm(skipping: WorkflowEnvironment) -> None:
    """Opened today; held from today until the first day after the week off; three working days are due after that."""
    async with helped(skipping) as (one, today):
        await one.tell("suspended", text="出具单位停机")
        await one.until(today + timedelta(days=9))
        assert one.events(RungFired) == []
        await one.tell("resumed")
        (changed,) = one.events(DueChanged)
        # Tomorrow and the ninth day were held (seven days between them are off), so three days are left after today's.
        assert county_date(changed.due_at) == today + timedelta(days=12)
        await one.until(today + timedelta(days=12))
        assert [e.rung for e in one.events(RungFired)] == [Rung.REMINDER, Rung.BLUE]
        view = await one.handle.query("status", result_type=RouteView)
        assert view.tasks[0].colour is Rung.BLUE and not view.ended


async def test_not_obtained_in_time_lets_the_case_go_on_and_takes_the_order_back(
    skipping: WorkflowEnvironment,
) -> None:
    async with helped(skipping) as (one, today):
        await one.tell("assigned")
        await one.until(today + timedelta(days=20))
        await one.handle.result()
        assert [e.rung for e in one.events(RungFired)] == list(Rung)
        assert await one.heard() == [("failed", "not_obtained", None)]
        assert len(one.world.outside.assistance.revoked) == 1
        assert one.kinds()[-1] == "assistance_ended"
        ends = [kind for kind in one.kinds() if not kind.startswith("escalation")][-3:]
        assert ends == ["assistance_lapsed", "request_withdrawn", "assistance_ended"]


async def test_stopped_by_the_helper(skipping: WorkflowEnvironment) -> None:
    async with helped(skipping) as (one, _):
        await one.tell("terminated", text="经核实无法取得")
        await one.handle.result()
        assert await one.heard() == [("failed", "terminated", None)]
        assert one.world.outside.assistance.revoked == []


@pytest.mark.parametrize("kind", list(CaseNewsKind))
async def test_consent_taken_back_or_nothing_wanted_any_more(skipping: WorkflowEnvironment, kind: CaseNewsKind) -> None:
    async with helped(skipping) as (one, _):
        await one.tell("assigned")
        await one.news(kind)
        await one.handle.result()
        assert await one.heard() == []
        (revoked,) = one.world.outside.assistance.revoked
        assert revoked.key == one.start.key
        assert [w.told for w in one.events(RequestWithdrawn)] == [True]
        assert one.kinds()[-1] == "assistance_ended"


async def test_where_no_system_is_connected_the_window_has_the_task_and_tells_the_steps(
    skipping: WorkflowEnvironment,
) -> None:
    async with helped(skipping, connected=False) as (one, _):
        sent = one.world.outside.notification.sent
        await eventually(lambda: len(sent) == 1)
        assert sent[0][1].department == OPERATOR.department
        with pytest.raises(WorkflowUpdateFailedError):
            stranger = OPERATOR.model_copy(update={"kind": ActorKind.SUPERVISOR})
            await told_by_window(one, "progress", actor=stranger, command_id="w-0")
        await told_by_window(one, "assigned", helper="helper-007", command_id="w-1")
        await told_by_window(one, "finished", document_digest=OBTAINED, command_id="w-2")
        await one.handle.result()
        assert await one.heard() == [("settled", "obtained", OBTAINED)]
        assert one.kinds()[1] == "request_undelivered"


async def told_by_window(one: Helped, step: str, **over: Any) -> None:
    told = WindowProgress.model_validate({"actor": OPERATOR, "step": step} | over)
    await one.handle.execute_update("progress_by_window", told, id=told.command_id)


async def test_a_new_run_goes_on_where_the_one_before_stood(skipping: WorkflowEnvironment) -> None:
    """What a run carries over is all it has: nothing is ordered again, and the task stays open."""
    async with helped(skipping) as (one, today):
        await one.tell("assigned")
        await one.tell("suspended")
        await one.handle.terminate()
        stream = one.world.ledger.streams[one.start.stream]
        state = None
        for event in stream:
            state = apply(state, event)
        assert state is not None
        position = await one.world.ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=tuple(stream)))
        carried = Carried[AssistanceState](state=state, last_id=stream[-1].event_id, position=position)
        await one.begin(one.start.model_copy(update={"carried": carried}))
        await one.tell("resumed")
        await one.until(today + timedelta(days=1))
        await one.tell("finished")
        await one.handle.result()
        assert len(one.world.outside.assistance.orders) == 1
        assert await one.heard() == [("settled", "obtained", OBTAINED)]
        assert one.kinds().count("assignment_opened") == 1


async def test_nothing_personal_stands_in_any_event(skipping: WorkflowEnvironment) -> None:
    async with helped(skipping) as (one, _):
        await one.tell("finished")
        await one.handle.result()
        for event in one.world.ledger.streams[one.start.stream]:
            assert list(personal_values(event)) == []
            assert "350526199001010019" not in event.model_dump_json() and "测试甲" not in event.model_dump_json()


async def test_a_system_that_is_away_for_an_hour_leaves_the_order_to_the_window(skipping: WorkflowEnvironment) -> None:
    async with helped(skipping, down=True) as (one, _):
        assert one.kinds()[:3] == ["assistance_opened", "request_undelivered", "assignment_opened"]
        await told_by_window(one, "terminated", text="无法取得", command_id="w-1")
        await one.handle.result()
        assert await one.heard() == [("failed", "terminated", None)]
