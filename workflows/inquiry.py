"""Questions out at the sharing platforms: sent in batches, answered or given up, recorded as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.data_sharing import DataSharingActivities
    from activities.elicence import ElicenceActivities
    from activities.sharing import PLATFORM_UNAVAILABLE
    from activities.trusted_documents import TrustedDocumentActivities
    from schemas.application import Actor, ApplicationRequest
    from schemas.asking import Question, QuestionGroup, batch_of, names_of
    from schemas.case import Case, RequirementStanding
    from schemas.clock import COUNTY_TIME, county_date
    from schemas.codes import Platform
    from schemas.evidence import Outcome, OutcomeKind
    from schemas.exchange import Batch, BatchResult
    from schemas.policy import Admission
    from schemas.texts import zh

from workflows.glance import Glance
from workflows.recorder import Recorder
from workflows.stuck import is_not_kept

RETRIEVE: dict[Platform, Callable[[Any, Batch], Awaitable[BatchResult]]] = {
    Platform.ELICENCE_NATIONAL: ElicenceActivities.retrieve,
    Platform.ELICENCE_PROVINCIAL: ElicenceActivities.retrieve,
    Platform.DATA_SHARING: DataSharingActivities.retrieve,
    Platform.TRUSTED_DOCUMENTS: TrustedDocumentActivities.retrieve,
}


UNTIL_KEPT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))


class Inquiry:
    """The questions of one case.  ``asking`` holds, for each requirement, the question that is out for it."""

    def __init__(
        self, request: ApplicationRequest, admission: Admission, recorder: Recorder[Case], glance: Glance, system: Actor
    ) -> None:
        self._request = request
        self._admission = admission
        self._recorder = recorder
        self._glance = glance
        self._system = system
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._defect: BaseException | None = None
        self.asking: dict[str, Question] = {}

    def send(self, groups: tuple[QuestionGroup, ...]) -> bool:
        """Ask all of them at once, each batch on its own; whether any of it waits for a source that did not answer."""
        for group in groups:
            task = asyncio.create_task(self._ask(group))
            for question in group.questions:
                self.asking[question.requirement] = question
                self._tasks[question.requirement] = task
        return any(group.wait_seconds is not None for group in groups)

    async def progress(self, recorded: int) -> None:
        """Return when more than ``recorded`` events are; a defect in a task is raised here and not lost."""
        await workflow.wait_condition(lambda: self._recorder.recorded > recorded or self.broken)
        self.raise_defect()

    @property
    def broken(self) -> bool:
        """Whether a task of ours failed in a way that is no answer of any source."""
        return self._defect is not None

    def raise_defect(self) -> None:
        """A defect is raised in the main course of the case, where it is seen and nothing is lost."""
        if self._defect is not None:
            raise self._defect

    def close(self, requirement: str) -> None:
        """Nobody waits for this answer any more: say so, and call the activity off when its whole batch is idle."""
        question = self.asking.pop(requirement, None)
        if question is None:
            return
        task = self._tasks.pop(requirement)
        self._recorder.record(question.closed(ended=False), self._system)
        if task not in self._tasks.values():
            task.cancel()

    def close_all(self) -> None:
        """The case ends: every question still out is closed."""
        for question in self.asking.values():
            self._recorder.record(question.closed(ended=True), self._system)
        for task in self._tasks.values():
            task.cancel()
        self.asking.clear()
        self._tasks.clear()

    async def _ask(self, group: QuestionGroup) -> None:
        """One batch: its outcomes recorded in order, a hit settling its requirement."""
        try:
            outcomes = await self._outcomes(group)
            for question, outcome in zip(group.questions, outcomes, strict=True):
                self._answered(question, outcome)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            if not is_cancelled_exception(error):
                self._defect = error

    def _answered(self, question: Question, outcome: Outcome) -> None:
        wanted = self.asking.get(question.requirement) is question
        if wanted:
            del self.asking[question.requirement], self._tasks[question.requirement]
        case = self._recorder.state
        if case.ended:
            return
        # Asked again once the record was put right: meanwhile a person's route may have settled it provisionally.
        wanted = wanted and case.requirements[question.requirement].standing is RequirementStanding.OPEN
        self._recorder.record(question.attempt(outcome, used=wanted), self._system)
        if wanted and outcome.kind is OutcomeKind.HIT:
            code = question.requirement.rpartition("/")[0]
            rule = next(r for r in self._admission.rules.requirements if r.code == code)
            self._recorder.record(question.settlement(outcome, rule.legal_basis), self._system)
            self._glance.settled(question.source.route.value)
        if question.ask.wait_seconds is not None:
            self._glance.answered(question.source.route, outcome.kind)

    async def _outcomes(self, group: QuestionGroup) -> tuple[Outcome, ...]:
        """Ask, within the budget when this is not the first time; what was not answered in time is an outcome too."""
        policy = self._admission.policy
        ask = timedelta(seconds=policy.ask_seconds[group.platform])
        budget = policy.budgets[group.route].seconds(self._request.mode)
        platform, names = zh.PLATFORMS[group.platform], names_of(group, self._admission.rules)
        if group.wait_seconds is None:
            retry = RetryPolicy(maximum_attempts=1)
            limit = max(timedelta(seconds=budget), ask)
            summary = zh.SUMMARY_ASK.format(platform=platform, names=names)
        else:
            retry = RetryPolicy(
                initial_interval=timedelta(seconds=policy.retry_initial_seconds),
                maximum_interval=timedelta(seconds=policy.retry_maximum_seconds),
            )
            limit = timedelta(seconds=group.wait_seconds)
            until = (workflow.now() + limit).astimezone(COUNTY_TIME).strftime("%m-%d %H:%M:%S")
            summary = zh.SUMMARY_WAIT.format(platform=platform, names=names, until=until)
            self._glance.waiting(group.platform, limit)
        try:
            return await self._retrieve(group, ask, limit, retry, summary)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise asyncio.CancelledError from error
            if not is_not_kept(error):
                return self._unanswered(group, error)
        finally:
            if group.wait_seconds is not None:
                self._glance.waited(group.platform)
        return await self._until_kept(group, ask, summary)

    async def _until_kept(self, group: QuestionGroup, ask: timedelta, summary: str) -> tuple[Outcome, ...]:
        """Our own store is at fault, not the source: like the ledger, it is waited for without limit, visibly."""
        snags = self._recorder.snags
        snags.changed(None, zh.STUCK_STORE)
        try:
            return await self._retrieve(group, ask, None, UNTIL_KEPT, summary)
        finally:
            snags.end(zh.STUCK_STORE)

    async def _retrieve(
        self, group: QuestionGroup, ask: timedelta, limit: timedelta | None, retry: RetryPolicy, summary: str
    ) -> tuple[Outcome, ...]:
        result = await workflow.execute_activity_method(
            RETRIEVE[group.platform],
            args=[batch_of(group, self._request, self._admission, county_date(workflow.now()))],
            task_queue=self._admission.policy.queues.get("platforms"),
            start_to_close_timeout=ask,
            schedule_to_close_timeout=limit,
            retry_policy=retry,
            summary=summary,
        )
        return result.outcomes

    def _unanswered(self, group: QuestionGroup, error: ActivityError) -> tuple[Outcome, ...]:
        """Nothing came back: not in time, or the adapter itself is broken (which operators are told)."""
        cause = error.cause
        if isinstance(cause, TimeoutError):
            kind, detail = OutcomeKind.TRANSIENT, "not_answered_in_time"
        elif isinstance(cause, ApplicationError) and cause.type == PLATFORM_UNAVAILABLE:
            kind, detail = OutcomeKind.TRANSIENT, "unavailable"
        else:
            kind, detail = OutcomeKind.CONFIG, "adapter_defect"
            workflow.logger.error("platform adapter failed", extra={"platform": group.platform.value})
        now = workflow.now()
        return tuple(Outcome(kind=kind, detail=detail, asked_at=q.asked_at, answered_at=now) for q in group.questions)
