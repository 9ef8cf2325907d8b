"""纸质材料电子化 on a server whose clock skips: one paper for many cases, checked, back-filled, or found false."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer
from temporalio.workflow import Info

from infra.settings import TemporalSettings
from infra.temporal.plugin import plugin
from infra.temporal.start import submit
from schemas.application import LedgerPosition, Origin
from schemas.case_commands import SubmitPaper
from schemas.codes import Platform, Route
from schemas.digitisation import apply
from schemas.digitisation_acts import CannotBackfill, RecordPaperCheck
from schemas.late_check import CloseCheck
from schemas.ledger import AppendRequest
from schemas.notification_exchange import NotificationUrgency
from schemas.route_events import CaseNews, CaseNewsKind
from tests.workflows.fakes import World, found
from tests.workflows.listening import POLICE, SETTINGS, Stage, joining, new_person, paper_start, staged, world_of
from tests.workflows.long_world import DECIDING, bodies_of, clerk, county, reply, serving
from tests.workflows.requests import request
from tests.workflows.waiting import eventually
from workers.registry import WORKFLOWS

Handle = WorkflowHandle[Any, Any]


def backfilled(world: World) -> None:
    """The issuer has put the record where the next case looks."""
    world.platforms[Platform.DATA_SHARING].answers["household"] = found


async def asked(stage: Stage, count: int = 1) -> str:
    """The key under which the issuer was asked last."""
    requests = stage.world.outside.collaboration.requests
    await eventually(lambda: len(requests) >= count)
    return list(requests)[-1]


def seen(stage: Stage, handle: Handle, *types: str) -> Callable[[], bool]:
    return lambda: set(types) <= set(stage.types(handle))


def hold_back(world: World, type_: str, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """The append of an event of this type is held: the first says that it has come, the second lets it pass."""
    come, pass_, append = asyncio.Event(), asyncio.Event(), world.ledger.append

    async def held(request: AppendRequest) -> LedgerPosition:
        if any(event.body.type == type_ for event in request.events):
            come.set()
            await pass_.wait()
        return await append(request)

    monkeypatch.setattr(world.ledger, "append", held)
    return come, pass_


def folds(stage: Stage, handle: Handle) -> bool:
    """Every stream of the paper folds, and has ended."""
    streams = {n: e for n, e in stage.world.ledger.streams.items() if n.startswith(f"{handle.id}/")}
    for events in streams.values():
        state = None
        for event in events:
            state = apply(state, event)
        assert state is not None
        assert state.ended
        assert not any(task.open for task in state.assignments.values()), "no task is left open"
    return bool(streams)


async def test_two_cases_with_one_paper_share_its_check_and_the_next_finds_it_in_the_library(
    skipping: WorkflowEnvironment,
) -> None:
    world, person = world_of("r_shared"), new_person()
    async with staged(skipping, world) as stage:
        for number in ("D-1", "D-2", "D-3"):
            await stage.case(number)
        paper = await stage.begin("DigitisationWorkflow", paper_start("D-1", person))
        await paper.signal("join", joining("D-2"))
        await paper.signal("join", joining("D-2"))
        key = await asked(stage)
        assert world.outside.collaboration.requests[key].document_digest == "c" * 64
        await reply(skipping.client, world, key, "confirmed")
        assert await stage.heard("D-1") == ["confirmed/confirmed@r_shared/p1"]
        assert await stage.heard("D-2") == ["confirmed/confirmed@r_shared/p1"]
        await eventually(seen(stage, paper, "case_told", "assignment_opened"))
        assert "digitisation_ended" not in stage.types(paper), "it closes only when the library has it"

        backfilled(world)
        await stage.end(paper)
        assert folds(stage, paper)
        types = stage.types(paper)
        assert types.count("case_joined") == 1, "a second join of a case that waits already changes nothing"
        assert types[-1] == "digitisation_ended"
        assert stage.events(paper)[-1].result == "backfilled"
        assert len(world.outside.collaboration.requests) == 1, "one check for both"

        again = await stage.begin("DigitisationWorkflow", paper_start("D-3", person))
        await stage.end(again)
        assert await stage.heard("D-3") == ["confirmed/backfilled@r_shared/p1"]
        assert len(world.outside.collaboration.requests) == 1, "what is in the library is asked of nobody"
        assert len([n for n in world.ledger.streams if n.startswith(f"{paper.id}/")]) == 2, "a stream for each chain"


async def test_a_false_paper_is_reversed_in_every_case(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_shared"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("F-1")
        await stage.case("F-2")
        paper = await stage.begin("DigitisationWorkflow", paper_start("F-1", person))
        key = await asked(stage)
        await paper.signal("join", joining("F-2"))
        await reply(skipping.client, world, key, "refuted", reason="编号不存在")
        for number in ("F-1", "F-2"):
            assert await stage.heard(number) == ["reversed/paper_false/adverse@r_shared/p1"]
        await stage.end(paper)
        assert folds(stage, paper)
        assert stage.events(paper)[-1].result == "paper_false"


async def test_a_false_paper_after_the_decision_opens_a_check_and_changes_nothing(
    skipping: WorkflowEnvironment,
) -> None:
    world, person = world_of("r_shared"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("L-1")
        paper = await stage.begin("DigitisationWorkflow", paper_start("L-1", person))
        key = await asked(stage)
        decided = CaseNews(application_no="L-1", requirement="r_shared/p1", kind=CaseNewsKind.DECIDED)
        await paper.signal("case_news", decided)
        await paper.signal("case_news", decided)
        await reply(skipping.client, world, key, "refuted", reason="编号不存在")
        await eventually(lambda: any(getattr(b, "step", "") == "late_check" for b in stage.events(paper)))
        close = CloseCheck(command_id="close-1", actor=clerk(DECIDING), finding="已核查，决定另行处理")
        with pytest.raises(WorkflowUpdateFailedError):
            stranger = close.model_copy(update={"command_id": "close-0", "actor": clerk(POLICE)})
            await paper.execute_update("close_check", stranger)
        await paper.execute_update("close_check", close)
        await stage.end(paper)
        assert folds(stage, paper)
        assert stage.types(paper).count("news_heard") == 1
        assert "act_refused" in stage.types(paper)


async def test_a_silent_issuer_presumes_nothing_and_is_never_let_off(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_shared"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("S-1")
        paper = await stage.begin("DigitisationWorkflow", paper_start("S-1", person))
        key = await asked(stage)
        await eventually(seen(stage, paper, "assignment_opened"))
        before = len((await paper.fetch_history()).events)
        await skipping.sleep(timedelta(days=40))
        colours = [b.rung.value for b in stage.events(paper) if b.type == "rung_fired"]
        assert colours[-3:] == ["blue", "orange", "red"]
        assert "assignment_closed" not in stage.types(paper), "the settings give up after three days; the law does not"
        assert await stage.heard("S-1", 0) == []
        alarms = [n for _, n in world.outside.notification.sent if n.urgency is NotificationUrgency.RED]
        assert len(alarms) == 1
        grown = len((await paper.fetch_history()).events) - before
        lookups = len(world.platforms[Platform.DATA_SHARING].asked)
        assert lookups > 900, "the library was looked up every hour for forty days"
        assert grown < 150, "four or five rungs, each told and recorded, and nothing of the lookups"
        await reply(skipping.client, world, key, "confirmed")
        assert await stage.heard("S-1") == ["confirmed/confirmed@r_shared/p1"]
        backfilled(world)
        await stage.end(paper)
        assert folds(stage, paper)


async def test_an_issuer_outside_the_province_is_not_asked_and_owes_nothing(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_shared"), new_person()
    outside = Origin(requirement_code="r_shared", party_id="p1", area="330100")
    async with staged(skipping, world) as stage:
        await stage.case("O-1")
        paper = await stage.begin("DigitisationWorkflow", paper_start("O-1", person, origin=outside))
        await eventually(seen(stage, paper, "assignment_opened"))
        opened = next(b for b in stage.events(paper) if b.type == "assignment_opened")
        assert opened.assignee.department == DECIDING, "the deciding department checks it by hand"
        assert world.outside.collaboration.requests == {}
        check = RecordPaperCheck(command_id="check-1", actor=clerk(DECIDING), verdict="confirmed", finding="已电话核实")
        with pytest.raises(WorkflowUpdateFailedError):
            stranger = check.model_copy(update={"command_id": "check-0", "actor": clerk(POLICE)})
            await paper.execute_update("record_check", stranger)
        await paper.execute_update("record_check", check)
        assert await stage.heard("O-1") == ["confirmed/issuer_out_of_province@r_shared/p1"]
        await stage.end(paper)
        assert stage.events(paper)[-1].result == "issuer_out_of_province"
        assert folds(stage, paper)


@pytest.mark.parametrize("verdict", ["no_record", "needs_more", "declined"])
async def test_an_answer_that_settles_nothing_leaves_it_to_the_deciding_department(
    skipping: WorkflowEnvironment, verdict: str
) -> None:
    world, person = world_of("r_shared"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case(f"N-{verdict}")
        paper = await stage.begin("DigitisationWorkflow", paper_start(f"N-{verdict}", person))
        key = await asked(stage)
        await eventually(seen(stage, paper, "assignment_opened"))  # one that is quicker leaves no task to anybody
        await reply(skipping.client, world, key, verdict, reason="档案缺失")
        await eventually(lambda: stage.types(paper).count("assignment_opened") == 2)
        check = RecordPaperCheck(command_id="check-1", actor=clerk(DECIDING), verdict="confirmed", finding="已核实")
        await paper.execute_update("record_check", check)
        assert await stage.heard(f"N-{verdict}") == ["confirmed/confirmed@r_shared/p1"]
        await eventually(lambda: stage.types(paper).count("assignment_opened") == 3)
        refused = CannotBackfill(command_id="no-1", actor=clerk(DECIDING), reason="档案缺失")
        with pytest.raises(WorkflowUpdateFailedError):
            await paper.execute_update("cannot_backfill", refused)
        await paper.execute_update(
            "cannot_backfill", CannotBackfill(command_id="no-2", actor=clerk(POLICE), reason="档案缺失")
        )
        await stage.end(paper)
        assert stage.events(paper)[-1].result == "issuer_cannot_backfill"
        assert folds(stage, paper)


async def test_an_issuer_that_was_asked_for_more_may_still_say_it(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_shared"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("M-1")
        paper = await stage.begin("DigitisationWorkflow", paper_start("M-1", person))
        key = await asked(stage)
        await reply(skipping.client, world, key, "needs_more", reason="请补传背面")
        with pytest.raises(WorkflowUpdateFailedError):
            await reply(skipping.client, world, key, "no_record")
        await reply(skipping.client, world, key, "confirmed")
        with pytest.raises(WorkflowUpdateFailedError):
            await reply(skipping.client, world, key, "refuted", reason="反悔")
        with pytest.raises(WorkflowUpdateFailedError):
            await reply(skipping.client, world, key, "confirmed", department=DECIDING)
        assert await stage.heard("M-1") == ["confirmed/confirmed@r_shared/p1"]
        assert stage.types(paper).count("act_refused") == 3


async def test_where_no_source_would_have_it_nothing_is_owed(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_village"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("V-1")
        paper = await stage.begin("DigitisationWorkflow", paper_start("V-1", person, "r_village"))
        await eventually(seen(stage, paper, "assignment_opened"))
        check = RecordPaperCheck(command_id="check-1", actor=clerk(DECIDING), verdict="confirmed", finding="已核实")
        await paper.execute_update("record_check", check)
        assert await stage.heard("V-1") == ["confirmed/issuer_cannot_backfill@r_village/p1"]
        await stage.end(paper)
        assert folds(stage, paper)


async def test_what_the_library_has_meanwhile_confirms_but_withdraws_no_check(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_shared"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("B-1")
        paper = await stage.begin("DigitisationWorkflow", paper_start("B-1", person))
        key = await asked(stage)
        backfilled(world)
        await skipping.sleep(timedelta(hours=3))
        assert await stage.heard("B-1") == ["confirmed/backfilled@r_shared/p1"]
        await skipping.sleep(timedelta(hours=3))
        assert "digitisation_ended" not in stage.types(paper)
        assert world.outside.collaboration.withdrawn == []
        await reply(skipping.client, world, key, "confirmed")
        await stage.end(paper)
        assert stage.events(paper)[-1].result == "backfilled"
        assert folds(stage, paper)


async def test_a_case_that_has_ended_is_not_heard_of_and_the_paper_goes_on(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_shared"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("E-2")
        paper = await stage.begin("DigitisationWorkflow", paper_start("E-1", person))
        key = await asked(stage)
        await paper.signal("join", joining("E-2"))
        gone = CaseNews(application_no="E-1", requirement="r_shared/p1", kind=CaseNewsKind.APPLICATION_ENDED)
        await paper.signal("case_news", gone)
        await reply(skipping.client, world, key, "confirmed")
        assert await stage.heard("E-2") == ["confirmed/confirmed@r_shared/p1"]
        backfilled(world)
        await stage.end(paper)
        assert stage.types(paper).count("report_undelivered") == 1
        assert world.outside.collaboration.withdrawn == []
        assert folds(stage, paper)


async def test_a_case_that_joins_while_it_ends_is_answered(
    skipping: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, person = world_of("r_shared"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("J-1")
        await stage.case("J-2")
        paper = await stage.begin("DigitisationWorkflow", paper_start("J-1", person))
        key = await asked(stage)
        await eventually(seen(stage, paper, "assignment_opened"))
        await reply(skipping.client, world, key, "confirmed")
        await stage.heard("J-1")
        await eventually(lambda: stage.types(paper).count("assignment_opened") == 2)
        ending, may_end = hold_back(world, "digitisation_ended", monkeypatch)
        backfilled(world)
        result = asyncio.create_task(stage.end(paper))
        await ending.wait()
        await paper.signal("join", joining("J-2"))
        may_end.set()
        await result
        assert await stage.heard("J-2") == ["confirmed/backfilled@r_shared/p1"]
        assert folds(stage, paper)


async def test_a_new_run_keeps_who_waits(skipping: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    long_enough = 45
    monkeypatch.setattr(
        Info, "is_continue_as_new_suggested", lambda self: self.get_current_history_length() > long_enough
    )
    world, person = world_of("r_shared"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("C-1")
        await stage.case("C-2")
        paper = await stage.begin("DigitisationWorkflow", paper_start("C-1", person))
        key = await asked(stage)
        await paper.signal("join", joining("C-2"))
        await skipping.sleep(timedelta(days=14))
        first = (await skipping.client.get_workflow_handle(paper.id).describe()).run_id
        assert first != paper.first_execution_run_id, "the history had grown"
        await reply(skipping.client, world, key, "confirmed")
        for number in ("C-1", "C-2"):
            assert await stage.heard(number) == ["confirmed/confirmed@r_shared/p1"]
        backfilled(world)
        await stage.end(paper)
        assert len([n for n in world.ledger.streams if n.startswith(f"{paper.id}/")]) == 1, "one stream over both runs"
        assert folds(stage, paper)
        asked_keys = world.platforms[Platform.DATA_SHARING].asked
        assert len(asked_keys) == len(set(asked_keys)), "a new run repeats no key of the one before"


def handing_in(number: int, digest: str) -> SubmitPaper:
    return SubmitPaper(
        command_id=f"paper-{number}",
        actor=clerk(),
        requirement_code="r_shared",
        party_id="p1",
        evidence_type="household",
        document_digest=digest * 64,
    )


async def test_whole_cases_share_one_paper_and_the_next_needs_none(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = county("r_shared", offered=(Route.PAPER_FIRST,), reask_seconds=1)
    async with serving(client, temporal_settings, world) as queue:
        cases = [await submit(client, queue, request()) for _ in range(2)]
        for number, case in enumerate(cases):
            await eventually(partial(asks_the_applicant, world, case.id))
            await case.execute_update("submit_paper", handing_in(number, "7"))
        await eventually(lambda: "case_joined" in shared(world) and bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        await reply(client, world, key, "confirmed")
        results = [await case.result() for case in cases]
        assert [[(s.ground, s.clause) for s in r.settled] for r in results] == [[("paper_first", "四(四)二")]] * 2
        assert "digitisation_ended" not in shared(world), "the cases are done; the paper is when the library has it"

        backfilled(world)
        await eventually(lambda: "digitisation_ended" in shared(world))
        result = await (await submit(client, queue, request())).result()
    assert [s.ground for s in result.settled] == ["data_sharing"], "一次采集、多次使用"
    assert len(world.outside.collaboration.requests) == 1


def asks_the_applicant(world: World, case: str) -> bool:
    return "assignment_opened" in bodies_of(world, case)


def shared(world: World) -> list[str]:
    """The events of the one paper that was handed in."""
    kept = [stream for name, stream in world.ledger.streams.items() if name.startswith("digitisation/")]
    assert len(kept) <= 1
    return [event.body.type for stream in kept for event in stream]


async def test_a_false_paper_reopens_the_case_for_review(skipping: WorkflowEnvironment) -> None:
    world = county("r_shared", offered=(Route.PAPER_FIRST,))
    client = skipping.client
    async with serving(client, SETTINGS, world) as queue:
        case = await submit(client, queue, request())
        await eventually(partial(asks_the_applicant, world, case.id))
        await case.execute_update("submit_paper", handing_in(1, "8"))
        await eventually(lambda: bool(world.outside.collaboration.requests))
        (key,) = world.outside.collaboration.requests
        await reply(client, world, key, "refuted", reason="编号不存在")
        await eventually(lambda: "requirement_reopened" in bodies_of(world, case.id))
        await eventually(lambda: "review_opened" in bodies_of(world, case.id))


async def test_its_history_replays(skipping: WorkflowEnvironment) -> None:
    world, person = world_of("r_shared"), new_person()
    async with staged(skipping, world) as stage:
        await stage.case("R-1")
        await stage.case("R-2")
        paper = await stage.begin("DigitisationWorkflow", paper_start("R-1", person))
        key = await asked(stage)
        await paper.signal("join", joining("R-2"))
        await skipping.sleep(timedelta(days=5))
        await reply(skipping.client, world, key, "confirmed")
        backfilled(world)
        await stage.end(paper)
        history = await skipping.client.get_workflow_handle(paper.id).fetch_history()
    await Replayer(workflows=list(WORKFLOWS), plugins=[plugin(SETTINGS)]).replay_workflow(history)
