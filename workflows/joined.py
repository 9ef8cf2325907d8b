"""What procedures that several cases share do alike: hear who joins, tell each what is known, lose none at the end."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from schemas.application import application_stream
    from schemas.assignment import Assignee, Step
    from schemas.base import Model
    from schemas.events import EventBody
    from schemas.exchange import Batch
    from schemas.joining import CaseJoined, CaseTold, JoinedCase, JoinedState, Joining
    from schemas.route_events import CaseNews, CompletionReport, RouteReport

from workflows.long_route import Conversation
from workflows.procedure import SYSTEM
from workflows.watch import Lookout

J = TypeVar("J", bound=JoinedState)


def stream_of_this_chain() -> str:
    """The stream in the ledger: the workflow id can be used again when it is free, a stream never."""
    info = workflow.info()
    return f"{info.workflow_id}/{info.first_execution_run_id[:8]}"


class Turn(Model):
    """A task as it is put to somebody; ``tell`` is false where a platform has told him."""

    step: Step
    assignee: Assignee
    task: str
    then: str
    requirement: str | None = None
    tell: bool = True


class Due(Model):
    """What a case has to be told: the report, the signal that carries it, and its word in the record."""

    signal: str
    report: RouteReport | CompletionReport
    word: str


class Joined(Conversation[J]):
    """Base of the shared procedures; a subclass sets ``_lookout`` too, and says what follows from its state."""

    _lookout: Lookout
    _late: tuple[Joining, ...] = ()

    @abstractmethod
    def _turns(self) -> dict[str, Turn]:
        """The tasks that are somebody's as it stands, by id."""

    @abstractmethod
    def _due(self, case: JoinedCase) -> Due | None:
        """What a case has not been told yet."""

    @abstractmethod
    def _result(self) -> str | None:
        """How it ends; ``None`` while something is waited for."""

    @workflow.signal(name="join", description="另一办件加入：同一材料、同一证照只办一次")
    def join(self, joining: Joining) -> None:
        """A case of ours waits too; again from one that was told means that it has forgotten, and is told again."""
        state = self._recorder.state
        known = state.cases.get(joining.key)
        if state.ended:
            self._late = (*self._late, joining)
        elif known is None or known.told or known.gone:
            self._recorder.record(CaseJoined(joining=joining), SYSTEM)

    def _is_new(self, news: CaseNews) -> bool:
        known = self._recorder.state.cases.get(f"{news.application_no}/{news.requirement}")
        return known is not None and known.news != news.kind.value

    # --- the common course ---------------------------------------------------------------------------------------

    async def _look(self, batches: tuple[Batch, ...]) -> None:
        """What an earlier procedure brought in is found at once (一次采集、多次使用)."""
        await self._recorder.flush()
        for said in await self._lookout.look(batches):
            self._recorder.record(said, SYSTEM)

    async def _see_through(self) -> None:
        """Do what follows, tell every case, wait for whose turn it is; until nothing is waited for.

        What follows is read off the state, so that a later run of the same chain goes on where this one was.
        """
        while True:
            known = self._recorder.recorded
            self._take_up()
            await self._recorder.flush()
            await self._tell_cases()
            if self._recorder.recorded > known:
                continue
            if self._result() is not None:
                return
            self._renew()
            await self._desk.pause(partial(self._stirred, known))

    def _stirred(self, known: int) -> bool:
        return self._recorder.recorded > known or self._lookout.news

    def _take_up(self) -> None:
        """What our own lookup found, and the tasks that it and everything else has come to."""
        found = self._lookout.take()
        if found is not None:
            self._lookout.stop()
            self._recorder.record(found, SYSTEM)
        turns, tasks = self._turns(), self._recorder.state.assignments
        for assignment in list(tasks):
            if assignment not in turns:
                self._desk.close(assignment, "done")
        for assignment, turn in turns.items():
            if assignment not in tasks:
                self._desk.open(
                    assignment,
                    turn.step,
                    turn.assignee,
                    task=turn.task,
                    then=turn.then,
                    requirement=turn.requirement,
                    tell=turn.tell,
                )
        self._desk.show()

    async def _tell_cases(self) -> None:
        """Each case is told once what is known, after it is durable."""
        for key in list(self._recorder.state.cases):
            case = self._recorder.state.cases[key]
            due = self._due(case)
            if due is None:
                continue
            await self._recorder.flush()
            number = case.joining.application_no
            if await self._report(due.signal, due.report, number):
                told = CaseTold(application_no=number, requirement=case.joining.requirement, word=due.word)
                self._recorder.record(told, SYSTEM)

    async def _finish(self, ended: EventBody) -> None:
        """The end.  A case that joins while it is being written down is answered; its own stream says so."""
        self._lookout.stop()
        self._desk.close_all("ended")
        self._recorder.record(ended, SYSTEM)
        while True:
            await self._drained()
            if not self._late:
                return
            late, self._late = self._late, ()
            for joining in late:
                due = self._due(JoinedCase(joining=joining))
                if due is not None:
                    stream = application_stream(joining.application_no)
                    await self._tell_workflow(stream, due.signal, due.report)
