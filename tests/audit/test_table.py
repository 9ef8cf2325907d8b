"""The table of a bundle, as a spreadsheet reads it."""

from __future__ import annotations

import csv
import io
import json
import zipfile

from infra.audit.table import EventTable
from schemas.texts import zh_audit
from tests.audit.world import World


def rows_of(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_every_event_has_its_row(world: World) -> None:
    await world.add("A-1", "A-2")
    await world.keep()
    bundle, _ = await world.export("A-2", "A-1")
    with zipfile.ZipFile(bundle) as files:
        rows = rows_of(files.read(zh_audit.TABLE))
    assert [row["日志序号"] for row in rows] == [str(n) for n in (*range(9, 18), *range(9))]
    assert (rows[0]["办件编号"], rows[0]["事件代码"], rows[0]["操作主体"]) == ("A-2", "application_received", "yewu-01")
    assert rows[0]["事件"] != rows[0]["事件代码"]


def test_nothing_in_it_is_a_formula() -> None:
    table = EventTable()
    table.add(0, 0, json.dumps({"application_no": "=cmd()", "stream": 'a,"b"\n', "body": {"type": "@x"}, "actor": 1}))
    table.add(1, 1, "{")
    rows = rows_of(b"".join(table.pieces()))
    table.close()
    assert (rows[0]["办件编号"], rows[0]["事件流"], rows[0]["事件代码"]) == ("'=cmd()", 'a,"b"\n', "'@x")
    assert rows[1]["日志序号"] == "1"
