"""Exports at the door: what is asked for is made whole or not at all, and fetched by nobody else."""

from __future__ import annotations

import asyncio
import os
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from infra.audit import verify
from infra.audit.jobs import Job, Jobs, forget_files
from infra.embedded.postgres import APP_ROLE, EmbeddedPostgres
from infra.identity.subject_keys import SubjectKeys
from infra.ledger.writer import PostgresLedger
from schemas.authority import Action, Role
from tests.audit.world import World, broken
from tests.gateway.exporting import ExportDoor, open_exports
from tests.ledger.cases import MASTER_KEY
from tests.workflows.waiting import eventually_async

MINE, OTHERS = "11350526MB0000002F", "11350526MB0000003J"


@pytest.fixture
async def exports(
    database: asyncpg.Pool, database_name: str, postgres: EmbeddedPostgres, tmp_path: Path
) -> AsyncIterator[ExportDoor]:
    world = World(database, PostgresLedger(database, SubjectKeys(database, MASTER_KEY)), tmp_path)
    async with open_exports(world, postgres.dsn(APP_ROLE, database_name)) as door:
        await world.add("A-1", "A-2", "A-3")
        await world.keep(world.signer)
        await database.execute(
            "INSERT INTO worklist.application (application_no, item_code, department, taken_in_by, stage, received_at,"
            " keys) SELECT n, 'pottery', d, d, 'handed_over', '2025-11-24 01:30Z', ARRAY['decides:' || d]"
            " FROM unnest($1::text[], $2::text[]) AS t (n, d)",
            ["A-1", "A-2", "A-3"],
            [MINE, OTHERS, MINE],
        )
        yield door


