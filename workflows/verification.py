"""信息核验: ask the issuing department, remind, escalate, hear the answer; ``run`` reads like the procedure."""

from __future__ import annotations

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.application import Act, Actor, CommandRef, Receipt, application_stream, command_ref
    from schemas.assignment import Step
    from schemas.collaboration_exchange import CollaborationCallback
    from schemas.events import Event
    from schemas.late_check import CheckClosed, CloseCheck, check_close
    from schemas.outgoing import Word, plain
    from schemas.request_events import RequestUndelivered
    from schemas.route_events import CaseNewsKind
    from schemas.texts import zh
    from schemas.verification import (
        VerificationAnswered,
        VerificationEnded,
        VerificationLapsed,
        VerificationStart,
        VerificationState,
        apply,
        check_reply,
        deciding,
        issuer,
        opening,
        report_of,
        request_of,
    )

from workflows.columns import CASE_STAGE, nobodys_turn, show, wait_for
from workflows.desk import Desk
from workflows.long_route import LongRoute
from workflows.procedure import SYSTEM
from workflows.recorder import Recorder

ASKED, LATE = "asked", "late"
"""The tasks: the issuing department's answer, and the deciding department's look at one that came too late."""


@workflow.defn(name="VerificationWorkflow")
class VerificationWorkflow(LongRoute[VerificationState]):
    """One question to one department, for one requirement of one case."""

    @workflow.init
    def __init__(self, start: VerificationStart) -> None:
        self._start = self._verification = start
        self._recorder = Recorder(start.stream, start.application_no, apply)
        self._recorder.task_queue = start.queues.get("ledger")
        self._recorder.outgoing = self._set_in_motion
        self._desk = Desk(self._recorder, start.policy, start.calendar, start.queues, SYSTEM)
        self._recorder.record(opening(start), start.operator)

    @workflow.run
    async def run(self, start: VerificationStart) -> None:
        """发出 → 等待答复（提醒、催办）→ 告知办件；逾期不推定任何事实，迟到的答复仍收."""
        request = request_of(start, self._desk.due(Step.VERIFICATION))
        if await self._ask_department(request, Step.VERIFICATION) and not self._over():
            await self._await_answer()
        if self._state.verdict is None and not self._state.called_off:
            await self._go_on_without()
        if self._state.verdict is not None:
            await self._pass_on()
        elif self._state.called_off:
            await self._call_back()
        else:
            self._end("undelivered" if self._state.undelivered else "never_answered")
        await self._drained()

    async def _await_answer(self) -> None:
        """Until the department answers, its time is over, or the case needs it no more."""
        self._desk.open(
            ASKED,
            Step.VERIFICATION,
            issuer(self._start),
            task=zh.TASK_VERIFICATION.format(evidence=self._start.kind.name),
            then=zh.THEN_NEXT_ROUTE,
            requirement=self._start.requirement,
            tell=False,
        )
        self._desk.show()
        await self._recorder.flush()
        while self._desk.is_open(ASKED) and not self._over():
            await self._desk.pause(self._over)
            await self._recorder.flush()

    async def _go_on_without(self) -> None:
        """No answer: the case goes on, and the department is listened to for as long as it may still matter."""
        if self._state.undelivered is None:
            self._recorder.record(VerificationLapsed(), SYSTEM)
        await self._recorder.flush()
        self._note_unheard(self._start.requirement)
        if self._state.undelivered is not None:
            return
        await self._listen(self._desk.timetable.due(workflow.now(), self._start.policy.late_days).at)

    async def _listen(self, until: datetime) -> None:
        """What is heard meanwhile of the case is made durable as it comes."""
        who = issuer(self._start).name
        summary = zh.LISTENING.format(who=who)
        show(CASE_STAGE.value_set(zh.WAITS["late"][0]), *nobodys_turn())
        wait_for("late", who, workflow.now(), until)
        while not self._over() and workflow.now() < until:
            try:
                await workflow.wait_condition(
                    lambda: self._over() or self._recorder.pending,
                    timeout=until - workflow.now(),
                    timeout_summary=summary,
                )
            except TimeoutError:
                return
            await self._recorder.flush()

    async def _pass_on(self) -> None:
        """The answer to the case; after its decision, to the department as a check that changes nothing (law 6)."""
        if self._state.news != CaseNewsKind.DECIDED.value:
            await self._recorder.flush()
            self._note_unheard(self._start.requirement)
            self._end("answered")
            return
        self._desk.open(
            LATE,
            Step.LATE_CHECK,
            deciding(self._start),
            task=zh.TASK_LATE_CHECK.format(evidence=self._start.kind.name),
            then=zh.THEN_NOTHING_CHANGES,
            requirement=self._start.requirement,
        )
        self._desk.show()
        await self._recorder.flush()
        while self._desk.is_open(LATE):
            await self._desk.pause(lambda: not self._desk.is_open(LATE))
            await self._recorder.flush()
        self._end("checked")

    async def _call_back(self) -> None:
        """Settled otherwise or ended: the department need not work on it any more (law 7)."""
        self._desk.close(ASKED, "withdrawn")
        if self._state.delivered:
            key, department = self._state.key, self._state.department
            await self._withdraw_request(key, department, zh.WITHDRAWN[self._state.news or ""])
        self._end("withdrawn")

    def _set_in_motion(self, event: Event) -> Word | None:
        """What the case is told, once the record has it: an answer before its decision, silence, or no way to ask."""
        body, decided = event.body, self._state.news == CaseNewsKind.DECIDED.value
        if isinstance(body, VerificationAnswered):
            return None if decided else self._word(event.sequence)
        return self._word(event.sequence) if isinstance(body, VerificationLapsed | RequestUndelivered) else None

    def _word(self, sequence: int) -> Word:
        report = report_of(self._verification, self._state, sequence)
        return Word(stream=application_stream(self._start.application_no), signal="report", said=plain(report))

    def _end(self, result: str) -> None:
        self._desk.close_all("ended")
        if self._state.ended:
            return
        self._recorder.record(VerificationEnded.model_validate({"result": result}), SYSTEM)

    # --- what others do ------------------------------------------------------------------------------------------

    @workflow.update(name="reply", description="被征询部门的核验答复（由一体化平台送达）")
    async def reply(self, callback: CollaborationCallback) -> Receipt:
        """Take in the department's answer; one that cannot count is recorded as refused."""

        def do(ref: CommandRef, actor: Actor) -> None:
            body = VerificationAnswered.model_validate(
                {
                    "command": ref,
                    "verdict": callback.verdict,
                    "reason": callback.reason,
                    "document_digest": callback.document_digest,
                    "answered_at": callback.answered_at,
                    "late": self._state.lapsed,
                }
            )
            self._desk.close(ASKED, "done")
            self._recorder.record(body, actor)

        return await self._hear_reply(callback, lambda: check_reply(self._state, callback), do)

    @workflow.update(name="close_check", description="主管部门办结迟到答复的核查（不改变决定）")
    async def close_check(self, act: CloseCheck) -> Receipt:
        """The deciding department has looked at an answer that came after its decision."""
        ref = command_ref(Act.CLOSE_CHECK, act)

        def do() -> None:
            self._recorder.record(CheckClosed(command=ref, finding=act.finding), act.actor)
            self._desk.close(LATE, "done")

        return await self._act(
            ref,
            act.actor,
            check=lambda: check_close(self._desk.is_open(LATE), self._start.department, act),
            do=do,
        )

    # --- pieces --------------------------------------------------------------------------------------------------

    @property
    def _state(self) -> VerificationState:
        return self._recorder.state

    def _over(self) -> bool:
        return self._state.verdict is not None or self._state.called_off
