"""Sharing asked again while people are working (law 7): nothing runs between two asks; none costs a workflow task."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.data_sharing import DataSharingActivities
    from activities.elicence import ElicenceActivities
    from activities.trusted_documents import TrustedDocumentActivities
    from schemas.application import Actor, ApplicationRequest
    from schemas.asking import Question, QuestionGroup, batch_of
    from schemas.case_reports import call_off
    from schemas.case_state import Case, RequirementStanding
    from schemas.clock import county_date
    from schemas.codes import Platform
    from schemas.evidence import Outcome, OutcomeKind
    from schemas.exchange import Batch, BatchResult, WatchRequest
    from schemas.long_route import rules_of
    from schemas.lookup import Library, LibraryAnswered, answer_of, watches
    from schemas.policy import Admission
    from schemas.route_starts import long_policy
    from schemas.texts import zh

from workflows.glance import Glance
from workflows.inquiry import RETRIEVE
from workflows.recorder import Recorder

WATCH: dict[Platform, Callable[[Any, WatchRequest], Awaitable[BatchResult]]] = {
    Platform.ELICENCE_NATIONAL: ElicenceActivities.watch,
    Platform.ELICENCE_PROVINCIAL: ElicenceActivities.watch,
    Platform.DATA_SHARING: DataSharingActivities.watch,
    Platform.TRUSTED_DOCUMENTS: TrustedDocumentActivities.watch,
}
LOOK_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=3)
Place = tuple[str, str, str, str]
"""Requirement, evidence, platform and resource: what is watched, once at a time."""


async def until_news(request: WatchRequest, ask_seconds: int, task_queue: str | None) -> tuple[Outcome, ...]:
    """The outcomes of a batch once a source says something new; waits without limit, and costs nothing meanwhile.

    Raises CancelledError when it is called off, ActivityError for a defect of an adapter.
    """
    every = timedelta(seconds=request.every_seconds)
    names = "".join(f"「{query.evidence_name}」" for query in request.batch.queries)
    try:
        result = await workflow.execute_activity_method(
            WATCH[request.batch.platform],
            args=[request],
            task_queue=task_queue,
            start_to_close_timeout=timedelta(seconds=ask_seconds),
            retry_policy=RetryPolicy(initial_interval=every, backoff_coefficient=1.0, maximum_interval=every),
            summary=zh.SUMMARY_WATCH.format(platform=zh.PLATFORMS[request.batch.platform.value], names=names),
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise asyncio.CancelledError from error
        raise
    return result.outcomes


class Watch:
    """The sources of one case that are asked again while a person is working; the first to settle wins.

    ``close`` closes whatever else is out for a requirement that a watch has settled.  It keeps nothing that a later
    run would need: what is to be watched follows from the case, and ``ensure`` is told it again.
    """

    def __init__(
        self,
        request: ApplicationRequest,
        admission: Admission,
        recorder: Recorder[Case],
        glance: Glance,
        system: Actor,
        close: Callable[[str], None],
    ) -> None:
        self._request = request
        self._admission = admission
        self._recorder = recorder
        self._glance = glance
        self._system = system
        self._close = close
        self._tasks: dict[Place, asyncio.Task[None]] = {}
        self._defect: BaseException | None = None

    @property
    def watched(self) -> tuple[str, ...]:
        """The requirements that are watched, each once."""
        return tuple(dict.fromkeys(place[0] for place in self._tasks))

    def ensure(self, questions: tuple[Question, ...]) -> None:
        """Watch what is not watched yet; the question of a watch that runs already stays as it is."""
        for question in questions:
            place = _place(question)
            if place not in self._tasks:
                self._tasks[place] = asyncio.create_task(self._watch(place, question))

    def stop(self, requirement: str) -> None:
        """Nobody needs to know any more; nothing is left running."""
        for place in [p for p in self._tasks if p[0] == requirement]:
            self._tasks.pop(place).cancel()

    def stop_all(self) -> None:
        """The end of the case, or of a run of it."""
        for requirement in self.watched:
            self.stop(requirement)

    @property
    def broken(self) -> bool:
        """Whether a watch failed in a way that is no answer of any source."""
        return self._defect is not None

    def raise_defect(self) -> None:
        """A defect is raised in the main course of the case, where it is seen and nothing is lost."""
        if self._defect is not None:
            raise self._defect

    # --- pieces --------------------------------------------------------------------------------------------------

    async def _watch(self, place: Place, question: Question) -> None:
        platform = question.source.platform
        group = QuestionGroup(platform=platform, route=question.source.route, wait_seconds=None, questions=(question,))
        policy = self._admission.policy
        request = WatchRequest(
            batch=batch_of(group, self._request, self._admission, county_date(workflow.now())),
            every_seconds=long_policy(self._admission).reask_seconds,
        )
        try:
            (outcome,) = await until_news(request, policy.ask_seconds[platform], policy.queues.get("platforms"))
            self._tasks.pop(place, None)
            self._answered(question, outcome)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            if not is_cancelled_exception(error):
                self._defect = error

    def _answered(self, question: Question, outcome: Outcome) -> None:
        """As any answer: recorded, and a hit settles what is still open and calls off what people were asked."""
        case, key = self._recorder.state, question.requirement
        if case.ended:
            return
        wanted = case.requirements[key].standing is RequirementStanding.OPEN and not case.decided
        self._recorder.record(question.attempt(outcome, used=wanted), self._system)
        if not wanted or outcome.kind is not OutcomeKind.HIT:
            return
        self._close(key)
        basis = rules_of(self._admission.rules, key).legal_basis
        self._recorder.record(question.settlement(outcome, basis), self._system)
        for body in call_off(case.requirements[key], key):
            self._recorder.record(body, self._system)
        self._glance.settled(question.source.route.value)
        self.stop(key)


class Lookout:
    """A procedure's own lookup of one fact at all its sources: the first that finds it ends it."""

    def __init__(self, library: Library, task_queue: str | None) -> None:
        self._library = library
        self._queue = task_queue
        self._tasks: list[asyncio.Task[None]] = []
        self._defect: BaseException | None = None
        self._found: LibraryAnswered | None = None

    async def look(self, batches: tuple[Batch, ...]) -> tuple[LibraryAnswered, ...]:
        """Ask every source once, now; one that is not reached says nothing."""
        said = await asyncio.gather(*(self._ask(batch) for batch in batches))
        return tuple(answer for answer in said if answer is not None)

    def watch(self, batches: tuple[Batch, ...], every_seconds: int) -> None:
        """Ask every source again and again from now on."""
        self._tasks = [asyncio.create_task(self._watch(request)) for request in watches(batches, every_seconds)]

    def stop(self) -> None:
        """Nothing is asked any more, and nothing is left running."""
        for task in self._tasks:
            task.cancel()
        self._tasks = []

    @property
    def news(self) -> bool:
        """Whether a source found it, or a watch failed in a way that is no answer of any source."""
        return self._found is not None or self._defect is not None

    def take(self) -> LibraryAnswered | None:
        """What was found, once; a defect is raised in the main course, where it is seen and nothing is lost."""
        if self._defect is not None:
            raise self._defect
        found, self._found = self._found, None
        return found

    async def _ask(self, batch: Batch) -> LibraryAnswered | None:
        (query,) = batch.queries
        platform = zh.PLATFORMS[batch.platform.value]
        try:
            result = await workflow.execute_activity_method(
                RETRIEVE[batch.platform],
                args=[batch],
                task_queue=self._queue,
                start_to_close_timeout=timedelta(seconds=self._library.ask_seconds[batch.platform]),
                retry_policy=LOOK_RETRY,
                summary=zh.SUMMARY_ASK.format(platform=platform, names=f"「{query.evidence_name}」"),
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return None
        return answer_of(batch, result.outcomes[0])

    async def _watch(self, request: WatchRequest) -> None:
        ask_seconds = self._library.ask_seconds[request.batch.platform]
        try:
            (outcome,) = await until_news(request, ask_seconds, self._queue)
            self._found = self._found or answer_of(request.batch, outcome)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            if not is_cancelled_exception(error):
                self._defect = error


def _place(question: Question) -> Place:
    source = question.source
    return question.requirement, question.ask.evidence, source.platform.value, source.resource_code
