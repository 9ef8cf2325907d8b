"""Asking a sharing platform: what is kept of an answer, what is not, and when the whole batch is worth a retry."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from activities.data_sharing import DataSharingActivities
from activities.elicence import ElicenceActivities
from activities.sharing import PLATFORM_UNAVAILABLE, retrieve
from activities.trusted_documents import TrustedDocumentActivities
from schemas.codes import HolderCodeType, LicenceStatus, Platform, Polarity, Route, Sensitivity
from schemas.evidence import WAITABLE, Coverage, Evidence, Outcome, OutcomeKind
from schemas.exchange import (
    AnswerClass,
    Batch,
    BatchResult,
    EvidenceQuery,
    FetchedFile,
    FoundRecord,
    PlatformAnswer,
    Subject,
)
from schemas.identifiers import make_licence_identifier
from tests.schemas.builders import (
    APPLICATION_NO,
    CLERK,
    ITEM,
    JUSTICE,
    PERSON,
    PLATFORM_OF,
    TODAY,
    subject_ref,
)
from tests.workflows.fakes import FakePlatform, MemoryStore, found, said

NATION = Coverage(area="100000")
FILE = FetchedFile(content="一份证照".encode(), media_type="application/ofd")
OURS = make_licence_identifier("1" * 21, JUSTICE, "20260001")
FOREIGN = make_licence_identifier("1" * 21, "11350524MB0000001C", "20260001")
"""Issued in 350524, which is not our county."""


def spoilt(identifier: str) -> str:
    """The identifier with another check character."""
    return identifier[:-1] + ("B" if identifier[-1] == "A" else "A")


def query(evidence: str = "marriage", **over: Any) -> EvidenceQuery:
    fields: dict[str, Any] = {
        "requirement": f"need_{evidence}/p1",
        "evidence_type": evidence,
        "evidence_name": "结婚证",
        "resource_code": f"res-{evidence}",
        "polarity": Polarity.IS,
        "sensitivity": Sensitivity.NONE,
        "accepted_statuses": (LicenceStatus.VALID,),
        "condition": None,
        "needed_coverage": None,
        "source_coverage": None,
        "party_id": "p1",
        "subject": Subject(
            subject_ref=subject_ref(1), id_type=HolderCodeType.RESIDENT_ID, id_number=PERSON, name="测试甲"
        ),
        "round": 1,
    }
    return EvidenceQuery.model_validate(fields | over)


def negative(evidence: str = "no_crime", **over: Any) -> EvidenceQuery:
    """A query whose wanted answer is that there is no record."""
    wanted = {"polarity": Polarity.IS_NOT, "needed_coverage": NATION, "source_coverage": NATION}
    return query(evidence, **(wanted | over))


def batch(*queries: EvidenceQuery, route: Route = Route.ELICENCE, may_wait: bool = False, **over: Any) -> Batch:
    fields: dict[str, Any] = {
        "application_no": APPLICATION_NO,
        "item_code": ITEM,
        "item_name": "收养登记",
        "platform": PLATFORM_OF[route],
        "purpose": "办理收养登记",
        "operator": CLERK,
        "home_area": "350526",
        "asked_on": TODAY,
    }
    return Batch.model_validate(fields | {"route": route, "may_wait": may_wait, "queries": queries} | over)


@dataclass
class Platforms(FakePlatform):
    """A platform whose files can be missing, or be had only with an answer of another class."""

    file: FetchedFile | PlatformAnswer | None = FILE
    fetched: list[FoundRecord] = field(default_factory=list)

    async def fetch(
        self, batch: Batch, query: EvidenceQuery, record: FoundRecord
    ) -> FetchedFile | PlatformAnswer | None:
        self.fetched.append(record)
        return self.file


class Store(MemoryStore):
    """Remembers whose the bytes are, too."""

    def __init__(self) -> None:
        super().__init__()
        self.owners: list[str] = []

    async def put(self, subject_ref: str, content: bytes) -> str:
        self.owners.append(subject_ref)
        return await super().put(subject_ref, content)


Answer = Callable[[EvidenceQuery], PlatformAnswer]


def answering(
    answer: Answer, file: FetchedFile | PlatformAnswer | None = FILE, evidence: str = "marriage"
) -> Platforms:
    return Platforms(answers={evidence: answer}, file=file)


async def run(platform: FakePlatform, asked: Batch, store: MemoryStore | None = None) -> tuple[Outcome, ...]:
    result: BatchResult = await ActivityEnvironment().run(retrieve, platform, store or Store(), asked)
    assert len(result.outcomes) == len(asked.queries)
    return result.outcomes


async def only(platform: FakePlatform, asked: Batch, store: MemoryStore | None = None) -> Outcome:
    (outcome,) = await run(platform, asked, store)
    return outcome


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def kept(outcome: Outcome) -> Evidence:
    assert outcome.kind is OutcomeKind.HIT, outcome
    assert outcome.evidence is not None
    return outcome.evidence


# --- a hit -----------------------------------------------------------------------------------------------------------


async def test_the_file_of_a_hit_is_stored_and_its_digest_recorded() -> None:
    store, platform = Store(), answering(lambda q: found(q, identifier=OURS, valid_until=date(2030, 1, 1)))
    before = datetime.now(UTC)
    outcome = await only(platform, batch(query()), store)
    evidence = kept(outcome)
    assert store.kept == {digest(FILE.content): FILE.content}
    assert store.owners == [subject_ref(1)]
    assert (evidence.digest, evidence.size) == (digest(FILE.content), len(FILE.content))
    assert evidence.media_type == "application/ofd"
    assert (evidence.subject_ref, evidence.evidence_type) == (subject_ref(1), "marriage")
    assert (evidence.platform, evidence.resource_code) == (Platform.ELICENCE_NATIONAL, "res-marriage")
    assert (evidence.identifier, evidence.valid_until) == (OURS, date(2030, 1, 1))
    assert (evidence.verdict, evidence.coverage, evidence.warnings) == ("valid_record", None, ())
    assert (outcome.platform_code, outcome.detail) == ("0", "valid_record")
    assert before <= outcome.asked_at <= outcome.answered_at <= datetime.now(UTC)
    assert evidence.retrieved_at == outcome.answered_at


async def test_where_there_are_no_files_the_answer_itself_proves() -> None:
    store = Store()
    evidence = kept(await only(answering(found, file=None), batch(query(), route=Route.DATA_SHARING), store))
    assert store.kept == {digest(b"{}"): b"{}"}
    assert (evidence.digest, evidence.media_type, evidence.size) == (digest(b"{}"), "application/json", 2)


@pytest.mark.parametrize(
    ("answer", "kind", "detail"),
    [
        pytest.param(lambda q: said(AnswerClass.NOT_FOUND), "no_record", "no_record", id="not found"),
        pytest.param(lambda q: said(AnswerClass.ADVERSE), "adverse", "adverse", id="adverse"),
        pytest.param(lambda q: said(AnswerClass.MISMATCH), "mismatch", "mismatch", id="mismatch"),
        pytest.param(lambda q: said(AnswerClass.TRANSIENT), "transient", "transient", id="no answer"),
        pytest.param(lambda q: said(AnswerClass.QUOTA), "quota", "quota", id="quota"),
        pytest.param(lambda q: said(AnswerClass.CONFIG), "config", "config", id="refused call"),
        pytest.param(lambda q: found(q, holder_name="测试乙"), "mismatch", "wrong_person", id="another person"),
        pytest.param(lambda q: found(q, status=LicenceStatus.LAPSED), "adverse", "status_", id="not valid"),
        pytest.param(
            lambda q: found(q).model_copy(update={"records": found(q).records * 2}),
            "ambiguous",
            "valid_records_2",
            id="two",
        ),
    ],
)
async def test_what_is_no_hit_is_neither_fetched_nor_stored(answer: Answer, kind: str, detail: str) -> None:
    store, platform = Store(), answering(answer)
    outcome = await only(platform, batch(query()), store)
    assert outcome.kind.value == kind
    assert outcome.detail.startswith(detail)
    assert outcome.evidence is None
    assert outcome.platform_code is not None
    assert (store.kept, store.owners, platform.fetched) == ({}, [], [])


# --- the licence identifier ------------------------------------------------------------------------------------------


async def test_a_licence_of_ours_with_a_wrong_check_digit_is_a_mismatch() -> None:
    store, platform = Store(), answering(lambda q: found(q, identifier=spoilt(OURS)))
    outcome = await only(platform, batch(query()), store)
    assert (outcome.kind, outcome.detail) == (OutcomeKind.MISMATCH, "identifier_check_digit")
    assert (outcome.evidence, outcome.platform_code) == (None, "0")
    assert (store.kept, platform.fetched) == ({}, [])


@pytest.mark.parametrize(
    ("identifier", "warning"),
    [
        pytest.param(OURS, None, id="ours, by the rule"),
        pytest.param(FOREIGN, None, id="foreign, by the rule"),
        pytest.param(spoilt(FOREIGN), "校验位不符", id="foreign, wrong check digit"),
        pytest.param("ZJ-2020-1", "格式", id="no identifier of the standard"),
        pytest.param(None, None, id="none"),
    ],
)
async def test_a_foreign_licence_out_of_rule_is_taken_with_a_warning(
    identifier: str | None, warning: str | None
) -> None:
    store = Store()
    evidence = kept(await only(answering(lambda q: found(q, identifier=identifier)), batch(query()), store))
    assert evidence.identifier == identifier
    assert len(evidence.warnings) == (warning is not None)
    assert all(warning and warning in w for w in evidence.warnings)
    assert list(store.kept) == [evidence.digest]


@pytest.mark.parametrize("route", [Route.DATA_SHARING, Route.TRUSTED_DOCUMENT])
async def test_only_licences_have_identifiers_by_that_rule(route: Route) -> None:
    evidence = kept(await only(answering(lambda q: found(q, identifier=spoilt(OURS))), batch(query(), route=route)))
    assert (evidence.identifier, evidence.warnings) == (spoilt(OURS), ())


# --- a file that cannot be had ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "kind", "detail"),
    [
        pytest.param(AnswerClass.TRANSIENT, OutcomeKind.TRANSIENT, "file_transient", id="no answer"),
        pytest.param(AnswerClass.QUOTA, OutcomeKind.QUOTA, "file_quota", id="quota"),
        pytest.param(AnswerClass.CONFIG, OutcomeKind.CONFIG, "file_config", id="refused call"),
        pytest.param(AnswerClass.NOT_FOUND, OutcomeKind.NO_RECORD, "file_no_record", id="not found"),
        pytest.param(AnswerClass.ADVERSE, OutcomeKind.ADVERSE, "file_adverse", id="adverse"),
        pytest.param(AnswerClass.MISMATCH, OutcomeKind.MISMATCH, "file_mismatch", id="mismatch"),
    ],
)
@pytest.mark.parametrize("route", [Route.ELICENCE, Route.TRUSTED_DOCUMENT])
async def test_a_file_that_cannot_be_had_has_its_own_outcome(
    route: Route, failure: AnswerClass, kind: OutcomeKind, detail: str
) -> None:
    store, failed = Store(), said(failure)
    outcome = await only(answering(found, file=failed), batch(query(), route=route), store)
    assert (outcome.kind, outcome.detail, outcome.evidence) == (kind, detail, None)
    assert (outcome.platform_code, outcome.answered_at) == ("x", failed.received_at)
    assert store.kept == {}


async def test_the_adapters_own_reason_is_kept_in_it() -> None:
    failed = said(AnswerClass.MISMATCH).model_copy(update={"detail": "seal_invalid"})
    outcome = await only(answering(found, file=failed), batch(query()))
    assert (outcome.kind, outcome.detail) == (OutcomeKind.MISMATCH, "file_seal_invalid")


# --- negative facts and criminal records -----------------------------------------------------------------------------


def nothing(q: EvidenceQuery) -> PlatformAnswer:
    return said(AnswerClass.NOT_FOUND).model_copy(update={"body": b'{"total":0}'})


@pytest.mark.parametrize("sensitivity", [Sensitivity.NONE, Sensitivity.CRIMINAL])
async def test_a_negative_fact_is_proved_by_the_answer_that_there_is_none(sensitivity: Sensitivity) -> None:
    store, platform = Store(), answering(nothing, evidence="no_crime")
    evidence = kept(await only(platform, batch(negative(sensitivity=sensitivity), route=Route.DATA_SHARING), store))
    assert store.kept == {digest(b'{"total":0}'): b'{"total":0}'}
    assert (evidence.digest, evidence.size) == (digest(b'{"total":0}'), 11)
    assert (evidence.media_type, evidence.verdict) == ("application/json", "no_record_is_the_fact")
    assert (evidence.identifier, evidence.valid_until, evidence.coverage) == (None, None, NATION)
    assert platform.fetched == [], "there is nothing to fetch"


async def test_a_source_that_covers_too_little_proves_no_negative_fact() -> None:
    store = Store()
    asked = negative(source_coverage=Coverage(area="350526"))
    outcome = await only(answering(nothing, evidence="no_crime"), batch(asked, route=Route.DATA_SHARING), store)
    assert (outcome.kind, outcome.detail) == (OutcomeKind.NO_RECORD, "coverage_insufficient")
    assert (outcome.evidence, store.kept) == (None, {})


async def test_a_record_against_a_negative_fact_is_adverse_and_nothing_of_it_is_kept() -> None:
    store, platform = Store(), answering(lambda q: found(q, identifier="案号 1"), evidence="no_crime")
    asked = negative(sensitivity=Sensitivity.CRIMINAL)
    outcome = await only(platform, batch(asked, route=Route.DATA_SHARING), store)
    assert (outcome.kind, outcome.detail, outcome.evidence) == (OutcomeKind.ADVERSE, "record_exists", None)
    assert (store.kept, platform.fetched) == ({}, [])
    assert "案号" not in outcome.model_dump_json()


@pytest.mark.parametrize(
    ("sensitivity", "identifier"),
    [(s, None if s is Sensitivity.CRIMINAL else "JL-1") for s in Sensitivity],
    ids=lambda v: getattr(v, "value", str(v)),
)
async def test_of_a_criminal_record_no_identifier_is_written_down(
    sensitivity: Sensitivity, identifier: str | None
) -> None:
    platform = answering(lambda q: found(q, identifier="JL-1"))
    evidence = kept(await only(platform, batch(query(sensitivity=sensitivity), route=Route.DATA_SHARING)))
    assert evidence.identifier == identifier


# --- the batch -------------------------------------------------------------------------------------------------------


def many(*kinds: AnswerClass) -> tuple[Platforms, tuple[EvidenceQuery, ...]]:
    """A platform that answers each of several queries in its own way."""
    queries = tuple(query(f"kind_{n}") for n in range(len(kinds)))

    def answer(q: EvidenceQuery) -> PlatformAnswer:
        kind = kinds[int(q.evidence_type.removeprefix("kind_"))]
        return found(q) if kind is AnswerClass.FOUND else said(kind)

    return Platforms(answers={q.evidence_type: answer for q in queries}), queries


F, N, T, Q, C, M = (
    AnswerClass.FOUND,
    AnswerClass.NOT_FOUND,
    AnswerClass.TRANSIENT,
    AnswerClass.QUOTA,
    AnswerClass.CONFIG,
    AnswerClass.MISMATCH,
)


@pytest.mark.parametrize("may_wait", [False, True], ids=["first ask", "may wait"])
@pytest.mark.parametrize(
    ("kinds", "answered"),
    [
        pytest.param((T,), False, id="one silent"),
        pytest.param((Q,), False, id="quota"),
        pytest.param((T, Q, T), False, id="all silent"),
        pytest.param((T, F), True, id="one found"),
        pytest.param((N, T), True, id="one not found"),
        pytest.param((T, M), True, id="one mismatch"),
        pytest.param((C, T), True, id="one refused: waiting will not help it"),
        pytest.param((F, N), True, id="all answered"),
    ],
)
async def test_a_batch_is_tried_again_only_when_nothing_was_answered(
    kinds: tuple[AnswerClass, ...], answered: bool, may_wait: bool
) -> None:
    platform, queries = many(*kinds)
    asked = batch(*queries, may_wait=may_wait)
    if may_wait and not answered:
        with pytest.raises(ApplicationError) as unavailable:
            await run(platform, asked)
        error = unavailable.value
        assert (error.type, error.non_retryable) == (PLATFORM_UNAVAILABLE, False)
        assert error.category is ApplicationErrorCategory.BENIGN
        assert error.message == f"elicence_national: {kinds[0].value}"
    else:
        outcomes = await run(platform, asked)
        assert [o.kind in WAITABLE for o in outcomes] == [k in (T, Q) for k in kinds]
        assert [o.evidence is not None for o in outcomes] == [k is F for k in kinds]


async def test_a_file_that_is_not_answered_counts_as_not_answered() -> None:
    with pytest.raises(ApplicationError, match="file_transient"):
        await run(answering(found, file=said(T)), batch(query(), may_wait=True))


async def test_the_error_names_no_person() -> None:
    platform, queries = many(T, T)
    with pytest.raises(ApplicationError) as unavailable:
        await run(platform, batch(*queries, may_wait=True))
    text = f"{unavailable.value} {unavailable.value.details}"
    assert not [v for v in (PERSON, "测试甲", subject_ref(1)) if v in text]


@dataclass
class Backwards(FakePlatform):
    """Answers the last query first: each waits until the one behind it has been answered."""

    done: dict[str, asyncio.Event] = field(default_factory=dict)

    async def find(self, batch: Batch, query: EvidenceQuery) -> PlatformAnswer:
        names = [q.evidence_type for q in batch.queries]
        for name in names:
            self.done.setdefault(name, asyncio.Event())
        behind = names[names.index(query.evidence_type) + 1 :][:1]
        for name in behind:
            await self.done[name].wait()
        self.asked.append(query.evidence_type)
        self.done[query.evidence_type].set()
        return found(query)


async def test_queries_are_asked_at_once_and_their_outcomes_keep_their_order() -> None:
    names = ["first", "second", "third"]
    platform, store = Backwards(), Store()
    async with asyncio.timeout(5):
        outcomes = await run(platform, batch(*(query(name) for name in names)), store)
    assert platform.asked == names[::-1]
    assert [kept(o).evidence_type for o in outcomes] == names
    assert [kept(o).digest for o in outcomes] == [digest(f"file of need_{name}/p1".encode()) for name in names]


# --- the activities of each source -----------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", [Platform.ELICENCE_NATIONAL, Platform.ELICENCE_PROVINCIAL])
async def test_a_batch_goes_to_the_licence_platform_it_names(platform: Platform) -> None:
    clients = {p: Platforms() for p in (Platform.ELICENCE_NATIONAL, Platform.ELICENCE_PROVINCIAL)}
    activities = ElicenceActivities(clients, Store())
    asked = batch(query(), platform=platform)
    result: BatchResult = await ActivityEnvironment().run(activities.retrieve, asked)
    assert kept(result.outcomes[0]).platform is platform
    assert {p for p, client in clients.items() if client.asked} == {platform}


@pytest.mark.parametrize(
    ("source", "route"),
    [(DataSharingActivities, Route.DATA_SHARING), (TrustedDocumentActivities, Route.TRUSTED_DOCUMENT)],
)
async def test_the_other_sources_have_one_platform_each(
    source: type[DataSharingActivities] | type[TrustedDocumentActivities], route: Route
) -> None:
    client, store = Platforms(), Store()
    result: BatchResult = await ActivityEnvironment().run(source(client, store).retrieve, batch(query(), route=route))
    assert kept(result.outcomes[0]).platform is PLATFORM_OF[route]
    assert client.asked == [batch(query(), route=route).idempotency_key(query())]
