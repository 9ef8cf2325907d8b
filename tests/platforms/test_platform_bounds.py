"""Limits of time, pace and size, and what must never be seen: personal data and secrets."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from contextlib import suppress
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from activities.sharing import SharingClient
from infra.platforms import clients
from infra.platforms.data_sharing import _Row
from infra.platforms.transport import CONCURRENT_REQUESTS, SIZE_LIMIT, http_client
from infra.sandbox.vocabulary import Operation
from schemas.codes import SHARING_PLATFORMS, Platform
from schemas.exchange import AnswerClass, PlatformAnswer
from tests.platforms.world import SECRETS, World, asking, settings

A = AnswerClass
NATIONAL, SHARING = Platform.ELICENCE_NATIONAL, Platform.DATA_SHARING


async def test_search_and_file_share_the_time_of_one_ask(world: World) -> None:
    """Settings say three seconds for the whole ask; 1.8 for the search leaves too little for a link of 1.8."""
    configured = settings(world.base_url, NATIONAL, timeout_seconds=2.9, ask_seconds=3)
    client = clients({NATIONAL: configured}, world.http)[NATIONAL]
    batch, query = asking(world, NATIONAL)
    await client.find(batch, query)  # the token
    world.state.forget_answers()
    world.fault("slow", platform=NATIONAL, delay_seconds=1.8)
    found = await client.find(batch, query)
    assert found.kind is A.FOUND
    answer = await client.fetch(batch, query, found.records[0])
    assert isinstance(answer, PlatformAnswer)
    assert (answer.kind, answer.detail) == (A.TRANSIENT, "ask_timeout")


async def test_a_body_that_drips_is_not_waited_for(world: World) -> None:
    left_off = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n")
        with suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        left_off.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        configured = settings(f"http://127.0.0.1:{port}", SHARING, timeout_seconds=0.3)
        client = clients({SHARING: configured}, world.http)[SHARING]
        answer = await client.find(*asking(world, SHARING))
        assert (answer.kind, answer.detail) == (A.TRANSIENT, "timeout")
        await asyncio.wait_for(left_off.wait(), 20)  # it dripped until we hung up


async def test_nobody_there(world: World) -> None:
    with_nobody = settings("http://127.0.0.1:9", SHARING)
    answer = await clients({SHARING: with_nobody}, world.http)[SHARING].find(*asking(world, SHARING))
    assert (answer.kind, answer.detail) == (A.TRANSIENT, "connection_failed")


async def test_the_pace_of_the_settings_is_kept(world: World) -> None:
    configured = settings(world.base_url, SHARING, requests_per_second=50)
    client = clients({SHARING: configured}, world.http)[SHARING]
    asked = [asking(world, SHARING, round=number) for number in range(20)]
    started = time.monotonic()
    answers = await asyncio.gather(*(client.find(batch, query) for batch, query in asked))
    assert time.monotonic() - started >= 0.25  # five at once, fifteen more at fifty a second
    assert {answer.kind for answer in answers} == {A.FOUND}


async def test_a_pace_below_one_a_second_works(world: World) -> None:
    configured = settings(world.base_url, SHARING, requests_per_second=0.2, ask_seconds=2)
    client = clients({SHARING: configured}, world.http)[SHARING]
    assert (await client.find(*asking(world, SHARING))).kind is A.FOUND
    second = await client.find(*asking(world, SHARING, round=2))
    assert (second.kind, second.detail) == (A.TRANSIENT, "ask_timeout")


async def test_one_platform_that_hangs_leaves_the_others_alone(world: World) -> None:
    world.fault("slow", platform=SHARING, delay_seconds=20.0)
    async with http_client(CONCURRENT_REQUESTS + 5) as http:
        impatient = settings(world.base_url, SHARING, timeout_seconds=3, ask_seconds=3)
        both = clients({SHARING: impatient, NATIONAL: settings(world.base_url, NATIONAL)}, http)
        hanging = [
            asyncio.create_task(both[SHARING].find(*asking(world, SHARING, round=number)))
            for number in range(CONCURRENT_REQUESTS * 2)
        ]
        await asyncio.sleep(0.05)
        assert (await both[NATIONAL].find(*asking(world, NATIONAL))).kind is A.FOUND
        assert not any(task.done() for task in hanging)
        assert {answer.kind for answer in await asyncio.gather(*hanging)} == {A.TRANSIENT}
        world.calm()
        assert (await both[SHARING].find(*asking(world, SHARING))).kind is A.FOUND


def _mocked(respond: Any, platform: Platform = SHARING) -> Any:
    http = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    return clients({platform: settings("https://platform.example/share", platform)}, http)[platform]


def _said(content: bytes, media_type: str = "application/json", status: int = 200, **headers: str) -> httpx.Response:
    """A response whose body has not been read yet, as from a network."""
    named = {"content-type": media_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(content))


def _json(value: Any) -> httpx.Response:
    return _said(json.dumps(value, ensure_ascii=False).encode())


OK_BODY = b'{"code":"204","data":null}'


@pytest.mark.parametrize(
    ("response", "kind", "detail"),
    [
        (_said(OK_BODY, "text/plain"), A.CONFIG, "wrong_content_type"),
        (_said(OK_BODY, ""), A.CONFIG, "wrong_content_type"),
        (_said(b"", status=302, location="https://elsewhere.example/"), A.CONFIG, "http_302"),
        (_said(b"", status=204), A.CONFIG, "http_204"),
        (_said(b"x", content_encoding="gzip"), A.CONFIG, "unexpected_encoding"),
        (_said(OK_BODY.decode().encode("utf-16")), A.CONFIG, "wrong_schema"),
        (_said(b""), A.CONFIG, "wrong_schema"),
        (_json({"code": 204, "note": "a number will do"}), A.NOT_FOUND, "no_record"),
        (_json({"code": True}), A.CONFIG, "wrong_schema"),
        (_json({"code": "two words"}), A.CONFIG, "wrong_schema"),
        (_json(["204"]), A.CONFIG, "wrong_schema"),
        (_json({"code": "504", "data": "nothing like it should be"}), A.TRANSIENT, "source_timeout"),
        (_json({"code": "200", "data": {"total": 9, "rows": []}}), A.CONFIG, "incomplete_list"),
        (_json({"code": "200", "data": {"total": 0, "rows": []}}), A.CONFIG, "wrong_schema"),
        (_json({"code": "200"}), A.CONFIG, "wrong_schema"),
    ],
)
async def test_odd_answers(world: World, response: httpx.Response, kind: AnswerClass, detail: str) -> None:
    client = _mocked(lambda request: response)
    answer = await client.find(*asking(world, SHARING))
    assert (answer.kind, answer.detail) == (kind, detail)


ROW = {
    "resource_code": "307001001/000001",
    "subject_code": "350526199001010019",
    "subject_name": "测试甲",
    "status": "01",
    "valid_from": "2020-01-01",
    "valid_until": "长期",
    "fields": {"a": 1, "b": True, "c": "文", "d": None, "e": [1], "f": {"g": 1}, "h": 1.5},
}


async def test_unknown_fields_are_passed_over_and_nested_content_left_out(world: World) -> None:
    row = ROW | {"new_field": {"x": 1}}
    body = {"code": "200", "data": {"total": 1, "rows": [row], "page": 1}, "trace": "t"}
    answer = await _mocked(lambda request: _json(body)).find(*asking(world, SHARING))
    assert answer.kind is A.FOUND
    (record,) = answer.records
    assert record.content == {"a": 1, "b": True, "c": "文"}
    assert record.valid_until is None


@pytest.mark.parametrize(
    "change",
    [{"status": 1}, {"status": "valid"}, {"valid_until": "明年"}, {"valid_until": 20300101}, {"subject_code": 350526},
     {"subject_name": None}, {"fields": "text"}],
)  # fmt: skip
async def test_what_is_relied_on_is_strict(world: World, change: dict[str, Any]) -> None:
    body = {"code": "200", "data": {"total": 1, "rows": [ROW | change]}}
    answer = await _mocked(lambda request: _json(body)).find(*asking(world, SHARING))
    assert (answer.kind, answer.detail) == (A.CONFIG, "wrong_schema")


async def test_no_record_with_records_proves_neither(world: World) -> None:
    body = {"code": "204", "data": {"total": 1, "rows": [ROW]}}
    answer = await _mocked(lambda request: _json(body)).find(*asking(world, SHARING))
    assert (answer.kind, answer.detail) == (A.CONFIG, "wrong_schema")


@pytest.mark.parametrize(
    ("url", "file", "detail"),
    [
        ("https://elsewhere.example/file", None, "foreign_link"),
        ("//elsewhere.example/file", None, "foreign_link"),
        ("http://platform.example/file", None, "foreign_link"),
        ("https://platform.example:444/file", None, "foreign_link"),
        ("file:///etc/passwd", None, "foreign_link"),
        ("https://platform.example:abc/", None, "bad_link"),
        ("https://[", None, "foreign_link"),
        ("share/file", (b"<html>", "text/html"), "wrong_content_type"),
        ("share/file", (b"<html>", "application/pdf"), "not_the_file_it_says"),
        ("share/file", (b"", "application/ofd"), "not_the_file_it_says"),
        ("share/file", (b"x" * (SIZE_LIMIT + 1), "application/pdf"), "too_large"),
    ],
)
async def test_links_and_files_that_are_not_taken(
    world: World, url: str, file: tuple[bytes, str] | None, detail: str
) -> None:
    paths: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        paths.append(str(request.url))
        if request.method == "GET" and file is not None:
            return _said(*file)
        return _json({"head": {"status": 0}, "data": {"url": url}})

    platform = Platform.ELICENCE_PROVINCIAL
    batch, query = asking(world, platform)
    record = (await world.clients[platform].find(batch, query)).records[0]
    answer = await _mocked(respond, platform).fetch(batch, query, record)
    assert isinstance(answer, PlatformAnswer)
    assert (answer.kind, answer.detail) == (A.CONFIG, detail)
    assert all(path.startswith("https://platform.example/share/elicence-provincial/share/") for path in paths)


async def test_a_token_is_renewed_before_it_ends(world: World) -> None:
    served: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        served.append(request.url.path.rpartition("/")[2])
        data = {"access_token": f"t{len(served)}", "expires_in": 0} if served[-1] == "token" else None
        return _json({"head": {"code": "0" if data else "3"}, "data": data})

    client = _mocked(respond, NATIONAL)
    for _ in range(2):
        assert (await client.find(*asking(world, NATIONAL))).kind is A.NOT_FOUND
    assert served == ["token", "search", "token", "search"]


async def test_a_broken_license_list_is_no_hit(world: World) -> None:
    """Records of another type than asked for, or fewer than were counted."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("token"):
            return _json({"head": {"code": 0}, "data": {"access_token": "t", "expires_in": 60}})
        return _json({"head": {"code": "0"}, "data": {"total": 2, "certificates": []}})

    answer = await _mocked(respond, NATIONAL).find(*asking(world, NATIONAL))
    assert (answer.kind, answer.detail) == (A.CONFIG, "wrong_schema")


