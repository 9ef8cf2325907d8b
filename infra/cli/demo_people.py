"""The staged people of the demo: word reaches their desks, they look at the workflow by its queries, and act by Update.

Nobody reaches into any state.  Most act soon, some only when they are reminded or an alarm has risen, a few never.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from aiolimiter import AsyncLimiter
from temporalio.client import Client, WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.service import RPCError

from infra.cli import demo_applicants, demo_checks, demo_offices
from infra.cli.demo_desks import Desks, Word
from infra.cli.demo_scene import Deed, Scene, chance
from infra.temporal.acts import NoSuchWorkflow, StillRunning, send_act
from schemas.application import ApplicationRequest, Explanation, application_stream
from schemas.assignment import Step
from schemas.catalogue import Catalogue
from schemas.codes import CheckMode
from schemas.digitisation import ASKED
from schemas.errors import InvalidInput
from schemas.long_route import RouteView

ROUND_SECONDS = 0.5
"""Between two looks at the desks."""
LOOKS_PER_SECOND = 10
AT_ONCE = 24
ANSWERS_AFTER = 0.6
"""Working days that departments and helpers of the sandbox take for an answer."""
TRIES = 4
"""How often somebody comes back to a task that he could not do yet."""
PATIENCE = 1.5
"""Working days between two such tries."""
CURIOUS = 0.5
"""Share of the applicants who do not wait to be asked."""

NOT_NOW = (RPCError, WorkflowQueryFailedError, NoSuchWorkflow, StillRunning)
"""What keeps somebody from looking or acting just now."""
Does = Callable[[Scene], Iterator[Deed]]
Visit = tuple[Step, Scene]
DUTIES: Mapping[Step, Does] = {
    Step.CHOICE: demo_applicants.choose,
    Step.SUPPLEMENT: demo_applicants.supplement,
    Step.DEFERRED_SUPPLY: demo_applicants.supply,
    Step.NOTICE: demo_offices.notice,
    Step.ACCEPTANCE: demo_offices.acceptance,
    Step.DECISION: demo_offices.decision,
    Step.PROPOSAL: demo_offices.propose,
    Step.CONCLUSION: demo_offices.conclude,
    Step.MORE_FACTS: demo_offices.more_facts,
    Step.DEPARTMENT_DECISION: demo_offices.decide_disposition,
    Step.CONDITION: demo_offices.meet_condition,
    Step.REVIEW: demo_checks.review,
    Step.COMMITMENT_CHECK: demo_checks.check_commitment,
    Step.HEARING: demo_checks.hear,
    Step.CONSEQUENCE: demo_checks.consequence,
    Step.RECTIFICATION: demo_checks.rectified,
    Step.PAPER_CHECK: demo_checks.check_paper,
    Step.BACKFILL: demo_checks.backfill,
    Step.COMPLETION: demo_checks.complete,
    Step.LATE_CHECK: demo_checks.late,
}
"""What is done about each step."""

URGENCIES = ("task", "reminder", "blue", "orange", "red")
_USUALLY = ((0.86, "task"), (0.91, "reminder"), (0.95, "blue"), (0.98, "orange"), (1.0, "red"))
_TEMPERS: Mapping[str, tuple[tuple[float, str], ...]] = {
    "choice": ((0.92, "task"), (0.96, "reminder")),
    "notice": ((0.7, "reminder"), (0.95, "blue"), (1.0, "orange")),
    "decision": ((1.0, "task"),),
    "check": ((1.0, "task"),),
    "rectification": ((1.0, "task"),),
    "condition": ((1.0, "task"),),
    "backfill": ((0.8, "blue"), (1.0, "orange")),
    "completion": ((0.8, "blue"), (1.0, "orange")),
    "asked": ((0.7, "blue"), (1.0, "orange")),
    "answer": (),
    "help": (),
}
"""At what urgency people begin to act on some tasks, in cumulative shares; whoever is left over never does.  What has
weeks is not left to its last days: the demo would not see them.  What goes over the platforms the sandbox answers, or
nobody; only who was asked about a paper is never let off, and answers when he is reminded often enough."""
LOOKED_UP = (Step.CHOICE, Step.SUPPLEMENT, Step.PROPOSAL, Step.NOTICE)
"""Steps for which one looks at what stands open."""
COME_BACK = (Step.SUPPLEMENT,)
"""Tasks that may go on after something was done about them: what is lacking can become more."""


class People:
    """Everybody who has a part in the demo's cases; ``day`` is how many seconds a working day lasts."""

    def __init__(
        self,
        client: Client,
        desks: Desks,
        catalogue: Catalogue,
        requests: Mapping[str, ApplicationRequest],
        seed: int,
        day: float,
    ) -> None:
        self._client = client
        self._desks = desks
        self._catalogue = catalogue
        self._requests = requests
        self._promising = _items_of_commitments(catalogue)
        self._seed = seed
        self._day = day
        self._looks = AsyncLimiter(LOOKS_PER_SECOND, 1)
        self._hands = asyncio.Semaphore(AT_ONCE)
        self._busy: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._done: set[tuple[str, str]] = set()

    async def run(self) -> None:
        """Until cancelled: read the desks, and have everybody act in his own time."""
        try:
            await self._desks.pace(self._day * ANSWERS_AFTER)
            while True:
                for word in await self._desks.words():
                    self._hear(word)
                await asyncio.sleep(ROUND_SECONDS)
        finally:
            for task in self._busy.values():
                task.cancel()

    # --- word and temper -----------------------------------------------------------------------------------------

    def _hear(self, word: Word) -> None:
        """Somebody hears of a task; he is at it or done with it, or goes to it when it is urgent enough for him."""
        about = (word.stream, word.task)
        if word.urgency == "task":
            self._done.discard(about)
        ours = word.application_no in self._requests and about not in self._busy and about not in self._done
        if ours and self._is_urgent(word):
            task = asyncio.create_task(self._go_to(word))
            self._busy[about] = task
            task.add_done_callback(lambda _: self._busy.pop(about, None))

    def _is_urgent(self, word: Word) -> bool:
        roll = chance(self._seed, word.stream, word.task, "temper")
        shares = _TEMPERS.get(word.task.partition("/")[0], _USUALLY)
        begins = next((u for share, u in shares if roll <= share), None)
        return begins is not None and URGENCIES.index(word.urgency) >= URGENCIES.index(begins)

    def handed_in(self, application_no: str) -> None:
        """Who was told of commitments at the window, and every second other, looks at his case by himself."""
        roll = chance(self._seed, application_no, "curious")
        if roll < CURIOUS or self._requests[application_no].item_code in self._promising:
            task = asyncio.create_task(self._look_by_himself(application_no, roll))
            self._busy[(application_no, "curious")] = task
            task.add_done_callback(lambda _: self._busy.pop((application_no, "curious"), None))

    async def _look_by_himself(self, application_no: str, pace: float) -> None:
        await asyncio.sleep(self._day * (0.2 + 0.4 * pace))
        with suppress(*NOT_NOW):
            department = self._requests[application_no].operator.department or ""
            himself = Word(application_no, application_stream(application_no), "curious", "task", department)
            scene = self._scene(himself, None, 0, await self._explained(application_no))
            for deed in demo_applicants.hurry(scene):
                await self._send(scene, deed)

    # --- looking and acting --------------------------------------------------------------------------------------

    async def _go_to(self, word: Word) -> None:
        await asyncio.sleep(self._day * (0.1 + 0.6 * chance(self._seed, word.stream, word.task, "pace")))
        for tried in range(TRIES):
            try:
                visit = await self._look(word, URGENCIES.index(word.urgency) * TRIES + tried)
                if visit is None or (await self._act(*visit) and visit[0] not in COME_BACK):
                    self._done.add((word.stream, word.task))
                    return
            except NOT_NOW:
                pass  # he comes back
            await asyncio.sleep(self._day * PATIENCE)

    async def _look(self, word: Word, tried: int) -> Visit | None:
        """The task as it stands; ``None`` where there is nothing for this person to do."""
        query = "tasks" if word.stream.startswith("application/") else "status"
        async with self._looks, self._hands:
            handle = self._client.get_workflow_handle(word.stream)
            view: RouteView = await handle.query(query, result_type=RouteView)
        task = next((t for t in view.tasks if t.assignment == word.task and t.closed is None), None)
        if task is None or view.ended or task.step not in DUTIES:
            return None
        explained = await self._explained(word.application_no) if task.step in LOOKED_UP else None
        return task.step, self._scene(word, task.requirement, tried, explained)

    async def _explained(self, application_no: str) -> Explanation:
        """What the case says of its requirements and their ways."""
        async with self._looks, self._hands:
            handle = self._client.get_workflow_handle(application_stream(application_no))
            explained: Explanation = await handle.query("explain", result_type=Explanation)
        return explained

    def _scene(self, word: Word, requirement: str | None, tried: int, explained: Explanation | None) -> Scene:
        return Scene(
            stream=word.stream,
            assignment=word.task,
            requirement=requirement,
            request=self._requests[word.application_no],
            catalogue=self._catalogue,
            seed=self._seed,
            now=datetime.now(UTC),
            told=word.department,
            tried=tried,
            explained=explained,
        )

    async def _act(self, step: Step, scene: Scene) -> bool:
        """Do what is to be done; whether it need not be tried again."""
        if step is Step.PAPER_CHECK and scene.assignment == ASKED:
            return await self._desks.answer(scene.request.application_no, scene.stream)
        taken = True
        for number, deed in enumerate(DUTIES[step](scene)):
            if number:
                await asyncio.sleep(self._day * deed.wait)
            async with self._hands:
                taken = await self._send(scene, deed)
        return taken

    async def _send(self, scene: Scene, deed: Deed) -> bool:
        try:
            await send_act(self._client, scene.stream, deed.update, deed.act, deed.act.command_id)
        except InvalidInput:
            return False  # on purpose, or because somebody was quicker: it is on record
        except WorkflowUpdateFailedError:
            return False  # it ended while it had the act
        return True


def _items_of_commitments(catalogue: Catalogue) -> set[str]:
    """The items with a commitment that is checked afterwards without exception."""
    checked = {t.requirement for t in catalogue.commitments if t.check is CheckMode.ALL}
    return {r.item_code for r in catalogue.requirements if r.code in checked}
