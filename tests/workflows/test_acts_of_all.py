"""Every Update of every workflow: malformed it is turned away and leaves no trace; unlawful it is refused on record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from infra.settings import TemporalSettings
from schemas.application import Actor
from schemas.codes import ActorKind
from tests.workflows.long_world import HEALTH, JUSTICE, answer, serving
from tests.workflows.saying import CASE, ROUTES, SUPERVISED, about, said
from tests.workflows.scenes import SCENES, Scene
from workers.registry import WORKFLOWS

NAMED = {
    "ApplicationWorkflow": "application",
    "VerificationWorkflow": "verification",
    "DigitisationWorkflow": "digitisation",
    "CommitmentWorkflow": "commitment",
    "AssistanceWorkflow": "assistance",
    "AdverseReview": "review",
    "FlexibleDispositionWorkflow": "disposition",
    "ConsultationWorkflow": "consultation",
    "LicenceCompletionWorkflow": "completion",
}
STRANGER = Actor(kind=ActorKind.CLERK, actor_id="clerk-99", department=JUSTICE)
IDENTITY_NUMBER = "350526199001010019"
FREE_TEXTS = {"reason", "finding", "text", "said", "notes", "facts", "questions", "question"}


def updates() -> dict[str, set[str]]:
    """Names of the Updates by workflow that are acts; ``first_answer`` only waits and says nothing."""
    found: dict[str, set[str]] = {}
    for each in WORKFLOWS:
        definition = workflow._Definition.from_class(each)
        assert definition is not None and definition.name is not None
        if definition.updates:
            found[NAMED[definition.name]] = {name for name in definition.updates if name not in (None, "first_answer")}
    return found


def acts_of(scene: Scene, word: str, code: str, evidence: str) -> dict[str, dict[str, Any]]:
    """A rightly formed act for every Update of a workflow."""
    acts = {name: said(words) for name, words in SUPERVISED.items()}
    if word == "application":
        return acts | dict(about(code, evidence)) | {name: said(words) for name, words in CASE.items()}
    acts |= {name: said(words) for name, words in ROUTES[word].items()}
    if "reply" in updates()[word]:
        said_by = {"message_id": "m-1", "stream": scene.workflow(word).id, "key": "T-1/x", "department": HEALTH}
        rest = dict.fromkeys(("reason", "document_digest", "conditions"))
        acts["reply"] = said_by | rest | {"verdict": "confirmed", "answered_at": "2026-01-05T09:00:00Z"}
    if word == "assistance":
        (order,) = scene.world.outside.assistance.orders.values()
        step = {"message_id": "as-1", "stream": order.stream, "key": order.key, "step": "assigned"}
        acts["progress"] = step | {"helper": "h-3", "text": "x", "document_digest": None, "at": "2026-01-05T09:00:00Z"}
    return acts


async def acts_taken(scene: Scene, word: str) -> int:
    """Updates in the history: one that was turned away is in none."""
    events = (await scene.workflow(word).fetch_history()).events
    return sum(e.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED for e in events)


@pytest.fixture
async def staged(client: Client, temporal_settings: TemporalSettings, word: str) -> AsyncIterator[Scene]:
    setting, opening = SCENES.get(word, SCENES["verification"])
    world = setting(working_day_seconds=3600.0)
    async with serving(client, temporal_settings, world) as queue:
        scene = Scene(client, queue, world)
        await opening(scene)
        await asyncio.sleep(0.5)  # until everybody who is told was told
        yield scene


def test_every_update_of_every_workflow_is_in_the_table() -> None:
    known = {word: set(SUPERVISED) | set(acts) for word, acts in ROUTES.items()}
    known["application"] = set(SUPERVISED) | set(CASE) | set(dict(about("r", "e")))
    for word in known:
        known[word] |= updates()[word] & {"reply", "progress"}
    assert known == updates()


@pytest.mark.parametrize("word", NAMED.values())
async def test_a_malformed_act_is_turned_away_and_leaves_no_trace(staged: Scene, word: str) -> None:
    acts = acts_of(staged, word, "r_verify", "fertility")
    assert set(acts) == updates()[word]
    before = {stream: len(kept) for stream, kept in staged.world.ledger.streams.items()}
    taken = await acts_taken(staged, word)
    for name, act in acts.items():
        ident = "message_id" if "message_id" in act else "command_id"
        assert await staged.refused(word, name, act | {"unheard_of": 1}) == ["malformed", "unheard_of"], name
        assert await staged.refused(word, name, act | {ident: "a b"}) == ["malformed", ident], name
        for field in FREE_TEXTS.intersection(act) if name != "reply" else ():
            told = await staged.refused(word, name, act | {field: f"见{IDENTITY_NUMBER}"})
            assert told == ["malformed", field], (name, field)
    assert {stream: len(kept) for stream, kept in staged.world.ledger.streams.items()} == before
    assert await acts_taken(staged, word) == taken


@pytest.mark.parametrize("word", NAMED.values())
async def test_an_act_of_somebody_who_may_not_is_refused_on_record(staged: Scene, word: str) -> None:
    acts = acts_of(staged, word, "r_verify", "fertility")
    acts.pop("progress", None)
    stream, status = staged.stream(word), await staged.workflow(word).query("status", result_type=dict)
    for name, act in acts.items():
        other: dict[str, Any] = {"actor": STRANGER.model_dump(mode="json")}
        wrong = act | ({"department": STRANGER.department} if name == "reply" else other)
        codes = await staged.refused(word, name, wrong)
        body = staged.world.ledger.streams[stream][-1].body
        assert body.type == "act_refused" and [e.code for e in body.errors] == codes, name
        assert all(e.message for e in body.errors)
    after = await staged.workflow(word).query("status", result_type=dict)
    moving = {"recorded", "durable"}
    assert {k: v for k, v in after.items() if k not in moving} == {k: v for k, v in status.items() if k not in moving}


@pytest.mark.parametrize("word", [word for word, names in updates().items() if "reply" in names])
async def test_what_a_department_writes_names_nobody_on_record(staged: Scene, word: str) -> None:
    if word == "commitment":
        await staged.decide()
    verdict = "disagree" if word == "consultation" else "refuted"
    key = await staged.asked(word)
    wrong = answer(staged.world, key, verdict, reason=f"当事人{IDENTITY_NUMBER}有误").model_dump(mode="json")
    assert await staged.refused(word, "reply", wrong) == ["identity_number_in_text"]
    kept = staged.world.ledger.streams[staged.stream(word)]
    assert kept[-1].body.type == "act_refused"
    assert IDENTITY_NUMBER not in "".join(e.model_dump_json() for e in kept)
    await staged.answers(word, verdict, reason="与登记不符")