async def test_nothing_personal_and_no_secret_is_ever_seen(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """All logs of all libraries at their loudest, every representation, and the errors of the wire models."""
    caplog.set_level(logging.DEBUG)
    private = [world.holder.code, world.holder.name, "样例私密事实", "甲级", *SECRETS.values()]
    seen: list[str] = []
    for fault in (None, "wrong_schema", "garbage", "down", "http_5xx", "unauthorised", "wrong_person"):
        world.calm()
        if fault:
            world.fault(fault, operation=Operation.SEARCH)
        for platform in SHARING_PLATFORMS:
            batch, query = asking(world, platform)
            client = world.client(platform)
            answer = await client.find(batch, query)
            seen += [repr(answer), repr(client), repr(client.transport.signer), repr(batch)]
            if answer.records:
                seen.append(repr(await client.fetch(batch, query, answer.records[0])))
    text = "\n".join([*seen, *(record.getMessage() for record in caplog.records), caplog.text])
    assert "HTTP Request: POST" in text
    for value in private:
        assert value not in text


def test_an_unreadable_answer_does_not_show_itself_in_its_error() -> None:
    with pytest.raises(ValidationError) as caught:
        _Row.model_validate_json('{"subject_name": 5, "subject_code": "350526199001010019"}')
    assert "350526199001010019" not in str(caught.value)


def test_the_clients_are_sharing_clients(world: World) -> None:
    held: dict[Platform, SharingClient] = dict(world.clients)
    assert set(held) == set(SHARING_PLATFORMS)
