"""告知承诺: the letter counts once signature and credit are in order, and is checked after the decision [四(六)].

``run`` reads like the procedure; it takes it up from the state, so that a new run goes on where the last one stood.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.credit import CreditActivities
    from schemas.application import Act, command_ref
    from schemas.assignment import Step
    from schemas.codes import CheckBy, CheckMode, Platform
    from schemas.commitment import CommitmentStart, apply, opening
    from schemas.commitment_events import CommitmentAsked, CommitmentCounted, CommitmentEnded, CommitmentSampled
    from schemas.commitment_guard import check_signature, draw, month_seed
    from schemas.commitment_reports import check_request, credit_query, credit_record, report_of
    from schemas.credit_check import adverse_digest, checked, commitment_bar
    from schemas.request_events import RequestDelivered, RequestUndelivered
    from schemas.route_events import CaseNews, ReportKind
    from schemas.stream import ActRefused
    from schemas.texts import zh
    from schemas.timetable import Due
    from schemas.verification import issuer

from workflows.columns import CASE_STAGE, DUE_AT, WAITING_ON, show, wait_for
from workflows.commitment_acts import (
    ANSWER,
    CHECK,
    CONSEQUENCE,
    HEARING,
    RECTIFICATION,
    CommitmentActs,
)
from workflows.commitment_check import look_up
from workflows.credit_check import ask_credit
from workflows.desk import Desk
from workflows.procedure import SYSTEM
from workflows.recorder import Recorder
from workflows.stuck import kept_trying

REPORT_TIMEOUT = timedelta(seconds=20)
REPORT_RETRY = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(hours=1))
"""A record that was ordered is put there, however long the platform is away."""


@workflow.defn(name="CommitmentWorkflow")
class CommitmentWorkflow(CommitmentActs):
    """One commitment for one requirement of one case; it outlives the case."""

    @workflow.init
    def __init__(self, start: CommitmentStart) -> None:
        self._start = self._commitment = start
        self._recorder = Recorder(start.stream, start.application_no, apply, start.carried)
        self._recorder.task_queue = start.queues.get("ledger")
        self._desk = Desk(self._recorder, start.policy, start.calendar, start.queues, SYSTEM)
        if start.carried is None:
            self._recorder.record(opening(start), start.signed.actor)

    @workflow.run
    async def run(self, start: CommitmentStart) -> None:
        """签署人、信用 → 先行免提交 → 决定后免核、抽查、全查 → 不实的先听取陈述申辩，再由部门依法处理."""
        if not self._state.counted:
            await self._examine()
        if not self._state.ended:
            await self._await_decision()
        if not self._state.ended and self._state.found_true is None:
            await self._supervise()
        if not self._state.ended:
            await self._tell_outcome()
        if not self._state.ended:
            await self._deal_with_breach()
        await self._drained()

    # --- the procedure -------------------------------------------------------------------------------------------

    async def _examine(self) -> None:
        """Signature, then credit; the case is told whether the letter stands for the proof."""
        start = self._commitment
        errors = check_signature(start.signed, start.parties)
        if errors:
            ref = command_ref(Act.SIGN_COMMITMENT, start.signed)
            self._recorder.record(ActRefused(command=ref, act=ref.act, errors=errors), start.signed.actor)
            await self._fail(errors[0].code)
            return
        until = self._desk.due(Step.CHOICE)
        wait_for("credit", zh.CREDIT_PLATFORMS, workflow.now(), until)
        finding = await ask_credit(
            credit_query(start),
            commitment_bar,
            until=until,
            longest_pause=timedelta(seconds=start.policy.reask_seconds),
            queue=start.queues.get("platforms"),
            snags=self._recorder.snags,
            pointless=lambda: self._state.called_off is not None,
        )
        self._recorder.record(checked(finding), SYSTEM)
        bar = commitment_bar(finding)
        if self._state.called_off is not None:
            self._end(self._state.called_off)
        elif bar is not None:
            await self._fail(bar, adverse_digest(finding))
        else:
            await self._count()

    async def _count(self) -> None:
        """先行免提交; under 免核 for good, since nothing more is owed."""
        final = self._commitment.terms.check is CheckMode.NONE
        self._recorder.record(CommitmentCounted(final=final), SYSTEM)
        letter = self._commitment.signed.letter_digest
        kind = ReportKind.SETTLED if final else ReportKind.PROVISIONAL
        await self._say(kind, "commitment_unchecked" if final else "provisional", letter)
        if final:
            self._end("unchecked")

    async def _await_decision(self) -> None:
        """Until then he may take it back, and the department may look on its own."""
        await self._listen("decision", self._is_past_decision)
        if self._state.called_off is not None:
            self._end(self._state.called_off)

    async def _supervise(self) -> None:
        """事后核查: drawn for 抽查, then asked of sources or issuer, then by hand; it is never called off (law 7)."""
        if not self._is_drawn():
            self._end("not_sampled")
            return
        due = self._check_due()
        if not self._state.asked:
            self._recorder.record(CommitmentAsked(check_due_at=due.at), SYSTEM)
            await self._recorder.flush()
            if self._commitment.terms.check_by is CheckBy.VERIFICATION:
                await self._ask_issuer(due)
            else:
                await look_up(self._commitment, self._recorder)
        if self._desk.is_open(ANSWER):
            await self._await(ANSWER, lambda: self._is_checked() or not self._desk.is_open(ANSWER))
        if not self._is_checked():
            await self._check_by_hand(due)
        self._desk.close(CHECK, "done")
        self._desk.close(ANSWER, "withdrawn")
        if self._state.delivered and self._state.answer is None:
            asked = self._start.kind.issuer_department or ""
            await self._withdraw_request(self._state.key, asked, zh.WITHDRAWN["settled_otherwise"])

    async def _tell_outcome(self) -> None:
        """Borne out: confirmed, and the end.  Not so: the settlement falls, and he is heard before anything follows."""
        if self._state.found_true:
            await self._say(ReportKind.CONFIRMED, "commitment_fulfilled", self._state.evidence_digest)
            self._end("fulfilled")
            return
        if HEARING not in self._state.assignments:
            await self._say(ReportKind.REVERSED, "commitment_broken", self._state.evidence_digest)
            self._task(HEARING, Step.HEARING, zh.TASK_HEARING, zh.THEN_HEARING)
        await self._await(HEARING, lambda: self._state.listened)
        self._desk.close(HEARING, "done")

    async def _deal_with_breach(self) -> None:
        """By the department's acts alone: consequence, rectification, credit record, repair."""
        if self._state.cleared:
            kind = ReportKind.CONFIRMED if self._state.decided_at is not None else ReportKind.SETTLED
            await self._say(kind, "commitment_cleared", self._state.evidence_digest)
            self._end("cleared")
            return
        if not self._state.consequences:
            self._task(CONSEQUENCE, Step.CONSEQUENCE, zh.TASK_CONSEQUENCE, zh.THEN_ALARM)
            await self._await(CONSEQUENCE, lambda: bool(self._state.consequences))
        while self._state.over is None:
            self._watch_rectification()
            if self._record_is_due():
                await self._put_on_record()
            elif self._state.rectification_owed:
                await self._await(RECTIFICATION, lambda: self._record_is_due() or not self._desk.is_open(RECTIFICATION))
            else:
                await self._listen("closing", lambda: self._state.over is not None or self._record_is_due())
        self._end(self._state.over)

    # --- pieces --------------------------------------------------------------------------------------------------

    def _is_new(self, news: CaseNews) -> bool:
        return news.kind.value not in self._state.heard

    def _is_checked(self) -> bool:
        return self._state.found_true is not None

    def _record_is_due(self) -> bool:
        return self._state.record is not None and not self._state.record_delivered

    def _is_past_decision(self) -> bool:
        """Decided, called off before, or looked into by the department on its own."""
        state = self._state
        return state.decided_at is not None or state.called_off is not None or state.found_true is not None

    def _is_drawn(self) -> bool:
        """Whether the commitment is checked; a draw is recorded so that anybody can repeat it."""
        start, decided_at = self._commitment, self._state.decided_at
        if start.terms.check is CheckMode.SAMPLE and self._state.drawn is None and decided_at is not None:
            seed = month_seed(start.sampling_seed, decided_at)
            drawn = draw(start.application_no, start.requirement, seed, start.terms.sample_percent)
            self._recorder.record(CommitmentSampled(draw=drawn, chosen=drawn.chosen), SYSTEM)
        return self._state.drawn is not False

    def _check_due(self) -> Due:
        """Counted from the decision, as the published terms say."""
        from_ = self._state.decided_at or workflow.now()
        return self._desk.timetable.due(from_, self._commitment.terms.check_within_days or 1)

    async def _ask_issuer(self, due: Due) -> None:
        """The issuer has the step's time, within that of the check; who cannot be reached is passed over at once."""
        start = self._commitment
        if start.kind.issuer_department is None or not start.kind.issuer_on_platform:
            return
        budget = start.policy.step(Step.VERIFICATION)
        within = start.terms.check_within_days or 1
        days = min(budget.working_days, within)
        answer_due = self._desk.timetable.due(workflow.now(), days)
        request = check_request(start, min(answer_due.at, due.at))
        if await self._ask_department(request, Step.VERIFICATION) and not self._is_checked():
            self._desk.open(
                ANSWER,
                Step.VERIFICATION,
                issuer(start),
                task=zh.TASK_COMMITMENT_ANSWER.format(evidence=start.kind.name),
                then=zh.THEN_BY_HAND,
                requirement=start.requirement,
                working_days=days,
                gives_up_after=max(days, min(budget.gives_up_after or days, within)),
                tell=False,
            )

    async def _check_by_hand(self, due: Due) -> None:
        """Nothing either way: a person of the department looks."""
        within = self._commitment.terms.check_within_days
        self._task(
            CHECK, Step.COMMITMENT_CHECK, zh.TASK_COMMITMENT_CHECK, zh.THEN_CHECK_STAYS, working_days=within, due=due
        )
        await self._await(CHECK, self._is_checked)

    def _watch_rectification(self) -> None:
        """He has the days that the terms give him; the department's desk is told, for it has to see that he does."""
        if not self._state.rectification_owed:
            self._desk.close(RECTIFICATION, "done")
        else:
            days = self._commitment.terms.rectify_days
            self._task(RECTIFICATION, Step.RECTIFICATION, zh.TASK_RECTIFICATION, zh.THEN_FURTHER, working_days=days)

    async def _put_on_record(self) -> None:
        """To the credit platform, for as long as it takes; what it refuses can be ordered anew."""
        record = credit_record(self._commitment, self._state)
        try:
            receipt = await kept_trying(
                CreditActivities.report,
                record,
                snags=self._recorder.snags,
                stuck_on=zh.STUCK_PLATFORM.format(platform=zh.PLATFORMS[Platform.CREDIT_CITY.value]),
                within=None,
                start_to_close=REPORT_TIMEOUT,
                retry=REPORT_RETRY,
                task_queue=self._start.queues.get("platforms"),
                summary=zh.SUMMARY_CREDIT_RECORD,
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            self._recorder.record(RequestUndelivered(key=record.key, reason="refused"), SYSTEM)
        else:
            self._recorder.record(RequestDelivered(key=record.key, platform_ref=receipt.platform_ref), SYSTEM)
        await self._recorder.flush()

    async def _fail(self, code: str, digest: str | None = None) -> None:
        await self._say(ReportKind.FAILED, code, digest)
        self._end("refused")

    async def _say(self, kind: ReportKind, detail: str, digest: str | None) -> None:
        """A report to the case, after everything it stands on is durable."""
        await self._recorder.flush()
        report = report_of(self._commitment, self._state.sequence, kind, detail, digest)
        await self._report("report", report)

    async def _listen(self, what: str, wake: Callable[[], bool]) -> None:
        """Until ``wake``, where nobody's time runs: the decision of the case, or a court's word."""
        who, stage = self._start.department_name, CASE_STAGE.value_set(zh.WAITS[what][0])
        turn = (WAITING_ON.value_set(who), DUE_AT.value_unset())
        show(stage, *turn, progress=self._recorder.progressed_at)
        wait_for(what, who, workflow.now())
        await self._recorder.flush()
        while not wake():
            self._renew()
            await self._desk.pause(lambda: wake() or self._recorder.pending)
            await self._recorder.flush()

    def _end(self, result: str) -> None:
        self._desk.close_all("ended")
        self._recorder.record(CommitmentEnded.model_validate({"result": result}), SYSTEM)
