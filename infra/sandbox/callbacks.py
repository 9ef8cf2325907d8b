"""The platforms calling us: sealed with their own secret, tried a few times, and never after the sandbox has ended."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from infra.sandbox.guard import Caller
from schemas.codes import Platform

TRIES = 4
FIRST_PAUSE = 0.5
"""Seconds between the first two tries; doubled each time."""
_SECONDS = 15.0
_CONNECTIONS = 10
_KEPT = 5000


class Callbacks:
    """Sends messages to our door below ``base_url``; without one they go nowhere."""

    def __init__(
        self,
        base_url: str | None,
        senders: Mapping[Platform, Caller],
        clock: Callable[[], float],
    ) -> None:
        self._base = base_url
        self._senders = senders
        self._clock = clock
        self.first_pause = FIRST_PAUSE
        self._tasks: dict[asyncio.Task[None], tuple[Platform, str]] = {}
        self._http: httpx.AsyncClient | None = None
        self.tried: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        """Every try with what came of it."""

    def later(self, platform: Platform, key: str, delay: float, doing: Callable[[], Awaitable[None]]) -> None:
        """Do something about a key after some seconds, unless ``forget`` comes first."""

        async def wait() -> None:
            await asyncio.sleep(delay)
            await doing()

        task = asyncio.ensure_future(wait())
        self._tasks[task] = (platform, key)
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    @property
    def under_way(self) -> int:
        """How much is still to be done."""
        return len(self._tasks)

    def forget(self, platform: Platform, key: str) -> None:
        """Drop what was still to be done about a key."""
        for task, about in list(self._tasks.items()):
            if about == (platform, key):
                task.cancel()

    async def deliver(self, platform: Platform, message: Mapping[str, Any]) -> dict[str, Any]:
        """Send one message, again while nobody takes it or the answer says "later"; gives what came of it last."""
        sender = self._senders.get(platform)
        if self._base is None or sender is None:
            return {"platform": platform.value, "key": message.get("key"), "status": None, "answer": "nobody to call"}
        pause = self.first_pause
        for number in range(1, TRIES + 1):
            tried = await self._try(platform, sender, f"{self._base.rstrip('/')}/{platform.value}", message)
            self.tried.append(tried | {"try": number})
            if not _worth_a_retry(tried["status"]) or number == TRIES:
                return tried
            await asyncio.sleep(pause)
            pause *= 2
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """End everything that is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def _try(self, platform: Platform, sender: Caller, url: str, message: Mapping[str, Any]) -> dict[str, Any]:
        if self._http is None:
            limits = httpx.Limits(max_connections=_CONNECTIONS)
            self._http = httpx.AsyncClient(trust_env=False, timeout=_SECONDS, limits=limits)
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        target = httpx.URL(url).raw_path.decode("ascii")
        timestamp, nonce = str(int(self._clock() * 1000)), secrets.token_hex(16)
        text = "\n".join(("POST", target, hashlib.sha256(body).hexdigest(), timestamp, nonce))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Client-Id": sender.access_id,
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": sender.mac(text).hex(),
        }
        tried: dict[str, Any] = {"platform": platform.value, "key": message.get("key"), "message": dict(message)}
        try:
            answer = await self._http.post(url, content=body, headers=headers)
        except httpx.HTTPError as error:
            return tried | {"status": None, "answer": type(error).__name__}
        return tried | {"status": answer.status_code, "answer": answer.text[:2000]}


def _worth_a_retry(status: int | None) -> bool:
    return status is None or status >= 500 or status in (408, 425, 429)
