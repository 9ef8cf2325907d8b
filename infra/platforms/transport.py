"""HTTP as all dialects use it: sealed, paced, bounded in time and size, and every failure in our own words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self
from urllib.parse import quote

import httpx
from aiolimiter import AsyncLimiter

from infra.platforms.signing import Signer, Stamp
from infra.settings import PlatformSettings
from schemas.codes import Platform
from schemas.exchange import AnswerClass, FetchedFile, PlatformAnswer

CONCURRENT_REQUESTS = 40
"""To one platform at a time: one that hangs must not take the connections of the others."""

SIZE_LIMIT = 20 * 1024 * 1024
"""No answer and no file of ours comes near this many bytes; what does is cut off."""

FILE_MAGIC: Mapping[str, bytes] = {
    "application/pdf": b"%PDF-",
    "application/ofd": b"PK\x03\x04",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}
"""The files that are taken as evidence, and how each begins: an error page is often sent under a file's type."""

_SPENT_STATUSES = (404, 410)


class NoAnswer(Exception):
    """The platform gave nothing usable.  Carries the ``PlatformAnswer`` to give instead; stays inside this package."""

    def __init__(self, answer: PlatformAnswer) -> None:
        super().__init__(answer.detail)
        self.answer = answer

    @classmethod
    def because(cls, kind: AnswerClass, detail: str, body: bytes = b"", media_type: str = "") -> Self:
        """For a reason of ours; ``body`` is what the platform sent, where it sent anything."""
        now = datetime.now(UTC)
        return cls(PlatformAnswer(kind=kind, detail=detail, body=body, media_type=media_type, received_at=now))


class LinkSpent(Exception):
    """A single-use link was used before, or its ten minutes are over."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole HTTP answer of status 200."""

    body: bytes = field(repr=False)
    media_type: str
    received_at: datetime


