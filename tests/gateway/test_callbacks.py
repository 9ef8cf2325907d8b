"""The callback door: who is let in, what is taken, and what a platform is told of what is not."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from infra.gateway.callbacks import (
    LARGEST_BODY,
    ActNotTaken,
    Callback,
    CallbackState,
    NoSuchStream,
    NotNow,
    create_app,
)
from infra.settings import CallbackSettings
from schemas.assistance_exchange import AssistanceCallback, AssistanceStep
from schemas.codes import Platform
from schemas.collaboration_exchange import CollaborationCallback
from schemas.errors import FieldError

SECRETS = {Platform.COLLABORATION: "secret-of-collaboration", Platform.ASSISTANCE: "secret-of-assistance"}
NOW = 1_770_000_000.0
REPLY: dict[str, Any] = {
    "message_id": "m-1",
    "stream": "verification/A-1/need_licence/p1",
    "key": "A-1/need_licence/p1/verification/1",
    "department": "11350526MB0000002F",
    "verdict": "confirmed",
    "reason": "档案相符\n已核对原件",
    "document_digest": "a" * 64,
    "conditions": None,
    "backfilled": True,
    "answered_at": "2026-02-02T10:00:00+08:00",
}
STEP: dict[str, Any] = {
    "message_id": "m-2",
    "stream": "assistance/A-1",
    "key": "A-1/assistance/1",
    "step": "finished",
    "helper": "helper-007",
    "text": "已办结",
    "document_digest": "b" * 64,
    "at": "2026-02-02T10:00:00+08:00",
}


@dataclass
class Door:
    """The door, somebody behind it, and a platform before it."""

    http: httpx.AsyncClient
    received: list[Callback] = field(default_factory=list)
    failure: Exception | None = None
    now: float = NOW
    nonces: int = 0

    async def deliver(self, callback: Callback) -> CallbackState:
        if self.failure is not None:
            raise self.failure
        self.received.append(callback)
        return CallbackState.ACCEPTED

    def seal(self, target: str, body: bytes, **changed: str) -> dict[str, str]:
        """The headers of a message; ``changed``: secret, client_id, method, timestamp, nonce, and what was signed."""
        self.nonces += 1
        platform = Platform(target.rpartition("/")[2].partition("?")[0])
        timestamp = changed.get("timestamp", str(int(self.now * 1000)))
        nonce = changed.get("nonce", f"{self.nonces:032x}")
        digest = hashlib.sha256(changed.get("signed_body", "").encode() or body).hexdigest()
        lines = (changed.get("method", "POST"), changed.get("signed_target", target), digest, timestamp, nonce)
        secret = changed.get("secret", SECRETS[platform]).encode()
        return {
            "X-Client-Id": changed.get("client_id", f"cb-{platform.value}"),
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": hmac.digest(secret, "\n".join(lines).encode(), "sha256").hex(),
        }

    async def send(self, message: object, target: str = "/callbacks/collaboration", **changed: str) -> httpx.Response:
        """One sealed message."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        return await self.http.post(target, content=body, headers=self.seal(target, body, **changed))


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with httpx.AsyncClient(base_url="http://door", trust_env=False) as http:
        door = Door(http)
        known = {p: CallbackSettings(client_id=f"cb-{p.value}", secret=SecretStr(s)) for p, s in SECRETS.items()}
        http._transport = httpx.ASGITransport(create_app(known, door.deliver, lambda: door.now))
        yield door


async def test_a_reply_is_handed_on(door: Door) -> None:
    answer = await door.send(REPLY)
    assert (answer.status_code, answer.json()) == (202, {"state": "accepted"})
    assert door.received == [CollaborationCallback.model_validate(REPLY)]
    reply = door.received[0]
    assert isinstance(reply, CollaborationCallback)
    assert reply.answered_at == datetime(2026, 2, 2, 2, 0, tzinfo=UTC)
    assert reply.backfilled


async def test_a_step_is_handed_on(door: Door) -> None:
    answer = await door.send(STEP, "/callbacks/assistance")
    assert answer.status_code == 202
    step = door.received[0]
    assert isinstance(step, AssistanceCallback)
    assert (step.step, step.helper) == (AssistanceStep.FINISHED, "helper-007")


async def test_a_duplicate_is_accepted_again(door: Door) -> None:
    answers = [await door.send(REPLY) for _ in range(2)]
    assert [a.status_code for a in answers] == [202, 202]
    assert door.received[0] == door.received[1]


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "another secret of somebody"},
        {"client_id": "cb-assistance"},
        {"method": "PUT"},
        {"signed_target": "/callbacks/assistance"},
        {"signed_target": "/callbacks/collaboration?x=1"},
        {"signed_body": "another body"},
        {"nonce": "short"},
        {"nonce": "0" * 65},
    ],
    ids=str,
)
async def test_a_wrong_seal_is_not_let_in(door: Door, changed: dict[str, str]) -> None:
    answer = await door.send(REPLY, **changed)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_seal")
    assert answer.headers["content-type"] == "application/problem+json"
    assert not door.received


async def test_one_platform_does_not_speak_for_another(door: Door) -> None:
    answer = await door.send(
        STEP, "/callbacks/assistance", secret=SECRETS[Platform.COLLABORATION], client_id="cb-collaboration"
    )
    assert answer.status_code == 401


async def test_no_seal_at_all_is_not_let_in(door: Door) -> None:
    answer = await door.http.post("/callbacks/collaboration", json=REPLY)
    assert answer.status_code == 401


