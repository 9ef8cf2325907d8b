"""What is for reading, as spreadsheets and process mining read it; whatever stands in the database is taken."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from infra.audit.reading import Reading
from infra.audit.reading.case import ReadCase, read_case
from infra.audit.reading.ocel import OcelLog
from infra.audit.reading.table import EventTable
from infra.audit.reading.workbook import Workbook
from infra.audit.reading.xes import XesLog
from schemas.events import Event
from schemas.texts import zh_export
from tests.audit.world import World
from tests.cli.program import ROOT
from tests.ledger.cases import PERSONAL_TEXTS, link, received, whole_case
from tests.worklist.streams import County

MINING = ("收件", "登记开案", "查询来源", "免提交", "移交结果")
HOSTILE = (
    '{"application_no": "=cmd()", "actor": 1, "body": {"type": "@x"}}',
    "{",
    "[" * 100_000,
    "[]",
    '{"body": {"type": "a\\u0000\\u0008\\ud800b<&\\"]]>", "requirement": "+1"}, "occurred_at": "2025-11-24T00:00:00Z"}',
    '{"body": {"type": 7, "requirements": [1, {"key": ["x"], "names": 3}], "documents_digest": ["a", {}]},'
    ' "occurred_at": "9999-12-31T23:59:59-23:00"}',
    '{"body": {"type": "assignment_opened", "assignment": {"x": 1}, "due_at": "never", "assignee": "x"},'
    ' "occurred_at": "2025-11-24T00:00:00", "actor": {"actor_id": "-1"}}',
    json.dumps({"body": {"type": "x" * 40_000}, "occurred_at": "2025-11-24T00:00:00Z"}),
)


def rows_of(events: tuple[Event, ...]) -> list[dict[str, Any]]:
    """As the ledger gives them, but that nothing is sealed."""
    return [
        {"index": n, "stream": e.stream, "position": n, "sequence": e.sequence, "canonical": e.model_dump_json()}
        for n, e in enumerate(events)
    ]


def hostile() -> ReadCase:
    rows = [
        {"index": None, "stream": 'a,"b"\n', "position": n, "sequence": n, "canonical": canonical}
        for n, canonical in enumerate(HOSTILE)
    ]
    return read_case("A-1", rows)


def made(reading: Reading, *cases: ReadCase) -> bytes:
    try:
        for case in cases:
            reading.add(case)
        return b"".join(reading.pieces("第一行\n=第二行"))
    finally:
        reading.close()


def table(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheets(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert not [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"], "no formula"
    return {sheet.title: [tuple(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


async def test_a_bundle_has_all_of_them_and_nothing_personal(world: World) -> None:
    await world.add("A-1", "A-2")
    await world.keep()
    bundle, _ = await world.export("A-2", "A-1")
    with zipfile.ZipFile(bundle) as files:
        rows = table(files.read(zh_export.TABLE))
        book = sheets(files.read(zh_export.WORKBOOK))
        text = str(book) + files.read(zh_export.XES).decode() + files.read(zh_export.OCEL).decode()
    assert [row["日志序号"] for row in rows] == [str(n) for n in (*range(9, 18), *range(9))]
    assert (rows[0]["办件编号"], rows[0]["事件代码"], rows[0]["操作主体"]) == ("A-2", "application_received", "yewu-01")
    assert rows[0]["事件"] == "收件"
    assert not [personal for personal in PERSONAL_TEXTS if personal in text]
    (head, first, second) = book["办件"]
    assert dict(zip(head, first, strict=True)) | {"收件时间": "x"} == {
        "办件编号": "A-2", "事项编码": "pottery_market_entry", "事项名称": "陶瓷市场准入", "主管部门": None,
        "目录版本": "c2025_11", "收件时间": "x", "受理时间": None, "决定": None, "证明要求（项）": 3, "免提交（项）": 3,
        "不能免提交（项）": 0, "事件（条）": 9, "最近事件": "移交结果", "最近事件时间": "2025-11-24 09:30:08",
    }  # fmt: skip
    assert second[0] == "A-1"
    assert len(book["事件"]) == 19
    evidence = dict(zip(book["证明材料与路径"][0], book["证明材料与路径"][1], strict=True))
    assert (evidence["结果"], evidence["路径"], evidence["所试来源"]) == (
        "免提交",
        "电子证照库",
        "电子证照库：查得",
    )
    assert any("怎样核验" in str(row) for row in book["说明"])


def test_deadlines_and_what_a_reset_replaced() -> None:
    county = County(5)
    whole: dict[str, list[Event]] = {}
    for _ in range(400):
        stream, event = county.happen()
        whole.setdefault(stream.name, []).append(event)
    rows: list[Mapping[str, Any]] = []
    for name in sorted(whole):
        rows += rows_of(tuple(whole[name]))
    case = read_case("W", rows)
    standing = {event.event_id for stream in county.streams.values() for event in stream.events}
    assert {e.tree["event_id"] for e in case.events if e.stands} == {str(i) for i in standing}
    book = sheets(made(Workbook(), case))
    opened = [e for e in case.standing if e.type == "assignment_opened"]
    assert len(book["时限"]) == 1 + len({(e.stream, e.body["assignment"]) for e in opened})
    assert {row[9] is None for row in book["时限"][1:]} == {True, False}
    replaced = sum(row["备注"] == zh_export.REPLACED for row in table(made(EventTable(), case)))
    assert replaced == len(rows) - len(standing) > 0


def test_nothing_in_a_table_is_a_formula() -> None:
    rows = table(made(EventTable(), hostile()))
    assert len(rows) == len(HOSTILE)
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert (rows[0]["办件编号"], rows[0]["事件流"], rows[0]["事件代码"]) == ("'=cmd()", 'a,"b"\n', "'@x")
    book = sheets(made(Workbook(), hostile()))
    assert ("=第二行",) in book["说明"], "a text, and quoted"
    assert ("=cmd()", "@x") in [(row[0], row[5]) for row in book["事件"]]


def test_a_full_sheet_goes_on_in_another() -> None:
    cases = [read_case(f"A-{n}", rows_of(whole_case(f"A-{n}"))) for n in range(3)]
    book = sheets(made(Workbook(rows=10), *cases))
    assert [len(book[name]) for name in ("事件", "事件（2）", "事件（3）")] == [10, 10, 10]
    assert book["事件（3）"][0] == book["事件"][0]


def test_a_log_for_mining_takes_whatever_there_is() -> None:
    log = ElementTree.fromstring(made(XesLog(), hostile(), read_case("A-2", rows_of(whole_case("A-2")))))
    space = "{http://www.xes-standard.org/}"
    assert [len(trace.findall(f"{space}event")) for trace in log.findall(f"{space}trace")] == [2, 9]
    told = json.loads(made(OcelLog(), hostile(), read_case("A-2", rows_of(whole_case("A-2")))))
    ids = {each["id"] for each in told["objects"]}
    assert len(ids) == len(told["objects"])
    related = [each for kind in ("objects", "events") for one in told[kind] for each in one["relationships"]]
    assert {each["objectId"] for each in related} <= ids
    assert json.loads(made(OcelLog())) == told | {"eventTypes": [], "objects": [], "events": []}


def cases() -> Iterator[ReadCase]:
    for n in range(4):
        yield read_case(f"A-{n}", rows_of(whole_case(f"A-{n}")))
    yield read_case("A-9", rows_of(link("A-9", (received(),))))


async def mined(kind: str, path: Path) -> dict[str, Any]:
    """What pm4py makes of a file, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.audit.mining", kind, str(path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(told.decode().splitlines()[-1])
    return found


@pytest.mark.timeout(300)
async def test_process_mining_discovers_the_process(tmp_path: Path) -> None:
    """pm4py loads both files; the models it discovers have our activities, in the order in which they happen."""
    xes, ocel = tmp_path / "事件.xes", tmp_path / "事件.jsonocel"
    xes.write_bytes(made(XesLog(), *cases()))
    ocel.write_bytes(made(OcelLog(), *cases()))
    found = await mined("xes", xes)
    assert (found["traces"], found["events"]) == (5, 37)
    assert set(found["transitions"]) == set(MINING), "of the Petri net that the inductive miner finds"
    assert ["收件", "登记开案"] in found["follows"]
    assert ["免提交", "移交结果"] in found["follows"]
    assert found["fitness"] == pytest.approx(1.0)
    found = await mined("ocel", ocel)
    assert found["events"] == 37
    assert found["types"] == {"application": 5, "requirement": 12, "evidence": 1, "department": 1}
    assert set(found["activities"]) == set(MINING)
    assert set(found["nets"]) == {"application", "requirement", "evidence", "department"}
    assert set(found["nets"]["requirement"]) == {"登记开案", "查询来源", "免提交"}
