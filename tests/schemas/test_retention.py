"""Whether a person may be erased: every reason against it, and that nothing else is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from pydantic import ValidationError

from schemas.case_commands import SignedBy
from schemas.case_file import FOLDS, CaseFile, case_file
from schemas.codes import CheckMode
from schemas.commitment_events import CommitmentEnded, CommitmentOpened
from schemas.digitisation import DigitisationEnded, DigitisationOpened
from schemas.erasure import (
    ErasureBegun,
    ErasureBody,
    ErasureOrdered,
    ErasureRefused,
    HoldGround,
    HoldPlaced,
    HoldReleased,
    PurgeClass,
    Reason,
    SubjectErased,
)
from schemas.events import Event, EventBody
from schemas.joining import Joining
from schemas.register import RegisterBody, register_events, register_stream
from schemas.retention import (
    SHORTEST_ARCHIVE_DAYS,
    Retention,
    erasure_state,
    holds_that_stand,
    why_not_confirmed,
    why_not_erased,
)
from schemas.texts import zh_retention
from schemas.verification import VerificationEnded, VerificationOpened
from tests.ledger.cases import APPLICANT, SPOUSE, START, SYSTEM, link, received, whole_case
from tests.worklist.streams import Stream

NOW = START + timedelta(days=SHORTEST_ARCHIVE_DAYS + 1)
OLD = CaseFile(application_no="A-1", open=(), closed_at=START)


def hold(hold_id: str = "FY-1", case: str | None = None, subject: str | None = None) -> HoldPlaced:
    return HoldPlaced(
        hold_id=hold_id, ground=HoldGround.LITIGATION, application_no=case, subject_ref=subject, order="闽行初1号",
        by="gh-1", reason="诉讼",
    )  # fmt: skip


def reasons(
    *files: CaseFile, holds: Sequence[HoldPlaced] = (), now: datetime = NOW, erased: bool = False, days: int = 3653
) -> list[str]:
    policy = Retention(case_files_days=days)
    found = why_not_erased(APPLICANT, files=files, holds=holds, retention=policy, now=now, erased=erased)
    assert all(zh_retention.REASONS[reason.code] for reason in found)
    return [reason.code for reason in found]


def test_who_is_kept_long_enough_and_closed_may_be_erased() -> None:
    assert reasons(OLD) == []
    assert reasons(OLD, holds=[hold(case="B-1"), hold("FY-2", subject=SPOUSE)]) == [], "other people's"


def test_every_reason_is_said_and_all_of_them_at_once() -> None:
    assert reasons() == ["unknown_subject"]
    assert reasons(OLD, erased=True) == ["already_erased"]
    assert reasons(OLD, holds=[hold(case="A-1")]) == reasons(OLD, holds=[hold(subject=APPLICANT)]) == ["hold"]
    open_ = CaseFile(application_no="A-2", open=(Reason(code="case_open", application_no="A-2"),), closed_at=NOW)
    assert reasons(OLD, open_, holds=[hold(case="A-1")]) == ["case_open", "retention_runs", "hold"]


@pytest.mark.parametrize("days", [3653, 10958])
def test_the_period_ends_on_its_day_in_the_county(days: int) -> None:
    last = datetime(2025, 11, 30, 16, 30, tzinfo=UTC)  # in the county it is December already
    file = CaseFile(application_no="A-1", open=(), closed_at=last)
    ends = datetime(2025, 11, 30, 16, 0, tzinfo=UTC) + timedelta(days=days)
    assert reasons(file, now=ends - timedelta(seconds=1), days=days) == ["retention_runs"]
    assert reasons(file, now=ends, days=days) == []
    [reason] = why_not_erased(
        APPLICANT, files=[file], holds=[], retention=Retention(case_files_days=days), now=START, erased=False
    )
    assert reason.until == date(2025, 12, 1) + timedelta(days=days)


@pytest.mark.parametrize(
    ("name", "least"),
    [("case_files_days", 3653), ("access_record_days", 180), ("deliveries_days", 180), ("inbox_days", 180)],
)
def test_no_county_keeps_less_than_the_law_says(name: str, least: int) -> None:
    Retention.model_validate({name: least})
    with pytest.raises(ValidationError):
        Retention.model_validate({name: least - 1})


def test_every_class_has_a_period_that_ends_at_a_county_midnight() -> None:
    for each in PurgeClass:
        cut = Retention().cut_off(each, NOW)
        assert cut.astimezone(UTC).hour == 16 and NOW - cut >= timedelta(days=Retention().days(each))
        assert zh_retention.PURGES[each.value]


# --- holds and orders ----------------------------------------------------------------------------------------------


def stream(kind: str, *bodies: RegisterBody) -> tuple[Event, ...]:
    return register_events(register_stream(kind, "1"), bodies, actor=SYSTEM, at=START)


def test_a_hold_stands_until_it_is_released_and_may_be_placed_again() -> None:
    placed, released = hold(case="A-1"), HoldReleased(hold_id="FY-1", order="闽行终2号", by="gh-2")
    assert holds_that_stand(stream("hold", placed)) == (placed,)
    assert holds_that_stand(stream("hold", placed, released)) == ()
    assert holds_that_stand(stream("hold", placed, released, placed)) == (placed,)


def test_an_order_wants_another_person_and_a_refusal_for_what_is_kept_ends_it() -> None:
    ordered = ErasureOrdered(subject_ref=APPLICANT, order="文号1", by="gh-1")

    def refused(code: str) -> ErasureRefused:
        return ErasureRefused(subject_ref=APPLICANT, order="文号1", by="gh-2", reasons=(Reason(code=code),))

    def codes(by: str, *bodies: ErasureBody) -> list[str]:
        return [reason.code for reason in why_not_confirmed(erasure_state(stream("erasure", *bodies)), by)]

    assert codes("gh-2") == ["not_ordered"]
    assert codes("gh-1", ordered) == ["same_person"]
    assert codes("gh-2", ordered) == []
    assert codes("gh-2", ordered, refused("same_person")) == [], "who confirms wrongly voids no order"
    assert codes("gh-2", ordered, refused("hold")) == ["not_ordered"]
    begun = ErasureBegun(
        subject_ref=APPLICANT, order="文号1", ordered_by="gh-1", confirmed_by="gh-2", cases=("A-1",),
        histories_until=None,
    )  # fmt: skip
    assert erasure_state(stream("erasure", ordered, begun)).begun == begun
    done = SubjectErased(subject_ref=APPLICANT, order="文号1", files=0)
    assert erasure_state(stream("erasure", ordered, begun, done)).done
    assert {kind.__name__ for kind in get_args(ErasureBody)} == {
        "ErasureOrdered", "ErasureRefused", "ErasureBegun", "SubjectErased",
    }  # fmt: skip


@pytest.mark.parametrize("order", ["", "德", "x" * 61, "文号\n1", "350526199001010019".join("文号")])
def test_what_is_no_number_of_an_order_is_none(order: str) -> None:
    with pytest.raises(ValidationError):
        ErasureOrdered(subject_ref=APPLICANT, order=order, by="gh-1")


# --- what is open --------------------------------------------------------------------------------------------------


def test_a_case_is_closed_when_it_has_ended_and_all_its_streams_have() -> None:
    closed = case_file("A-1", whole_case("A-1"))
    assert (closed.open, closed.closed_at) == ((), whole_case("A-1")[-1].occurred_at)
    assert [reason.code for reason in case_file("A-1", whole_case("A-1")[:4]).open] == ["case_open"]


def test_what_cannot_be_folded_counts_as_open() -> None:
    (first,) = link("A-1", [received()])
    odd = first.model_copy(update={"stream": "unheard/A-1"})
    wrong = first.model_copy(update={"stream": "commitment/A-1/r/p"})
    assert [r.code for r in case_file("A-1", [*whole_case("A-1"), odd]).open] == ["unreadable"]
    assert [r.code for r in case_file("A-1", [*whole_case("A-1"), wrong]).open] == ["unreadable"]
    with pytest.raises(ValueError, match="A-1"):
        case_file("A-1", [])


def route(name: str, *bodies: EventBody) -> list[Event]:
    stream = Stream(name, "A-1")
    for n, body in enumerate(bodies):
        stream.add(body, SYSTEM, START + timedelta(days=n))
    return stream.events


PAPER = DigitisationOpened(
    joining=Joining(
        application_no="A-1", requirement="r/p", evidence="ev", department="11350526MB0000001C", department_name="某局"
    ),
    evidence_name="证明", subject_ref=APPLICANT, document_digest="b" * 64, issuer=None, key="k", exempt=None,
    by_hand=None,
)  # fmt: skip
QUESTION = VerificationOpened(
    requirement="r/p", evidence="ev", evidence_name="证明", department="11350526MB0000001C", key="k", question="请核验"
)
PROMISE = CommitmentOpened(
    requirement="r/p", evidence="ev", evidence_name="证明", key="k", check=CheckMode.ALL, letter_version="v1",
    notice_digest="a" * 64, letter_digest="a" * 64, signed_digest="a" * 64, signed_by=SignedBy.SELF,
    signer_party_id="p1", signed_at=START,
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "opened", "ended", "code"),
    [
        (f"digitisation/ev/{APPLICANT}/bb", PAPER, DigitisationEnded(result="backfilled"), "paper_under_check"),
        ("verification/A-1/r/p", QUESTION, VerificationEnded(result="never_answered"), "conversation_open"),
        ("commitment/A-1/r/p", PROMISE, CommitmentEnded(result="fulfilled"), "commitment_under_check"),
    ],
)
def test_an_open_route_keeps_its_case_open(name: str, opened: EventBody, ended: EventBody, code: str) -> None:
    open_ = case_file("A-1", [*whole_case("A-1"), *route(name, opened)])
    assert [reason.code for reason in open_.open] == [code] and zh_retention.REASONS[code]
    closed = case_file("A-1", [*whole_case("A-1"), *route(name, opened, ended)])
    assert (closed.open, closed.closed_at) == ((), START + timedelta(days=1)), "its age counts from the last end"


def test_every_word_of_a_stream_has_its_fold() -> None:
    assert set(FOLDS) == {
        "application", "verification", "consultation", "digitisation", "commitment", "assistance", "disposition",
        "review", "completion", "refused",
    }  # fmt: skip
