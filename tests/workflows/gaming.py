"""A case played at random against the real workflows: people, departments, platforms and time in any order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from infra.sandbox.people import people
from infra.temporal.start import submit
from schemas import assistance, commitment, completion, consultation, digitisation, disposition, review, verification
from schemas import case as cases
from schemas.application import Origin
from schemas.codes import Platform
from schemas.credit_exchange import CreditStanding
from schemas.exchange import AnswerClass
from schemas.stream import StreamState
from tests.workflows.fakes import World, found
from tests.workflows.fakes import said as answered
from tests.workflows.long_world import answer, county
from tests.workflows.requests import request
from tests.workflows.saying import CASE, ROUTES, SUPERVISED, about, said

APPLY: dict[str, Callable[[Any, Any], StreamState]] = {
    "application": cases.apply,
    "verification": verification.apply,
    "digitisation": digitisation.apply,
    "commitment": commitment.apply,
    "assistance": assistance.apply,
    "review": review.apply,
    "disposition": disposition.apply,
    "consultation": consultation.apply,
    "completion": completion.apply,
}
"""The fold of each kind of stream."""
SHARED = ("digitisation", "completion")
NEEDS = {
    "r_verify": "fertility",
    "r_shared": "household",
    "r_commit": "hardship",
    "r_village": "village_proof",
    "r_licence": "id_card",
    "r_defer": "insurance",
}
FACTS = ("confirmed", "confirmed", "refuted", "no_record", "needs_more", "declined")
OPINIONS = ("agree", "agree", "disagree", "no_opinion", "outside_remit", "agree_with_conditions")
WAYS = ("submit_paper", "sign_commitment", "sign_deferral", "consent_assistance", "propose_disposition")
STEPS = ("assigned", "progress", "suspended", "resumed", "finished", "terminated")
ENDING = ("withdraw", "refuse_acceptance", "terminate")
LATEST = 45.0
"""Seconds after which a game that does not come to its end is lost."""


def state_of(world: World, stream: str) -> StreamState:
    """What the ledger says; an event that cannot follow raises."""
    state: StreamState | None = None
    for event in world.ledger.streams[stream]:
        state = APPLY[stream.partition("/")[0]](state, event)
    assert state is not None
    return state


class Game:
    """One case, and what chance makes of it; ``seed`` decides what is tried, the machine how it interleaves."""

    def __init__(self, client: Client, seed: int) -> None:
        self.client = client
        self.chance = random.Random(seed)
        codes = self.chance.sample(tuple(NEEDS), self.chance.choice((1, 2, 3)))
        self.codes = tuple(codes)
        self._person = people(0, seed + 6)[-1].code
        self.world = county(*codes, working_day_seconds=0.5, reask_seconds=1, late_days=4)
        self.refusals: list[str] = []
        self._numbers = 0

    # --- a game --------------------------------------------------------------------------------------------------

    async def play(self, queue: str) -> str:
        """From 收件 to where nobody waits any more; gives the id of the case."""
        asked = request(origins=self._origins())
        asked = asked.model_copy(update={"parties": (asked.parties[0].model_copy(update={"id_number": self._person}),)})
        self.id = (await submit(self.client, queue, asked)).id
        async with asyncio.timeout(LATEST):
            for _ in range(self.chance.randint(8, 25)):
                await asyncio.gather(*(self._move() for _ in range(self.chance.choice((1, 1, 2, 3)))))
                await asyncio.sleep(self.chance.random() * 0.2)
            self._mend()
            while not await self._at_rest():
                await asyncio.gather(*(self._finish(stream) for stream in self._unfinished()))
                await asyncio.sleep(0.4)
        return self.id

    def _origins(self) -> tuple[Origin, ...]:
        kinds: tuple[dict[str, Any], ...] = ({}, {"historical": True}, {"area": "360100"})
        fields = self.chance.choice(kinds)
        return tuple(Origin(requirement_code=c, party_id="p1", **fields) for c in self.codes if fields)

    async def _move(self) -> None:
        moves = (self._reply, self._reply, self._his, self._his, self._department, self._beside, self._fault)
        await self.chance.choice(moves)()

    # --- moves ---------------------------------------------------------------------------------------------------

    async def _his(self) -> None:
        """Something about one requirement, now and then said twice."""
        code = self.chance.choice(self.codes)
        acts = dict(about(code, NEEDS[code]))
        name = self.chance.choice(list(acts) if self.chance.random() < 0.5 else WAYS)
        act = acts[name]
        if name == "choose":
            act["choice"]["route"] = self.chance.choice(("verification", "paper_first", "commitment", "assistance"))
            act["choice"]["wanted"] = self.chance.random() < 0.5
        times = 2 if self.chance.random() < 0.2 else 1
        await asyncio.gather(*(self._send(self.id, name, act) for _ in range(times)))

    async def _department(self) -> None:
        names = [n for n in CASE if n not in ENDING or self.chance.random() < 0.1]
        name = self.chance.choice(names)
        await self._send(self.id, name, said(CASE[name]))

    async def _reply(self) -> None:
        """Of a department that was asked: rightly, wrongly, or twice and differently."""
        if not self.world.outside.collaboration.requests:
            return
        key = self.chance.choice(list(self.world.outside.collaboration.requests))
        words = OPINIONS if self.world.outside.collaboration.requests[key].kind.value == "opinion" else FACTS
        for _ in range(self.chance.choice((1, 1, 2))):
            fields: dict[str, Any] = {"reason": "据档案", "conditions": "限期补正"}
            if self.chance.random() < 0.1:
                fields["key"] = f"{key}9"
            callback = answer(self.world, key, self.chance.choice(words), **fields)
            await self._send(callback.stream, "reply", callback.model_dump(mode="json"))

    async def _beside(self) -> None:
        """Something in one of the procedures beside the case."""
        streams = [s for s in self.world.ledger.streams if s.partition("/")[0] in ROUTES]
        if not streams:
            return
        stream = self.chance.choice(streams)
        word = stream.partition("/")[0]
        for order in list(self.world.outside.assistance.orders.values()):
            if order.stream == stream and self.chance.random() < 0.8:
                await self._send(stream, "progress", self._progress(order.stream, order.key))
                return
        acts = ROUTES[word] | SUPERVISED
        name = self.chance.choice(list(acts))
        await self._send(self._workflow(stream), name, said(acts[name]))

    def _progress(self, stream: str, key: str) -> dict[str, Any]:
        self._numbers += 1
        said_by = {"message_id": f"as-{self.id[-12:]}-{self._numbers}", "stream": stream, "key": key}
        what = {"step": self.chance.choice(STEPS), "helper": "helper-3", "text": "进展", "document_digest": "d" * 64}
        return said_by | what | {"at": datetime.now(UTC).isoformat()}

    async def _fault(self) -> None:
        """Something outside goes wrong, changes its mind, or works again."""
        outside, platforms = self.world.outside, self.world.platforms
        sharing = self.chance.choice((platforms[Platform.DATA_SHARING], platforms[Platform.ELICENCE_PROVINCIAL]))
        match self.chance.randint(0, 5):
            case 0:
                outside.collaboration.down = not outside.collaboration.down
            case 1:
                outside.assistance.down = not outside.assistance.down
            case 2:
                standing = self.chance.choice(list(CreditStanding))
                outside.credit.standing_of = lambda query: standing
            case 3 if self.chance.random() < 0.3:
                sharing.answers = dict.fromkeys(sharing.answers, found)
            case 4:
                kind = self.chance.choice((AnswerClass.NOT_FOUND, AnswerClass.TRANSIENT))
                sharing.answers = dict.fromkeys(sharing.answers, lambda query: answered(kind))
            case _ if self.chance.random() < 0.2:
                self.world.ledger.down = True
                await asyncio.sleep(0.2)
                self.world.ledger.down = False

    async def _send(self, workflow_id: str, name: str, act: dict[str, Any]) -> None:
        """An Update.  It may be refused for a reason that has a text, or come too late; nothing else may happen."""
        try:
            await self.client.get_workflow_handle(workflow_id).execute_update(name, act)
        except WorkflowUpdateFailedError as failed:
            cause = failed.cause
            assert isinstance(cause, ApplicationError), cause
            if cause.type == "ActRefused":
                self.refusals += [e["code"] for e in cause.details[0]]
                assert all(e["message"] for e in cause.details[0])
            else:
                assert cause.type == "AcceptedUpdateCompletedWorkflow", cause
        except RPCError as error:
            assert error.status is RPCStatusCode.NOT_FOUND, error
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            raise AssertionError(f"{name} to {workflow_id} is not answered") from error

    # --- the end -------------------------------------------------------------------------------------------------

    def _mend(self) -> None:
        """Everything outside works, and the sources have what was wanted."""
        self.world.outside.collaboration.down = self.world.outside.assistance.down = False
        self.world.outside.credit.standing_of = lambda query: CreditStanding.CLEAR
        for platform in self.world.platforms.values():
            platform.answers = {}

    def _unfinished(self) -> list[str]:
        """Streams in which somebody still has to act."""
        return [s for s in self.world.ledger.streams if not state_of(self.world, s).ended]

    async def _at_rest(self) -> bool:
        """Everything has ended; what was begun just before the end needs a moment to say so."""
        streams = len(self.world.ledger.streams)
        if not self._unfinished():
            await asyncio.sleep(0.4)
        return not self._unfinished() and streams == len(self.world.ledger.streams)

    def standing(self) -> str:
        """For whoever looks at a game that went wrong: what was done, and what has not ended."""
        lines = [f"refused: {self.refusals[-12:]}"]
        for stream, kept in self.world.ledger.streams.items():
            state = state_of(self.world, stream)
            waits = (
                "has ended"
                if state.ended
                else f"waits for {[t.assignment for t in state.assignments.values() if t.open]}"
            )
            lines.append(f"{stream} {waits}: {[t for e in kept if (t := e.body.type) != 'act_refused']}")
        return "\n".join(lines)

    async def _finish(self, stream: str) -> None:
        """What remains to be done in a stream is tried, in the order of the table; what has no point is refused."""
        if stream == self.id:
            for name, act in self._last_acts():
                await self._send(self.id, name, act)
            return
        word, workflow_id = stream.partition("/")[0], self._workflow(stream)
        for key, asked in list(self.world.outside.collaboration.requests.items()):
            if asked.stream == workflow_id and asked.kind.value == "verification":
                await self._send(workflow_id, "reply", answer(self.world, key, "confirmed").model_dump(mode="json"))
        for name in ENDS.get(word, ()):
            await self._send(workflow_id, name, said(ROUTES[word][name]))

    def _last_acts(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for code in self.codes:
            acts = dict(about(code, NEEDS[code]))
            yield from ((name, acts[name]) for name in ("supply_deferred", "volunteer_evidence"))
        yield from ((name, said(CASE[name])) for name in ("resume_clock", "accept", "report_decision"))

    def _workflow(self, stream: str) -> str:
        return stream.rpartition("/")[0] if stream.partition("/")[0] in SHARED else stream


ENDS = {
    "verification": ("close_check",),
    "digitisation": ("record_check", "cannot_backfill", "close_check"),
    "commitment": ("record_check", "hear", "decide_consequence", "confirm_rectified", "close_check"),
    "review": ("hear", "conclude_review"),
    "completion": ("cannot_complete",),
}
"""What people do in the end; the other procedures end with their case."""
