"""Asking a sharing platform for the evidence of a batch of requirements: the part all three sources have in common."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from schemas.clock import county_date
from schemas.codes import Polarity, Route, Sensitivity
from schemas.evidence import WAITABLE, Evidence, Outcome, OutcomeKind, outcome
from schemas.exchange import (
    Batch,
    BatchResult,
    EvidenceQuery,
    FetchedFile,
    FoundRecord,
    PlatformAnswer,
    WatchRequest,
)
from schemas.identifiers import check_licence_identifier
from schemas.judge import Judgement, judge

PLATFORM_UNAVAILABLE = "PlatformUnavailable"
"""Error type of a batch of which nothing was answered; retried within the route's budget."""


EVIDENCE_NOT_KEPT = "EvidenceNotKept"
"""Error type: our own store did not take the evidence.  Nobody's record is at fault; the case waits for it."""

NOTHING_NEW = "NothingNew"
"""Error type of a watch: the sources still say what they said; they are asked again when their time has come."""

NO_NEWS = (OutcomeKind.NO_RECORD, *WAITABLE, OutcomeKind.CONFIG)
"""Answers by which a watch learns nothing: still no record, or no answer."""


class SharingClient(Protocol):
    """One platform behind its wire dialect.  Neither method raises for anything the platform does or does not say."""

    async def find(self, batch: Batch, query: EvidenceQuery) -> PlatformAnswer:
        """Ask for the records of the subject."""

    async def fetch(
        self, batch: Batch, query: EvidenceQuery, record: FoundRecord
    ) -> FetchedFile | PlatformAnswer | None:
        """The file of a record; another class of answer where it cannot be had; ``None``: there are no files."""


class EvidenceStore(Protocol):
    """Keeps the bytes that prove, by their digest."""

    async def put(self, subject_ref: str, content: bytes) -> str:
        """Store the bytes for a subject; gives their SHA-256 in hex.  Storing the same bytes again changes nothing."""


async def retrieve(client: SharingClient, store: EvidenceStore, batch: Batch) -> BatchResult:
    """Ask for every query of the batch at once; one outcome each, in order.

    Raises a retryable ApplicationError of type ``PlatformUnavailable`` when nothing was answered and the batch may
    wait; whatever was answered is returned.
    """
    outcomes = await asyncio.gather(*(_establish(client, store, batch, query) for query in batch.queries))
    meter = activity.metric_meter()
    counter = meter.create_counter("mianzheng_platform_outcomes", "Answers of sharing platforms by outcome")
    for result in outcomes:
        counter.add(1, {"platform": batch.platform.value, "outcome": result.kind.value})
    if batch.may_wait and all(result.kind in WAITABLE for result in outcomes):
        raise ApplicationError(
            f"{batch.platform.value}: {outcomes[0].detail}",
            type=PLATFORM_UNAVAILABLE,
            category=ApplicationErrorCategory.BENIGN,
        )
    return BatchResult(outcomes=tuple(outcomes))


async def watch(client: SharingClient, store: EvidenceStore, request: WatchRequest) -> BatchResult:
    """One outcome for each query, as soon as one of them is news; asked again every ``every_seconds`` until then.

    Between two asks nothing runs: each attempt ends in a retryable ApplicationError of type ``NothingNew``.  The first
    asks nobody, for whoever watches has just asked.  Validity is judged on the day of the ask.
    """
    info = activity.info()
    if info.attempt > 1:
        now = info.started_time
        again = {"may_wait": False, "asked_on": county_date(now), "again_at": now}
        result = await retrieve(client, store, request.batch.model_copy(update=again))
        if any(_is_news(outcome, request.only_hits) for outcome in result.outcomes):
            return result
    raise ApplicationError(
        f"{request.batch.platform.value}: nothing new",
        type=NOTHING_NEW,
        category=ApplicationErrorCategory.BENIGN,
        next_retry_delay=timedelta(seconds=request.every_seconds),
    )


def _is_news(said: Outcome, only_hits: bool) -> bool:
    return said.kind is OutcomeKind.HIT if only_hits else said.kind not in NO_NEWS


async def _establish(client: SharingClient, store: EvidenceStore, batch: Batch, query: EvidenceQuery) -> Outcome:
    asked_at = datetime.now(UTC)
    answer = await client.find(batch, query)
    judgement = judge(query, answer, batch.asked_on)
    if judgement.kind is not OutcomeKind.HIT:
        return outcome(
            judgement.kind,
            asked_at,
            answer.received_at,
            platform_code=answer.platform_code,
            detail=judgement.detail,
        )
    return await _keep(client, store, batch, query, answer, judgement, asked_at)


async def _keep(
    client: SharingClient,
    store: EvidenceStore,
    batch: Batch,
    query: EvidenceQuery,
    answer: PlatformAnswer,
    judgement: Judgement,
    asked_at: datetime,
) -> Outcome:
    """Fetch and store what proves a hit, and write the 查验记录."""
    record = judgement.record
    content, media_type = answer.body, answer.media_type
    warnings: tuple[str, ...] = ()
    if record is not None:
        if batch.route is Route.ELICENCE and record.identifier is not None:
            try:
                warnings = check_licence_identifier(record.identifier, batch.home_area)
            except ValueError:
                return outcome(
                    OutcomeKind.MISMATCH,
                    asked_at,
                    answer.received_at,
                    platform_code=answer.platform_code,
                    detail="identifier_check_digit",
                )
        fetched = await client.fetch(batch, query, record)
        if isinstance(fetched, PlatformAnswer):
            failed = judge(query, fetched, batch.asked_on)
            return outcome(
                failed.kind,
                asked_at,
                fetched.received_at,
                platform_code=fetched.platform_code,
                detail=f"file_{failed.detail}",
            )
        if fetched is not None:
            content, media_type = fetched.content, fetched.media_type
    try:
        digest = await store.put(query.subject.subject_ref, content)
    except Exception as error:  # a full disk, a database that is away, a wrong master key: all ours
        raise ApplicationError(f"evidence store: {type(error).__name__}", type=EVIDENCE_NOT_KEPT) from error
    yes_or_no = query.sensitivity is Sensitivity.CRIMINAL or query.polarity is Polarity.IS_NOT
    evidence = Evidence(
        subject_ref=query.subject.subject_ref,
        evidence_type=query.evidence_type,
        platform=batch.platform,
        resource_code=query.resource_code,
        identifier=record.identifier if record is not None and not yes_or_no else None,
        digest=digest,
        media_type=media_type,
        size=len(content),
        retrieved_at=answer.received_at,
        valid_until=record.valid_until if record is not None else None,
        verdict=judgement.detail,
        coverage=judgement.coverage,
        warnings=warnings,
    )
    return outcome(
        OutcomeKind.HIT,
        asked_at,
        answer.received_at,
        platform_code=answer.platform_code,
        detail=judgement.detail,
        evidence=evidence,
    )
