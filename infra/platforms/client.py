"""What the four clients have in common: one time limit for a whole ask, and no exception to the outside."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TypeVar

import httpx

from infra.platforms.transport import LinkSpent, NoAnswer, Transport
from infra.settings import PlatformSettings
from schemas.codes import Sensitivity
from schemas.exchange import AnswerClass, Batch, EvidenceQuery, FetchedFile, FoundRecord, PlatformAnswer

T = TypeVar("T")

SHARE_OF_ASK = 0.9
"""The activity around an ask ends after ``ask_seconds``: answer a little earlier, or the rest of its batch is lost."""

_deadline: ContextVar[tuple[str, float]] = ContextVar("deadline_of_ask")
"""Key and deadline of the ask this task is in: search and file are two calls of us and one ask of the platform."""


class PlatformClient(ABC):
    """One platform; a ``SharingClient``."""

    def __init__(self, settings: PlatformSettings, http: httpx.AsyncClient) -> None:
        self.transport = Transport(settings, http)
        self._ask_seconds = settings.ask_seconds * SHARE_OF_ASK

    async def find(self, batch: Batch, query: EvidenceQuery) -> PlatformAnswer:
        """Ask for the records of the subject."""
        deadline = asyncio.get_running_loop().time() + self._ask_seconds
        _deadline.set((batch.idempotency_key(query), deadline))
        return await _answered(self._find(batch, query), deadline)

    async def fetch(
        self, batch: Batch, query: EvidenceQuery, record: FoundRecord
    ) -> FetchedFile | PlatformAnswer | None:
        """The file of a record, within what is left of the ask; ``None`` where there is none to be had.

        Of a criminal record there is yes or no and nothing else (law 9).
        """
        if record.identifier is None or query.sensitivity is Sensitivity.CRIMINAL:
            return None
        key, deadline = _deadline.get(("", 0.0))
        if key != batch.idempotency_key(query):
            deadline = asyncio.get_running_loop().time() + self._ask_seconds
        return await _answered(self._fetch(batch, query, record.identifier), deadline)

    @abstractmethod
    async def _find(self, batch: Batch, query: EvidenceQuery) -> PlatformAnswer: ...

    @abstractmethod
    async def _fetch(
        self, batch: Batch, query: EvidenceQuery, identifier: str
    ) -> FetchedFile | PlatformAnswer | None: ...


async def _answered(asking: Awaitable[T], deadline: float) -> T | PlatformAnswer:
    try:
        async with asyncio.timeout_at(deadline):
            return await asking
    except TimeoutError:
        return PlatformAnswer(kind=AnswerClass.TRANSIENT, detail="ask_timeout", received_at=datetime.now(UTC))
    except NoAnswer as failure:
        return failure.answer


async def by_link(
    transport: Transport, new_link: Callable[[int], Awaitable[str | PlatformAnswer]]
) -> FetchedFile | PlatformAnswer:
    """Download through a single-use link; a link that turns out to be spent is asked for once more.

    ``new_link`` takes 1 or 2, which request it is.  Raises NoAnswer.
    """
    for request in (1, 2):
        link = await new_link(request)
        if isinstance(link, PlatformAnswer):
            return link
        try:
            return await transport.download(link)
        except LinkSpent:
            continue
    raise NoAnswer.because(AnswerClass.TRANSIENT, "link_spent")
