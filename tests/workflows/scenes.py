"""A case on its way through each long route, up to where somebody has to act; what he does then is up to the test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from infra.temporal.start import submit
from schemas.application import ApplicationResult, Origin
from schemas.codes import Route
from tests.workflows.fakes import World
from tests.workflows.long_world import answer, county
from tests.workflows.requests import request
from tests.workflows.saying import CASE, PROPOSAL, ROUTES, about, said
from tests.workflows.waiting import eventually

Handle = WorkflowHandle[Any, Any]
DAY_SECONDS = 0.5
"""How long a working day lasts in a scene."""


class Scene:
    """One case, the procedures beside it, and the people around."""

    def __init__(self, client: Client, queue: str, world: World) -> None:
        self.client, self.queue, self.world = client, queue, world
        self.case: WorkflowHandle[Any, ApplicationResult]

    async def begin(self, **fields: Any) -> None:
        """An application comes in."""
        started = await submit(self.client, self.queue, request(**fields))
        self.case = self.client.get_workflow_handle(started.id, result_type=ApplicationResult)

    # --- who is there --------------------------------------------------------------------------------------------

    def stream(self, word: str) -> str:
        """The stream of a procedure in the ledger (``application``: the case itself); empty while there is none."""
        return next((s for s in self.world.ledger.streams if s.startswith(f"{word}/")), "")

    def workflow(self, word: str) -> Handle:
        """The procedure; what cases share has a stream for each chain of runs, behind its id."""
        stream = self.stream(word)
        shared = word in ("digitisation", "completion")
        return self.client.get_workflow_handle(stream.rpartition("/")[0] if shared else stream)

    def types(self, word: str) -> list[str]:
        """What the ledger has of it."""
        return [e.body.type for e in self.world.ledger.streams.get(self.stream(word), [])]

    async def until(self, word: str, *types: str) -> None:
        """The ledger has all of these, each as often as it is named."""
        await eventually(lambda: all(self.types(word).count(t) >= types.count(t) for t in types), 20)

    # --- what is done --------------------------------------------------------------------------------------------

    async def does(self, word: str, name: str, **over: Any) -> None:
        """An act of the table that is done rightly."""
        words = CASE[name] if word == "application" else ROUTES[word][name]
        await self.send(word, name, said(words, **over))

    async def wants(self, name: str, code: str, evidence: str, **over: Any) -> None:
        """An act about one requirement."""
        await self.send("application", name, dict(about(code, evidence))[name] | over)

    async def send(self, word: str, name: str, act: Any) -> None:
        """The Update itself."""
        await self.workflow(word).execute_update(name, act)

    async def refused(self, word: str, name: str, act: Any) -> list[str]:
        """The codes with which it is refused; ``malformed`` and the fields where it is not even looked at."""
        try:
            await self.send(word, name, act)
        except WorkflowUpdateFailedError as failed:
            cause = failed.cause
            assert isinstance(cause, ApplicationError), cause
            (errors,) = cause.details
            if cause.type == "PayloadValidationError":
                return ["malformed", *(e["field"] for e in errors)]
            assert cause.type == "ActRefused", cause
            return [e["code"] for e in errors]
        raise AssertionError(f"{name} was not refused")

    async def asked(self, word: str, department: str | None = None) -> str:
        """The key under which a department was asked for this procedure."""

        def keys() -> list[str]:
            requests = self.world.outside.collaboration.requests.items()
            mine = self.workflow(word).id if self.stream(word) else None
            return [k for k, r in requests if r.stream == mine and department in (None, r.to_department)]

        await eventually(lambda: bool(keys()), 20)
        return keys()[-1]

    async def answers(self, word: str, verdict: str, **fields: Any) -> None:
        """The department that was asked says something."""
        callback = answer(self.world, await self.asked(word), verdict, **fields)
        await self.client.get_workflow_handle(callback.stream).execute_update("reply", callback)

    async def decide(self, decision: str = "granted") -> None:
        """受理 and 决定."""
        await self.does("application", "accept")
        await self.does("application", "report_decision", decision=decision)


Setting = Callable[..., World]
Opening = Callable[[Scene], Awaitable[None]]


def place(*codes: str, **changes: Any) -> Setting:
    """A county whose working days are short, unless told otherwise."""
    short = {"working_day_seconds": DAY_SECONDS, "reask_seconds": 1}
    return lambda **over: county(*codes, **(short | changes | over))


async def verification(scene: Scene) -> None:
    await scene.begin()
    await scene.until("verification", "request_delivered", "assignment_opened")


async def digitisation(scene: Scene) -> None:
    await scene.begin()
    await scene.until("application", "assignment_opened")
    await scene.wants("submit_paper", "r_shared", "household")
    await scene.asked("digitisation")
    await scene.until("digitisation", "assignment_opened")


async def commitment(scene: Scene) -> None:
    await scene.begin()
    await scene.until("application", "assignment_opened")
    await scene.wants("sign_commitment", "r_commit", "hardship", signed_at=datetime.now(UTC).isoformat())
    await scene.until("application", "requirement_provisionally_settled")


async def assistance(scene: Scene) -> None:
    await scene.begin()
    await scene.until("application", "assignment_opened")
    await scene.wants("consent_assistance", "r_village", "village_proof")
    await eventually(lambda: bool(scene.world.outside.assistance.orders))
    await scene.until("assistance", "assignment_opened")


async def review(scene: Scene) -> None:
    await scene.begin()
    await scene.answers("verification", "refuted", reason="与登记不符")
    await scene.until("review", "assignment_opened")


async def disposition(scene: Scene) -> None:
    await scene.begin(origins=(Origin(requirement_code="r_village", party_id="p1", historical=True),))
    await scene.until("application", "assignment_opened")
    await scene.wants("propose_disposition", "r_village", "village_proof", proposal=PROPOSAL)
    await eventually(lambda: len(scene.world.outside.collaboration.requests) == 2)
    await eventually(lambda: sum(s.startswith("consultation/") for s in scene.world.ledger.streams) == 2)


async def consultation(scene: Scene) -> None:
    await scene.begin()
    await scene.until("application", "assignment_opened")
    await scene.does("application", "ask_opinion")
    await scene.until("consultation", "request_delivered", "assignment_opened")


async def completion(scene: Scene) -> None:
    await scene.begin()
    await scene.until("completion", "assignment_opened")


SCENES: dict[str, tuple[Setting, Opening]] = {
    "verification": (place("r_verify"), verification),
    "digitisation": (place("r_shared", offered=(Route.PAPER_FIRST,)), digitisation),
    "commitment": (place("r_commit", offered=(Route.COMMITMENT, Route.PAPER_FIRST)), commitment),
    "assistance": (place("r_village", offered=(Route.ASSISTANCE,)), assistance),
    "review": (place("r_shared", offered=(Route.VERIFICATION, Route.PAPER_FIRST)), review),
    "disposition": (place("r_village", offered=(Route.FLEXIBLE_DISPOSITION,)), disposition),
    "consultation": (place("r_village", offered=(Route.PAPER_FIRST,)), consultation),
    "completion": (place("r_licence", offered=(Route.PAPER_FIRST,)), completion),
}


async def a_while(days: float) -> None:
    """Working days of a scene pass."""
    await asyncio.sleep(days * DAY_SECONDS)
