"""信用平台: asking both platforms how somebody stands, and putting a false commitment on record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.outside import NOT_CONNECTED, connected, refuse, taken, tell_operators
from activities.sharing import EVIDENCE_NOT_KEPT, EvidenceStore
from schemas.codes import CREDIT_PLATFORMS, Platform
from schemas.credit_exchange import (
    CreditAnswer,
    CreditFinding,
    CreditQuery,
    CreditRecord,
    CreditReply,
    CreditStanding,
)
from schemas.outside import PlatformReceipt, Refusal, RefusalKind


class CreditClient(Protocol):
    """One credit platform behind its wire dialect.  Neither method raises for anything it does or does not say."""

    async def standing(self, query: CreditQuery) -> CreditReply:
        """How the subject stands."""

    async def report(self, record: CreditRecord) -> PlatformReceipt | Refusal:
        """Put a record there; the same key again is the same record."""


class CreditActivities:
    """``clients`` holds one client for each credit platform the county is connected to."""

    def __init__(self, clients: Mapping[Platform, CreditClient], store: EvidenceStore) -> None:
        self._clients = clients
        self._store = store

    @activity.defn(name="credit.check")
    async def check(self, query: CreditQuery) -> CreditFinding:
        """Ask the provincial and the city's platform at once and keep what they said.

        Raises PLATFORM_UNAVAILABLE, to be retried, when neither answered and a retry may help; EVIDENCE_NOT_KEPT when
        our own store did not take the bytes.
        """
        replies = await asyncio.gather(*(self._asked(platform, query) for platform in CREDIT_PLATFORMS))
        unavailable = [reply for reply in replies if reply.standing is CreditStanding.UNAVAILABLE]
        if len(unavailable) == len(replies):
            for platform, reply in zip(CREDIT_PLATFORMS, replies, strict=True):
                if reply.worth_a_retry:
                    refuse(platform, Refusal(kind=RefusalKind.UNAVAILABLE, detail=reply.detail))
        answers = [await self._kept(p, query, r) for p, r in zip(CREDIT_PLATFORMS, replies, strict=True)]
        return CreditFinding(answers=tuple(answers))

    @activity.defn(name="credit.report")
    async def report(self, record: CreditRecord) -> PlatformReceipt:
        """Put a false commitment on record with the city's platform, which passes it on.

        Errors as ``CollaborationActivities``.
        """
        city = Platform.CREDIT_CITY
        return taken(city, await connected(self._clients.get(city), city).report(record))

    async def _asked(self, platform: Platform, query: CreditQuery) -> CreditReply:
        client = self._clients.get(platform)
        if client is None:
            return CreditReply(
                standing=CreditStanding.UNAVAILABLE, detail=NOT_CONNECTED.detail, answered_at=datetime.now(UTC)
            )
        reply = await client.standing(query)
        if reply.standing is CreditStanding.UNAVAILABLE and not reply.worth_a_retry:
            tell_operators(platform, reply.detail)
        return reply

    async def _kept(self, platform: Platform, query: CreditQuery, reply: CreditReply) -> CreditAnswer:
        digest = None
        if reply.standing is not CreditStanding.UNAVAILABLE:
            try:
                digest = await self._store.put(query.subject.subject_ref, reply.body)
            except Exception as error:  # a full disk, a database that is away, a wrong master key: all ours
                raise ApplicationError(f"evidence store: {type(error).__name__}", type=EVIDENCE_NOT_KEPT) from error
        return CreditAnswer(
            platform=platform,
            standing=reply.standing,
            detail=reply.detail,
            repaired=reply.repaired,
            evidence_digest=digest,
            answered_at=reply.answered_at,
        )
