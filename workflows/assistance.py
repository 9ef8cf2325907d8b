"""帮办代办: order a helper, follow his steps, bring what he obtained back to 受理; ``run`` reads like the procedure."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.assistance import AssistanceActivities
    from schemas.application import Act, Actor, CommandRef, Receipt, callback_ref, command_ref
    from schemas.assignment import Step
    from schemas.assistance import (
        AssistanceEnded,
        AssistanceLapsed,
        AssistanceStart,
        AssistanceState,
        Told,
        WindowProgress,
        apply,
        body_of,
        check_callback,
        check_window,
        helper_of,
        opening,
        order_of,
        report_of,
    )
    from schemas.assistance_exchange import AssistanceCallback, AssistanceRevocation, AssistanceStep
    from schemas.codes import ActorKind, Platform
    from schemas.texts import zh

from workflows.desk import Desk
from workflows.long_route import LongRoute
from workflows.procedure import SYSTEM
from workflows.recorder import Recorder

HELP = "help"
"""The task of the helper."""
STUCK_ON = zh.STUCK_PLATFORM.format(platform=zh.PLATFORMS[Platform.ASSISTANCE.value])
ORDER_WITHIN = timedelta(hours=1)
"""A system that does not take the order in by then does not get it: the window carries it itself."""


@workflow.defn(name="AssistanceWorkflow")
class AssistanceWorkflow(LongRoute[AssistanceState]):
    """One requirement of one case, in the hands of a helper."""

    @workflow.init
    def __init__(self, start: AssistanceStart) -> None:
        self._start = self._assistance = start
        self._recorder = Recorder(start.stream, start.application_no, apply, start.carried)
        self._recorder.task_queue = start.queues.get("ledger")
        self._desk = Desk(self._recorder, start.policy, start.calendar, start.queues, SYSTEM)
        if start.carried is None:
            self._recorder.record(opening(start), start.operator)

    @workflow.run
    async def run(self, start: AssistanceStart) -> None:
        """受理 → 下单（未接入则由窗口自办）→ 指派、进展、中止、续办 → 办结转回受理，或终止、逾期、撤回."""
        if not self._state.delivered and self._state.undelivered is None:
            await self._order()
        await self._await_helper()
        if self._state.closed:
            await self._give_back()
        elif self._state.news is not None:
            await self._call_off()
        else:
            await self._give_up()
        await self._drained()

    async def _order(self) -> None:
        """To the city's system, once consent and 委托书 are on record; where it is not taken in, the window has it."""
        await self._recorder.flush()
        summary = zh.SUMMARY_ORDER.format(names=self._names)
        await self._put(AssistanceActivities.open, order_of(self._assistance), STUCK_ON, ORDER_WITHIN, summary)

    async def _await_helper(self) -> None:
        """Until he has finished, is stopped or called off, or his time is over."""
        if HELP not in self._state.assignments and not self._over():
            self._desk.open(
                HELP,
                Step.ASSISTANCE,
                helper_of(self._assistance),
                task=zh.TASK_ASSISTANCE.format(names=self._names),
                then=zh.THEN_NOT_OBTAINED,
                requirement=self._start.requirement,
                tell=not self._state.delivered,
            )
            self._keep_step()
        if HELP in self._state.assignments:
            await self._await(HELP, lambda: self._over() or not self._desk.is_open(HELP))

    async def _give_back(self) -> None:
        """办结: what was obtained goes back to 受理; 终止: the ladder goes on."""
        self._desk.close(HELP, "done")
        await self._tell_case()
        self._end("obtained" if self._state.obtained is not None else "terminated")

    async def _call_off(self) -> None:
        """The applicant took his authorisation back, or nothing is wanted any more: nobody works for nothing."""
        self._desk.close(HELP, "withdrawn")
        await self._revoke(zh.WITHDRAWN[self._state.news or ""])
        self._end("called_off")

    async def _give_up(self) -> None:
        """Not obtained in time: the case goes on, and the order is taken back."""
        self._recorder.record(AssistanceLapsed(), SYSTEM)
        await self._tell_case()
        await self._revoke(zh.ASSISTANCE_BASIS["not_obtained"])
        self._end("not_obtained")

    async def _tell_case(self) -> None:
        await self._recorder.flush()
        await self._report("report", report_of(self._assistance, self._state))

    async def _revoke(self, reason: str) -> None:
        """Take the order back where the city's system has it."""
        if not self._state.delivered:
            return
        revocation = AssistanceRevocation(key=self._state.key, application_no=self._state.application_no, reason=reason)
        await self._call_back_at(AssistanceActivities.revoke, revocation, STUCK_ON, zh.SUMMARY_REVOKE)

    def _end(self, result: str) -> None:
        self._desk.close_all("ended")
        self._recorder.record(AssistanceEnded.model_validate({"result": result}), SYSTEM)

    # --- what others do ------------------------------------------------------------------------------------------

    @workflow.update(name="progress", description="统一帮代办系统送达的进度：指派、进展、中止、续办、办结、终止")
    async def progress(self, callback: AssistanceCallback) -> Receipt:
        """Take in a step; one that cannot count is recorded as refused."""
        ref = callback_ref(Act.PROGRESS, callback)
        helper = callback.helper or self._state.helper
        kind = ActorKind.CASE_HELPER if helper is not None else ActorKind.PLATFORM
        actor = Actor(kind=kind, actor_id=helper or callback.message_id)
        return await self._act(
            ref,
            actor,
            check=lambda: check_callback(self._state, callback),
            do=lambda: self._take(callback, ref, actor),
        )

    @workflow.update(name="progress_by_window", description="未接入统一帮代办系统时，由受理窗口登记进度")
    async def progress_by_window(self, told: WindowProgress) -> Receipt:
        """Take in a step that the window tells itself."""
        ref = command_ref(Act.PROGRESS_BY_WINDOW, told)
        return await self._act(
            ref,
            told.actor,
            check=lambda: check_window(self._state, self._assistance, told),
            do=lambda: self._take(told, ref, told.actor),
        )

    # --- pieces --------------------------------------------------------------------------------------------------

    def _take(self, told: Told, ref: CommandRef, actor: Actor) -> None:
        self._recorder.record(body_of(self._assistance, self._state, told, ref, workflow.now()), actor)
        self._keep_step()

    def _keep_step(self) -> None:
        """中止 holds the helper's deadline, 续办 lets it run on; no statutory period is touched (law 11)."""
        if self._state.step is AssistanceStep.SUSPENDED:
            self._desk.hold(HELP, zh.ASSISTANCE_HELD, zh.CASE_HELPER)
        else:
            self._desk.resume(HELP)

    @property
    def _state(self) -> AssistanceState:
        return self._recorder.state

    @property
    def _names(self) -> str:
        return zh.NOTICE_OR.join(f"「{name}」" for name in self._assistance.requirement_names)[:100]

    def _over(self) -> bool:
        return self._state.closed or self._state.news is not None