async def test_a_bundle_is_asked_for_made_and_fetched(exports: ExportDoor) -> None:
    auditor = exports.callers.add("auditor-1", Role.AUDITOR)
    told = await exports.over(auditor, await exports.ask(auditor, applications=["A-2"], complete=True))
    assert (told["state"], told["cases"], told["events"]) == ("done", 1, 9), told
    answer = await exports.http.get(told["file"], headers=auditor)
    assert answer.headers["content-type"] == "application/zip"
    bundle = exports.world.folder / "fetched.zip"
    bundle.write_bytes(answer.content)
    assert verify.sha256(answer.content).hex() == told["sha256"]
    assert broken(verify.verify(bundle, [exports.world.signer.verifier_key()])) == set()
    assert {look[1] for look in exports.noted.looks} == {Action.EXPORT}, "each request is on record"
    part = await exports.http.get(told["file"], headers=auditor | {"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"PK\x03\x04")
    (listed,) = (await exports.http.get("/exports", headers=auditor)).json()["exports"]
    assert listed == told
    other = exports.callers.add("auditor-2", Role.AUDITOR)
    for address in (told["file"], f"/exports/{told['export_id']}"):
        assert (await exports.http.get(address, headers=other)).status_code == 404
    assert (await exports.http.get("/exports", headers=other)).json() == {"exports": []}


@pytest.mark.parametrize(
    ("form", "type_", "beginning"),
    [
        ("csv", "text/csv; charset=utf-8", b"\xef\xbb\xbf"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
        ("xes", "application/xml", b"<?xml"),
        ("ocel", "application/json", b'{"objectTypes"'),
    ],
)
async def test_files_for_reading(exports: ExportDoor, form: str, type_: str, beginning: bytes) -> None:
    auditor = exports.callers.add("auditor-1", Role.AUDITOR)
    told = await exports.over(auditor, await exports.ask(auditor, format=form, query={"item_code": "pottery"}))
    answer = await exports.http.get(told["file"], headers=auditor)
    assert answer.headers["content-type"] == type_
    assert answer.content.startswith(beginning)
    assert (told["cases"], told["bytes"], told["format"]) == (3, len(answer.content), form)
    assert told["file_name"].endswith({"ocel": ".jsonocel"}.get(form, f".{form}"))


async def test_a_department_takes_away_its_own_cases_and_no_others(exports: ExportDoor) -> None:
    staff = exports.callers.add("staff-1", Role.DEPARTMENT, department=MINE)
    assert (await exports.ask(staff, applications=["A-2"])).status_code == 404, "as one that is not there"
    assert (await exports.ask(staff, applications=["A-9"])).status_code == 404
    assert [look[2] for look in exports.noted.looks if look[3].code == "not_found"] == ["A-2", "A-9"]
    for wanted in ({}, {"applications": ["A-1"], "complete": True}):
        assert (await exports.ask(staff, **wanted)).json()["code"] == "whole_log"
    told = await exports.over(staff, await exports.ask(staff, query={"item_code": "pottery"}))
    assert (told["state"], told["cases"]) == ("done", 2), told
    for role in (Role.CLERK, Role.SUPERVISOR, Role.OPERATOR):
        other = exports.callers.add(f"other-{role}", role, department=MINE)
        assert (await exports.ask(other, applications=["A-1"])).json()["code"] == "not_of_role"


@pytest.mark.parametrize(
    ("wanted", "cases"),
    [
        ({"query": {"department": MINE}}, 2),
        ({"query": {"ground": "elicence"}}, 3),
        ({"query": {"outcome": "hit", "department": OTHERS}}, 1),
        ({"query": {"stage": "handed_over"}, "since": "2025-11-24", "until": "2025-11-24"}, 3),
        ({}, 3),
        ({"query": {"ground": "commitment"}}, None),
        ({"query": {"not_exempted": True}}, None),
        ({"query": {"item_code": "pottery"}, "since": "2025-11-25"}, None),
    ],
)
async def test_what_a_query_finds(exports: ExportDoor, wanted: dict[str, object], cases: int | None) -> None:
    auditor = exports.callers.add("auditor-1", Role.AUDITOR)
    told = await exports.over(auditor, await exports.ask(auditor, **wanted))
    expected = ("refused", "nothing", 0) if cases is None else ("done", None, cases)
    assert (told["state"], told["code"], told["cases"]) == expected


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"applications": ["350526199001010019"]}, "applications.0"),
        ({"applications": ["A-1"] * 2001}, "applications"),
        ({"applications": ["../../etc"]}, "applications.0"),
        ({"query": {"department": "德化县"}}, "query.department"),
        ({"query": {"stage": "nowhere"}}, "query.stage"),
        ({"query": {"item_code": "x\x00"}}, "query.item_code"),
        ({"since": "2026-13-01"}, "since"),
        ({"since": "0001-01-01"}, "since"),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "(whole)"),
        ({"format": "pdf"}, "format"),
        ({"format": "xes", "complete": True}, "(whole)"),
        ({"with_files": True}, "(whole)"),
        ({"reason": "查 350526199001010019"}, "reason"),
        ({"anchors": ["x"] * 21}, "anchors"),
        ({"applications": ["A-1"], "query": {"department": MINE}}, "(whole)"),
        ({"path": "/tmp/out.zip"}, "path"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_its_field(
    exports: ExportDoor, wanted: dict[str, object], field: str
) -> None:
    auditor = exports.callers.add("auditor-1", Role.AUDITOR)
    answer = await exports.ask(auditor, **wanted)
    assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (422, [field]), answer.text


async def test_what_is_found_out_in_trying_is_told(exports: ExportDoor) -> None:
    auditor = exports.callers.add("auditor-1", Role.AUDITOR)
    for anchors, code in ((["nothing"], "no_anchor"), ([(await exports.world.kept()).read_text()], None)):
        told = await exports.over(auditor, await exports.ask(auditor, applications=["A-1"], anchors=anchors))
        assert told["code"] == code
    await exports.world.add("A-4")
    told = await exports.over(auditor, await exports.ask(auditor, applications=["A-4"]))
    assert (told["state"], told["code"], told["file"]) == ("refused", "not_in_log", None)
    assert "A-4" in told["message"]
    answer = await exports.http.get(f"/exports/{told['export_id']}/file", headers=auditor)
    assert answer.json()["code"] == "export_not_done"
    assert [path.name for path in (exports.settings.exports_path / told["export_id"]).iterdir()] == ["job.json"]


async def test_more_than_there_is_room_for_is_refused_and_one_that_is_broken_off_says_so(exports: ExportDoor) -> None:
    auditor = exports.callers.add("auditor-1", Role.AUDITOR)
    bounds = exports.settings.audit
    most = bounds.exports_at_once + bounds.exports_waiting
    asked = [await exports.ask(auditor, applications=["A-1"]) for _ in range(most + 1)]
    assert [answer.status_code for answer in asked] == [202] * most + [429]
    assert asked[-1].headers["retry-after"]
    await exports.jobs.__aexit__()
    for answer in asked[:-1]:
        told = await exports.over(auditor, answer)
        assert (told["state"], told["code"]) == ("failed", "broken_off")
        kept = exports.settings.exports_path / told["export_id"]
        assert [path.name for path in kept.iterdir()] == ["job.json"], "no half file"


async def test_many_who_ask_at_once_get_no_more_room_than_one_by_one(exports: ExportDoor) -> None:
    auditor = exports.callers.add("auditor-1", Role.AUDITOR)
    bounds = exports.settings.audit
    most = bounds.exports_at_once + bounds.exports_waiting
    asked = await asyncio.gather(*(exports.ask(auditor, applications=["A-1"]) for _ in range(most + 5)))
    assert sorted(answer.status_code for answer in asked) == [202] * most + [429] * 5
    await exports.jobs.__aexit__()


async def test_what_is_over_its_hours_is_not_given_out_and_goes_though_nobody_asks(exports: ExportDoor) -> None:
    auditor = exports.callers.add("auditor-1", Role.AUDITOR)
    told = await exports.over(auditor, await exports.ask(auditor, applications=["A-1"]))
    state = exports.settings.exports_path / told["export_id"] / "job.json"
    job = Job.model_validate_json(state.read_text())
    state.write_text(job.model_copy(update={"ends_at": job.asked_at}).model_dump_json())
    assert (await exports.http.get(told["file"], headers=auditor)).status_code == 404
    assert (await exports.http.get("/exports", headers=auditor)).json() == {"exports": []}
    await exports.jobs.__aexit__()

    async def left() -> set[str]:
        return set() if await asyncio.to_thread(state.exists) else {"gone"}

    async with Jobs(exports.settings):
        await eventually_async(left, {"gone"})


async def test_one_whose_process_died_with_the_machine_says_so_and_is_deleted_in_time(exports: ExportDoor) -> None:
    auditor = exports.callers.add("auditor-1", Role.AUDITOR)
    told = await exports.over(auditor, await exports.ask(auditor, applications=["A-1"]))
    state = exports.settings.exports_path / told["export_id"] / "job.json"
    state.write_text(state.read_text().replace('"done"', '"running"'))
    os.utime(state, (0, 0))
    address = f"/exports/{told['export_id']}"
    assert (await exports.http.get(address, headers=auditor)).json()["code"] == "broken_off"
    job = Job.model_validate_json(state.read_text())
    state.write_text(job.model_copy(update={"ends_at": job.asked_at}).model_dump_json())
    await exports.over(auditor, await exports.ask(auditor, applications=["A-2"]))
    assert not state.exists()
    assert (await exports.http.get(address, headers=auditor)).status_code == 404


async def test_files_of_evidence_need_the_right_to_see_persons_and_a_reason_on_record(exports: ExportDoor) -> None:
    efficiency = exports.callers.add("efficiency-1", Role.EFFICIENCY)
    wanted = {"applications": ["A-1"], "with_files": True, "reason": "复核材料真伪"}
    assert (await exports.ask(efficiency, **wanted)).json()["code"] == "not_of_role"
    auditor = exports.callers.add("auditor-1", Role.AUDITOR)
    told = await exports.over(auditor, await exports.ask(auditor, **wanted))
    assert told["state"] == "done", told
    assert Action.UNMASK in {look[1] for look in exports.noted.looks if look[0] == "auditor-1"}
    bundle = exports.world.folder / "with-files.zip"
    bundle.write_bytes((await exports.http.get(told["file"], headers=auditor)).content)
    with zipfile.ZipFile(bundle) as files:
        assert b'"reason": "absent"' in files.read("files/withheld.ndjson"), "the made-up evidence was never stored"
    other = await exports.over(auditor, await exports.ask(auditor, applications=["A-1"]))
    assert forget_files(exports.settings.exports_path) == 1
    assert (await exports.http.get(told["file"], headers=auditor)).status_code == 404
    assert {path.name for path in exports.settings.exports_path.iterdir()} == {other["export_id"]}


async def test_what_is_too_large_leaves_nothing(
    database: asyncpg.Pool, database_name: str, postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    world = World(database, PostgresLedger(database, SubjectKeys(database, MASTER_KEY)), tmp_path)
    async with open_exports(world, postgres.dsn(APP_ROLE, database_name), export_mib=1, export_cases=2) as door:
        await world.add(*(f"A-{n}" for n in range(400)))
        await world.keep()
        auditor = door.callers.add("auditor-1", Role.AUDITOR)
        told = await door.over(auditor, await door.ask(auditor))
        assert (told["state"], told["code"]) == ("refused", "too_large")
        assert [path.name for path in (door.settings.exports_path / told["export_id"]).iterdir()] == ["job.json"]
        await database.execute(
            "INSERT INTO worklist.application (application_no, item_code, stage, received_at)"
            " SELECT 'A-' || n, 'pottery', 'handed_over', '2025-11-24' FROM generate_series(0, 2) n"
        )
        told = await door.over(auditor, await door.ask(auditor, query={"item_code": "pottery"}))
        assert (told["state"], told["code"]) == ("refused", "too_many")
