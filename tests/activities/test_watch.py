"""A watch: asks nobody at first, then again and again, and comes back only with news."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from activities.data_sharing import DataSharingActivities
from activities.elicence import ElicenceActivities
from activities.sharing import EVIDENCE_NOT_KEPT, NOTHING_NEW, watch
from activities.trusted_documents import TrustedDocumentActivities
from schemas.codes import Platform, Route
from schemas.evidence import OutcomeKind
from schemas.exchange import AnswerClass, Batch, BatchResult, WatchRequest
from tests.activities.test_sharing import Answer, Platforms, Store, batch, query
from tests.workflows.fakes import FakePlatform, found, said

LATER = datetime(2026, 3, 20, 18, 0, tzinfo=UTC)
"""02:00 of the next day in the county."""


async def attempt(
    number: int, platform: FakePlatform, asked: Batch, at: datetime = LATER, only_hits: bool = False
) -> BatchResult:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=number, started_time=at)
    request = WatchRequest(batch=asked, every_seconds=600, only_hits=only_hits)
    result: BatchResult = await environment.run(watch, platform, Store(), request)
    return result


def answering(*kinds: AnswerClass) -> tuple[Platforms, Batch]:
    queries = tuple(query(f"kind_{n}") for n in range(len(kinds)))
    answers = {q.evidence_type: _answer(kind) for q, kind in zip(queries, kinds, strict=True)}
    return Platforms(answers=answers), batch(*queries)


def _answer(kind: AnswerClass) -> Answer:
    return found if kind is AnswerClass.FOUND else lambda q: said(kind)


async def test_the_first_attempt_asks_nobody_for_it_was_just_asked() -> None:
    platform, asked = answering(AnswerClass.FOUND)
    with pytest.raises(ApplicationError) as nothing:
        await attempt(1, platform, asked)
    error = nothing.value
    assert platform.asked == []
    assert (error.type, error.non_retryable, error.category) == (NOTHING_NEW, False, ApplicationErrorCategory.BENIGN)
    assert error.next_retry_delay == timedelta(seconds=600)


@pytest.mark.parametrize("kind", [k for k in AnswerClass if k is not AnswerClass.FOUND])
@pytest.mark.parametrize("only_hits", [False, True])
async def test_what_is_news(kind: AnswerClass, only_hits: bool) -> None:
    platform, asked = answering(kind)
    news = kind in (AnswerClass.ADVERSE, AnswerClass.MISMATCH) and not only_hits
    if news:
        (outcome,) = (await attempt(2, platform, asked)).outcomes
        assert outcome.kind.value == kind.value
    else:
        with pytest.raises(ApplicationError) as nothing:
            await attempt(2, platform, asked, only_hits=only_hits)
        assert nothing.value.type == NOTHING_NEW
    assert len(platform.asked) == 1


async def test_one_piece_of_news_brings_every_outcome_of_the_batch() -> None:
    platform, asked = answering(AnswerClass.NOT_FOUND, AnswerClass.FOUND, AnswerClass.TRANSIENT)
    result = await attempt(7, platform, asked, only_hits=True)
    assert [o.kind for o in result.outcomes] == [OutcomeKind.NO_RECORD, OutcomeKind.HIT, OutcomeKind.TRANSIENT]


async def test_a_platform_never_answers_from_its_memory() -> None:
    platform, asked = answering(AnswerClass.NOT_FOUND)
    for number in (2, 3):
        with pytest.raises(ApplicationError):
            await attempt(number, platform, asked, LATER + timedelta(seconds=number))
    (only,) = asked.queries
    before = asked.idempotency_key(only)
    assert len({before, *platform.asked}) == 3
    assert all(key.startswith(f"{before}/") for key in platform.asked), "the round stays"


async def test_validity_is_judged_on_the_day_of_the_ask() -> None:
    lapsed = Platforms(answers={"marriage": lambda q: found(q, valid_until=date(2026, 3, 20))})
    (outcome,) = (await attempt(2, lapsed, batch(query()))).outcomes
    assert (outcome.kind, outcome.detail) == (OutcomeKind.ADVERSE, "out_of_validity")


async def test_our_own_store_at_fault_is_no_news() -> None:
    platform, asked = answering(AnswerClass.FOUND)
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=2, started_time=LATER)
    store = Store()
    store.full = True
    with pytest.raises(ApplicationError) as failed:
        await environment.run(watch, platform, store, WatchRequest(batch=asked, every_seconds=600))
    assert (failed.value.type, failed.value.non_retryable) == (EVIDENCE_NOT_KEPT, False)


async def test_nothing_personal_stands_in_the_error() -> None:
    platform, asked = answering(AnswerClass.NOT_FOUND)
    with pytest.raises(ApplicationError) as nothing:
        await attempt(2, platform, asked)
    assert nothing.value.message == "elicence_national: nothing new"
    assert not nothing.value.details


@pytest.mark.parametrize("route", [Route.ELICENCE, Route.DATA_SHARING, Route.TRUSTED_DOCUMENT])
async def test_each_source_is_watched_at_its_own_platform(route: Route) -> None:
    platform = Platforms()
    watching: dict[Route, Callable[[WatchRequest], Awaitable[BatchResult]]] = {
        Route.ELICENCE: ElicenceActivities({Platform.ELICENCE_NATIONAL: platform}, Store()).watch,
        Route.DATA_SHARING: DataSharingActivities(platform, Store()).watch,
        Route.TRUSTED_DOCUMENT: TrustedDocumentActivities(platform, Store()).watch,
    }
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=2, started_time=LATER)
    request = WatchRequest(batch=batch(query(), route=route), every_seconds=600)
    result: BatchResult = await environment.run(watching[route], request)
    assert [o.kind for o in result.outcomes] == [OutcomeKind.HIT]
    assert len(platform.asked) == 1
