"""The one way a case changes: fold the event, queue it, and make the queue durable when it matters (laws 1 to 3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.ledger import LedgerActivities
    from schemas.application import Actor, LedgerPosition
    from schemas.events import Event, EventBody, make_event_id
    from schemas.ledger import LEDGER_REFUSED, NUMBER_TAKEN, TAP, AppendRequest
    from schemas.long_route import Carried
    from schemas.outgoing import Appended, Outgoing
    from schemas.stream import Recorded, StreamState
    from schemas.texts import zh
    from schemas.turn import NO_PROGRESS

from workflows.stuck import Snags, kept_trying

S = TypeVar("S", bound=StreamState)

LARGEST_APPEND = 100
"""Events of one append; a longer queue goes in several, each well under the payload limit."""

APPEND_TIMEOUT = timedelta(seconds=15)
APPEND_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
"""Without limit: while the database is away the case waits, visibly, and nothing is lost (law 3)."""


class LedgerDisagrees(Exception):
    """The ledger holds something else at this place.  Not a Temporal failure on purpose: the case stands still and is
    alerted on (``TemporalReportedProblems``) until people have looked; nothing is lost."""


class Recorder(Generic[S]):
    """Holds the state of one stream, and the events of it that the ledger does not have yet.

    ``apply`` folds one event into the state; ``carried`` is what the run before has recorded, all of it durable.
    ``outgoing`` says what an event sets in motion, as the state stands when it is appended; ``unheard`` keeps whom word
    did not reach.
    """

    def __init__(
        self,
        stream: str,
        application_no: str,
        apply: Callable[[S | None, Recorded], S],
        carried: Carried[S] | None = None,
    ) -> None:
        self._stream = stream
        self._application_no = application_no
        self._apply = apply
        self._last_id: UUID | None = None
        self._queue: list[Event] = []
        self._appending = False
        self._state: S | None = None
        self.task_queue: str | None = None
        self.recorded = 0
        self.durable = 0
        self.position: LedgerPosition | None = None
        self.snags = Snags()
        self.progressed_at: datetime | None = None
        self.outgoing: Callable[[Event], Outgoing | None] = lambda event: None
        self.unheard: list[str] = []
        if carried is not None:
            self._state, self._last_id, self.position = carried.state, carried.last_id, carried.position
            self.recorded = self.durable = carried.state.sequence + 1

    def carry(self) -> Carried[S]:
        """What the next run begins with; everything recorded must be durable."""
        if self.pending or self._last_id is None or self.position is None:
            raise RuntimeError("carried over before everything was durable")
        return Carried(state=self.state, last_id=self._last_id, position=self.position)

    @property
    def pending(self) -> bool:
        """Whether the ledger still lacks something."""
        return self.durable < self.recorded

    @property
    def sets_in_motion(self) -> bool:
        """Whether what the ledger still lacks sets anything in motion."""
        return any(self.outgoing(event) is not None for event in self._queue)

    @property
    def state(self) -> S:
        """The state after everything recorded so far."""
        if self._state is None:
            raise RuntimeError("nothing recorded yet")
        return self._state

    def record(self, body: EventBody, actor: Actor) -> None:
        """Change the state by one event and queue it for the ledger."""
        now = workflow.now()
        event = Event(
            event_id=make_event_id(self._stream, self.recorded, self._last_id, now),
            stream=self._stream,
            application_no=self._application_no,
            sequence=self.recorded,
            previous_id=self._last_id,
            occurred_at=now,
            actor=actor,
            body=body,
        )
        tap = workflow.extern_functions().get(TAP)
        if tap is not None:
            tap(event)
        self._state = self._apply(self._state, event)
        self._queue.append(event)
        self._last_id = event.event_id
        self.recorded += 1
        if not isinstance(body, NO_PROGRESS):
            self.progressed_at = now

    async def flush(self) -> LedgerPosition:
        """Return when everything recorded before this call is durable; one append at a time, always a prefix.

        Raises LedgerDisagrees when the ledger holds something else, and ApplicationError of type ``NumberTaken`` when
        the number belongs to another case.
        """
        wanted = self.recorded
        while self.durable < wanted or self.position is None:
            if self._appending:
                await workflow.wait_condition(lambda: not self._appending)
            else:
                await self._append()
        return self.position

    async def _append(self) -> None:
        prefix = tuple(self._queue[:LARGEST_APPEND])
        outgoing = tuple(m for m in map(self.outgoing, prefix) if m is not None)
        info = workflow.info()
        self._appending = True
        try:
            appended = await kept_trying(
                LedgerActivities.append,
                AppendRequest(
                    run_id=info.run_id,
                    chain_run_id=info.first_execution_run_id,
                    events=prefix,
                    outgoing=outgoing,
                ),
                snags=self.snags,
                stuck_on=zh.STUCK_LEDGER,
                within=None,
                start_to_close=APPEND_TIMEOUT,
                retry=APPEND_RETRY,
                task_queue=self.task_queue,
                summary=zh.SUMMARY_APPEND.format(count=len(prefix)),
            )
        except ActivityError as error:
            raise _refusal_of(error) from error
        else:
            if isinstance(appended, Appended):
                self.unheard += appended.unheard
                self.position = appended.position
            else:
                self.position = appended
            del self._queue[: len(prefix)]
            self.durable += len(prefix)
        finally:
            self._appending = False


def _refusal_of(error: ActivityError) -> Exception:
    """Another case under this number ends the run with that reason; any other refusal is an alarm."""
    cause = error.cause
    if not isinstance(cause, ApplicationError) or cause.type not in (LEDGER_REFUSED, NUMBER_TAKEN):
        return error
    if cause.type == NUMBER_TAKEN:
        return ApplicationError(cause.message, type=NUMBER_TAKEN, non_retryable=True)
    return LedgerDisagrees(cause.message)