@pytest.mark.parametrize("odd", ["\u00e9", "\u00ff" * 64])
async def test_odd_headers_are_no_error_of_ours(door: Door, odd: str) -> None:
    raw = [(name.encode(), odd.encode("latin-1")) for name in ("X-Client-Id", "X-Timestamp", "X-Nonce", "X-Signature")]
    answer = await door.http.post("/callbacks/collaboration", json=REPLY, headers=httpx.Headers(raw))
    assert answer.status_code == 401


async def test_what_is_signed_is_the_target_as_written(door: Door) -> None:
    assert (await door.send(REPLY, "/callbacks/collaboration?part=1")).status_code == 202


@pytest.mark.parametrize(("seconds", "status"), [(-601, 401), (-599, 202), (599, 202), (601, 401)])
async def test_a_timestamp_is_good_for_ten_minutes(door: Door, seconds: int, status: int) -> None:
    answer = await door.send(REPLY, timestamp=str(int((NOW + seconds) * 1000)))
    assert answer.status_code == status
    assert status == 202 or answer.json()["code"] == "stale_timestamp"


@pytest.mark.parametrize("timestamp", ["", "soon", "-1", "1" * 400, "１７７"])
async def test_a_timestamp_is_a_number(door: Door, timestamp: str) -> None:
    body = json.dumps(REPLY).encode()
    sealed = door.seal("/callbacks/collaboration", body, timestamp=timestamp)
    headers = httpx.Headers([(k.encode(), v.encode()) for k, v in sealed.items()])
    answer = await door.http.post("/callbacks/collaboration", content=body, headers=headers)
    assert answer.status_code == 401


async def test_a_replay_is_refused_as_long_as_its_timestamp_is_good(door: Door) -> None:
    nonce, stamp = "r" * 32, str(int((NOW + 590) * 1000))
    assert (await door.send(REPLY, nonce=nonce, timestamp=stamp)).status_code == 202
    for passed in (0, 600, 1180):
        door.now = NOW + passed
        await door.send(REPLY)
        replayed = await door.send(REPLY, nonce=nonce, timestamp=stamp)
        assert (replayed.status_code, replayed.json()["code"]) == (401, "replayed_nonce"), passed
    door.now = NOW + 1300
    late = await door.send(REPLY, nonce=nonce, timestamp=stamp)
    assert late.json()["code"] == "stale_timestamp"


async def test_a_forged_message_uses_up_no_nonce(door: Door) -> None:
    nonce = "f" * 32
    assert (await door.send(REPLY, nonce=nonce, secret="forged secret, no more")).status_code == 401
    assert (await door.send(REPLY, nonce=nonce)).status_code == 202


async def test_a_platform_that_is_not_configured_is_not_let_in() -> None:
    async def nobody(callback: Callback) -> CallbackState:
        raise AssertionError

    transport = httpx.ASGITransport(create_app({}, nobody))
    async with httpx.AsyncClient(base_url="http://door", transport=transport) as http:
        answer = await http.post("/callbacks/collaboration", json=REPLY)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_configured")


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"department": "11350526MB00000020"}, "department"),
        ({"verdict": "Yes, sir"}, "verdict"),
        ({"message_id": "with space"}, "message_id"),
        ({"message_id": "350526199001010019"}, "message_id"),
        ({"document_digest": "nothing"}, "document_digest"),
        ({"reason": "长" * 1001}, "reason"),
        ({"reason": "nul\x00"}, "reason"),
        ({"answered_at": "2026-02-02T10:00:00"}, "answered_at"),
        ({"stream": "../../etc"}, None),
        ({"stream": "with space"}, "stream"),
        ({"surprise": 1}, "surprise"),
    ],
    ids=str,
)
async def test_what_is_malformed_is_refused_by_field(door: Door, changed: dict[str, Any], wrong: str | None) -> None:
    answer = await door.send(REPLY | changed)
    if wrong is None:
        assert answer.status_code == 202
        return
    told = answer.json()
    assert (answer.status_code, told["code"], told["status"]) == (422, "invalid", 422)
    assert [error["field"] for error in told["errors"]] == [wrong]
    assert not door.received


async def test_every_field_that_is_missing_is_named(door: Door) -> None:
    answer = await door.send({}, "/callbacks/assistance")
    assert {error["field"] for error in answer.json()["errors"]} == set(STEP)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'"text"'])
async def test_what_is_no_json_object_is_refused(door: Door, body: bytes) -> None:
    answer = await door.send(body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "(whole)"


async def test_what_is_wrong_is_not_told_with_its_value(door: Door) -> None:
    answer = await door.send(REPLY | {"verdict": "测试甲 350526199001010019"})
    assert "350526199001010019" not in answer.text


async def test_too_much_is_cut_off(door: Door) -> None:
    padded = json.dumps(REPLY).encode().ljust(LARGEST_BODY)
    assert (await door.send(padded)).status_code == 202
    answer = await door.send(padded + b" ")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [(NoSuchStream(), 404, "no_such_stream"), (NotNow("timeout"), 503, "not_now")],
    ids=["404", "503"],
)
async def test_what_cannot_be_handed_on_is_told(door: Door, failure: Exception, status: int, code: str) -> None:
    door.failure = failure
    answer = await door.send(REPLY)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_refused_act_says_what_for(door: Door) -> None:
    error = FieldError(field="department", code="not_asked", message="未向此部门征询")
    door.failure = ActNotTaken((error,))
    answer = await door.send(REPLY)
    assert (answer.status_code, answer.json()["errors"]) == (409, [error.model_dump()])


async def test_only_posts(door: Door) -> None:
    assert (await door.http.get("/callbacks/collaboration")).status_code == 405
    assert (await door.http.post("/callbacks/credit_city", json=REPLY)).status_code == 404