class Transport:
    """Speaks to one platform over the shared client."""

    def __init__(self, settings: PlatformSettings, http: httpx.AsyncClient) -> None:
        self.signer = Signer(settings.access_id, settings.secret)
        self._http = http
        self._base = httpx.URL(settings.base_url.rstrip("/") + "/")
        self._urls: dict[str, httpx.URL] = {}
        self._seconds = settings.timeout_seconds
        self._limiter = _limiter(settings.requests_per_second)
        self._slots = asyncio.Semaphore(CONCURRENT_REQUESTS)

    async def post(
        self,
        path: str,
        document: object,
        key: str,
        stamp: Stamp | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a JSON document to ``path`` (relative to the platform's base) and read the JSON answer.

        ``key`` is the idempotency key; ``stamp`` is given where the document itself carries it.  Raises NoAnswer.
        """
        reply = await self._post(path, document, key, stamp, headers or {}, "application/json")
        if reply.media_type != "application/json" and not reply.media_type.endswith("+json"):
            raise NoAnswer.because(AnswerClass.CONFIG, "wrong_content_type", reply.body, reply.media_type)
        return reply

    async def post_for_file(self, path: str, document: object, key: str) -> FetchedFile | Reply:
        """Send a JSON document and read a file; a JSON answer instead says why there is none.  Raises NoAnswer."""
        reply = await self._post(path, document, key, None, {}, ", ".join((*FILE_MAGIC, "application/json")))
        return reply if reply.media_type == "application/json" else _file(reply)

    async def download(self, link: str) -> FetchedFile:
        """The file behind a single-use link of this platform.

        The link must lead to the platform itself: whoever can write into an answer must not choose where we call.
        Raises LinkSpent, NoAnswer.
        """
        try:
            url = self._base.join(link)
        except (httpx.InvalidURL, ValueError):
            raise NoAnswer.because(AnswerClass.CONFIG, "bad_link") from None
        if (url.scheme, url.host, url.port) != (self._base.scheme, self._base.host, self._base.port):
            raise NoAnswer.because(AnswerClass.CONFIG, "foreign_link")
        headers = {"Accept": ", ".join(FILE_MAGIC)}
        return _file(await self._exchange("GET", url, b"", headers, self.signer.stamp(), link=True))

    async def _post(
        self, path: str, document: object, key: str, stamp: Stamp | None, headers: Mapping[str, str], accept: str
    ) -> Reply:
        url = self._urls.get(path)
        if url is None:
            url = self._urls.setdefault(path, self._base.join(path.removeprefix("/")))
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        own = {
            "Content-Type": "application/json; charset=utf-8",
            "Accept": accept,
            "Idempotency-Key": quote(key, safe="/._:-()"),
            **headers,
        }
        return await self._exchange("POST", url, body, own, stamp or self.signer.stamp())

    async def _exchange(
        self, method: str, url: httpx.URL, body: bytes, headers: dict[str, str], stamp: Stamp, link: bool = False
    ) -> Reply:
        await self._limiter.acquire()
        target = url.raw_path.decode("ascii")
        headers |= self.signer.headers(stamp, method, target, body)
        # Compression would let a small answer become a huge one, and the bytes kept are the bytes that were sent.
        headers["Accept-Encoding"] = "identity"
        request = self._http.build_request(method, url, content=body or None, headers=headers, timeout=None)
        try:
            async with self._slots, asyncio.timeout(self._seconds):
                response = await self._http.send(request, stream=True, follow_redirects=False)
                try:
                    content = await _read(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise NoAnswer.because(AnswerClass.TRANSIENT, "timeout") from None
        except httpx.LocalProtocolError:
            raise NoAnswer.because(AnswerClass.CONFIG, "request_not_sendable") from None
        except httpx.HTTPError:
            raise NoAnswer.because(AnswerClass.TRANSIENT, "connection_failed") from None
        return _judged(response, content, link)


def http_client(connections: int = CONCURRENT_REQUESTS * len(Platform)) -> httpx.AsyncClient:
    """The one client of a process, shared by all platforms; ``Transport`` bounds each request in time.

    Proxies and credentials of the environment are not used: a platform is reached the way its settings say.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=4.0)
    return httpx.AsyncClient(limits=limits, trust_env=False)


def _limiter(per_second: float) -> AsyncLimiter:
    # A tenth of a second's worth may go at once, so that a county's morning does not land on the platform in one blow.
    burst = max(1.0, per_second / 10)
    return AsyncLimiter(burst, burst / per_second)


async def _read(response: httpx.Response) -> bytes | None:
    """The body, or ``None`` as soon as it passes the limit."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > SIZE_LIMIT:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _judged(response: httpx.Response, content: bytes | None, link: bool) -> Reply:
    """The answer, where it is one; raises NoAnswer or LinkSpent otherwise."""
    status = response.status_code
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    said = (content or b"", media_type)
    if status == 429:
        raise NoAnswer.because(AnswerClass.QUOTA, "http_429", *said)
    if status >= 500 or status in (408, 425):
        raise NoAnswer.because(AnswerClass.TRANSIENT, f"http_{status}", *said)
    if link and status in _SPENT_STATUSES:
        raise LinkSpent
    if status != 200:
        raise NoAnswer.because(AnswerClass.CONFIG, f"http_{status}", *said)
    if content is None:
        raise NoAnswer.because(AnswerClass.CONFIG, "too_large")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise NoAnswer.because(AnswerClass.CONFIG, "unexpected_encoding", *said)
    return Reply(body=content, media_type=media_type, received_at=datetime.now(UTC))


def _file(reply: Reply) -> FetchedFile:
    magic = FILE_MAGIC.get(reply.media_type)
    if magic is None:
        raise NoAnswer.because(AnswerClass.CONFIG, "wrong_content_type", reply.body, reply.media_type)
    if not reply.body.startswith(magic):
        raise NoAnswer.because(AnswerClass.CONFIG, "not_the_file_it_says", reply.body, reply.media_type)
    return FetchedFile(content=reply.body, media_type=reply.media_type)
