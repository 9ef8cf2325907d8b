"""Download links: once, for ten minutes, and never for anybody without a seal; and who may ask for what."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from infra.sandbox.copies import ofd_copy, pdf_copy
from infra.sandbox.guard import load_callers
from schemas.codes import Platform
from schemas.exchange import AnswerClass, Batch
from tests.platforms.world import CASE, PURPOSE, SECRETS, World, asking, open_world

PLATFORM = Platform.ELICENCE_PROVINCIAL


class Clock:
    """The real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.added = 0.0

    def __call__(self) -> float:
        return time.time() + self.added


async def _ticket(world: World) -> tuple[Batch, str]:
    """The link of a licence, taken but not followed."""
    batch, query = asking(world, PLATFORM)
    client = world.clients[PLATFORM]
    found = await client.find(batch, query)
    key = {"certIdentifier": found.records[0].identifier, "fileType": "ofd", "useCause": batch.purpose,
           "businessCode": batch.application_no, "itemCode": "x", "itemName": "x", "operatorId": "x"}  # fmt: skip
    signer = client.transport.signer
    stamp = signer.stamp()
    token = signer.hex(signer.access_id + stamp.timestamp + stamp.nonce)
    document = {"head": {"accessId": signer.access_id, "accessToken": token}, "data": key}
    reply = await client.transport.post("share/downloadUrl", document, "k", stamp)
    return batch, httpx.Response(200, content=reply.body).json()["data"]["url"]


async def _follow(world: World, link: str, clock: Clock, sign: bool = True) -> httpx.Response:
    target = f"/elicence-provincial/{link}"
    timestamp, nonce = str(int(clock() * 1000)), hashlib.sha256(repr(time.perf_counter_ns()).encode()).hexdigest()[:32]
    text = "\n".join(("GET", target, hashlib.sha256(b"").hexdigest(), timestamp, nonce))
    headers = {
        "X-Client-Id": "mz-elicence_provincial",
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": hmac.new(SECRETS[PLATFORM].encode(), text.encode(), hashlib.sha256).hexdigest(),
    }
    return await world.http.get(world.base_url + target, headers=headers if sign else {})


async def test_a_link_serves_once_and_for_ten_minutes() -> None:
    clock = Clock()
    async with open_world(clock) as world:
        world.calm()
        _, link = await _ticket(world)
        assert (await _follow(world, link, clock, sign=False)).json()["head"]["status"] == 11
        first = await _follow(world, link, clock)
        assert (first.status_code, first.headers["content-type"]) == (200, "application/ofd")
        assert PURPOSE.encode() in first.content
        assert (await _follow(world, link, clock)).status_code == 410

        _, link = await _ticket(world)
        clock.added = 599.0
        assert (await _follow(world, link, clock)).status_code == 200
        clock.added = 0.0
        _, link = await _ticket(world)
        clock.added = 601.0
        assert (await _follow(world, link, clock)).status_code == 410
        assert (await _follow(world, "share/downloadCertFile?ticket=invented", clock)).status_code == 410


async def test_a_caller_gets_only_what_it_may_ask_for() -> None:
    async with open_world() as world:
        world.calm()
        guard = world.state.guards[PLATFORM]
        guard.caller = replace(guard.caller, resources=frozenset({"another"}))
        answer = await world.clients[PLATFORM].find(*asking(world, PLATFORM))
        assert (answer.kind, answer.platform_code) == (AnswerClass.CONFIG, "100")


def test_copies_are_small_and_carry_their_use() -> None:
    for copy, magic in ((pdf_copy, b"%PDF-"), (ofd_copy, b"PK")):
        content = copy("1.2.156.3005.2.X", "用途（甲）<&>\n第二行", CASE)
        assert content.startswith(magic)
        assert CASE.encode() in content
        assert "用途（甲）".encode() in content
        assert len(content) < 4096


def test_a_pdf_finds_its_objects() -> None:
    content = pdf_copy("id(1)\\", PURPOSE, CASE)
    start = int(content.rpartition(b"startxref\n")[2].split(b"\n")[0])
    assert content[start:].startswith(b"xref")
    offsets = [int(line[:10]) for line in content[start:].split(b"\n") if line.endswith(b"00000 n ")]
    assert [content[o:].split(b" ")[0] for o in offsets] == [b"1", b"2", b"3", b"4", b"5"]


def test_a_secrets_file_that_lacks_a_platform_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text('{"data_sharing": {"access_id": "a", "secret": "hidden-value"}}')
    with pytest.raises(ValueError, match=r"secrets\.json") as caught:
        load_callers(path)
    assert "hidden-value" not in str(caught.value)
