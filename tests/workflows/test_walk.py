"""Cases of every route, walked as the server keeps them: all of it speaks to people, and none of it names one."""

from __future__ import annotations

import pytest
from temporalio.client import Client

from infra.settings import TemporalSettings
from infra.temporal.acts import send_act
from infra.temporal.completion import start_completion
from infra.temporal.start import submit
from schemas.acceptance import Accept
from schemas.base import personal_values
from schemas.codes import Platform
from schemas.errors import InvalidInput
from schemas.exchange import AnswerClass
from tests.workflows.fakes import World
from tests.workflows.fakes import said as answered
from tests.workflows.listening import licence_start, new_person
from tests.workflows.long_world import clerk, county, serving
from tests.workflows.requests import request, spouse
from tests.workflows.saying import CLERK, SUPERVISED, said
from tests.workflows.scenes import SCENES, Scene, a_while
from tests.workflows.waiting import eventually
from tests.workflows.walking import Walked, walk

LINES = ("等：", "轮到：", "起：", "解除：")
PERSONAL = [value for _, _, value in personal_values((*request().parties, spouse())) if isinstance(value, str)]


def in_chinese(text: str) -> bool:
    return any("一" <= letter <= "鿿" for letter in text)


def ids(world: World) -> list[str]:
    """The workflows of a world; what cases share has a stream for each chain of runs, behind its id."""
    shared = ("digitisation", "completion")
    return [s.rpartition("/")[0] if s.split("/")[0] in shared else s for s in world.ledger.streams]


def judge(walked: Walked) -> None:
    """What must hold of every workflow, whatever it is and however it stands."""
    assert in_chinese(walked.summary) and in_chinese(walked.details), walked.workflow_id
    assert walked.sentences, walked.workflow_id
    assert [kind for kind, sentence in walked.sentences if not in_chinese(sentence)] == [], walked.workflow_id
    assert walked.unsealed == [], walked.workflow_id
    for value in PERSONAL:
        assert not [text for text in walked.shown if value in text], walked.workflow_id
    if walked.running:
        assert [line[: line.index("：") + 1] for line in walked.current.split("\n\n")] == list(LINES)
    else:
        assert walked.columns.get("SlaColour") is None and walked.columns.get("StuckReason") is None
        assert in_chinese(walked.current)


def test_what_is_searched_for_is_there() -> None:
    assert PERSONAL == ["350526199001010019", "测试甲", "350526199003071237", "测试乙"]


@pytest.mark.parametrize("name", SCENES)
async def test_every_procedure_speaks_to_people_and_names_none(
    client: Client, temporal_settings: TemporalSettings, name: str
) -> None:
    setting, opening = SCENES[name]
    world = setting()
    async with serving(client, temporal_settings, world) as queue:
        scene = Scene(client, queue, world)
        await opening(scene)
        _, words = SUPERVISED["reassign"]
        assert "not_a_supervisor" in await scene.refused("application", "reassign", said((CLERK, words)))
        await a_while(2.5)  # reminders, and the first colours
        waiting = [await walk(client, workflow_id) for workflow_id in ids(world)]
        assert any(walked.running and walked.workflow_id.startswith(f"{name}/") for walked in waiting)
        assert any(kind == "timer" for walked in waiting for kind, _ in walked.sentences)
        await scene.does("application", "withdraw")
        await scene.case.result()
        with pytest.raises(InvalidInput):
            late = Accept(command_id="late-1", actor=clerk())
            await send_act(client, scene.case.id, "accept", late, late.command_id)
        afterwards = [await walk(client, workflow_id) for workflow_id in ids(world)]
    assert {"application", name, "refused"} <= {walked.workflow_id.partition("/")[0] for walked in afterwards}
    assert any(walked.failures for walked in afterwards), "what was refused"
    for walked in (*waiting, *afterwards):
        judge(walked)


async def test_a_silent_platform_and_a_completion_of_the_counter(
    client: Client, temporal_settings: TemporalSettings
) -> None:
    world = county("r_verify")
    sharing = world.platforms[Platform.DATA_SHARING]
    sharing.answers = {"fertility": lambda q: answered(AnswerClass.TRANSIENT)}
    async with serving(client, temporal_settings, world) as queue:
        case = await submit(client, queue, request())
        licence = await start_completion(client, queue, licence_start("LC-1", new_person()))
        await eventually(lambda: len(sharing.asked) >= 2 and bool(world.outside.collaboration.requests))
        walked = [await walk(client, handle.id) for handle in (case, licence)]
    for each in walked:
        judge(each)
    assert [w.columns.get("StuckReason") for w in walked] == ["平台未应答:市汇聚共享平台", None]
    assert [w.columns["WaitingOn"] for w in walked] == ["市汇聚共享平台", "德化县公安局"]
