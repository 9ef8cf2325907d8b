from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import HolderCodeType, LicenceStatus, Polarity, Sensitivity
from schemas.condition import ConditionError, check_condition, meets
from schemas.evidence import Coverage, OutcomeKind
from schemas.exchange import AnswerClass, EvidenceQuery, FoundRecord, PlatformAnswer, Subject
from schemas.judge import judge
from tests.schemas.builders import NOW, PERSON, SPOUSE, TODAY, subject_ref

NATION, PROVINCE, COUNTY = (Coverage(area=code) for code in ("100000", "350000", "350526"))
SINCE_2010 = Coverage(area="350526", since=date(2010, 1, 1))


def query(**over: Any) -> EvidenceQuery:
    subject = Subject(
        subject_ref=subject_ref(1),
        id_type=HolderCodeType.RESIDENT_ID,
        id_number=PERSON,
        name=over.pop("name", "测试甲"),
        facts=over.pop("facts", {}),
    )
    fields: dict[str, Any] = {
        "requirement": "need/p1",
        "evidence_type": "marriage",
        "evidence_name": "结婚证",
        "resource_code": "res-1",
        "polarity": Polarity.IS,
        "sensitivity": Sensitivity.NONE,
        "accepted_statuses": (LicenceStatus.VALID,),
        "condition": None,
        "needed_coverage": None,
        "source_coverage": None,
        "party_id": "p1",
        "subject": subject,
        "round": 1,
    }
    return EvidenceQuery.model_validate(fields | over)


def record(**over: Any) -> FoundRecord:
    fields: dict[str, Any] = {"subject_ref": subject_ref(1), "holder_code": PERSON, "holder_name": "测试甲"}
    return FoundRecord.model_validate(fields | over)


def answer(kind: AnswerClass = AnswerClass.FOUND, *records: FoundRecord, **over: Any) -> PlatformAnswer:
    return PlatformAnswer.model_validate({"kind": kind, "records": records, "received_at": NOW} | over)


def verdict(asked: EvidenceQuery, said: PlatformAnswer, today: date = TODAY) -> tuple[str, str]:
    judged = judge(asked, said, today)
    assert (judged.record is not None) == (judged.kind is OutcomeKind.HIT and asked.polarity is Polarity.IS)
    return judged.kind.value, judged.detail


@pytest.mark.parametrize("polarity", Polarity)
@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (AnswerClass.ADVERSE, "adverse"),
        (AnswerClass.MISMATCH, "mismatch"),
        (AnswerClass.TRANSIENT, "transient"),
        (AnswerClass.QUOTA, "quota"),
        (AnswerClass.CONFIG, "config"),
    ],
)
def test_classes_that_speak_for_themselves(polarity: Polarity, kind: AnswerClass, outcome: str) -> None:
    asked = query(polarity=polarity, needed_coverage=COUNTY, source_coverage=NATION)
    assert verdict(asked, answer(kind)) == (outcome, kind.value)
    assert verdict(asked, answer(kind, detail="licence_cancelled")) == (outcome, "licence_cancelled")
    assert verdict(asked, answer(kind, record())) == (outcome, kind.value)


def test_no_record_of_a_positive_fact_proves_nothing() -> None:
    assert verdict(query(), answer(AnswerClass.NOT_FOUND)) == ("no_record", "no_record")
    wide = query(needed_coverage=COUNTY, source_coverage=NATION)
    assert verdict(wide, answer(AnswerClass.NOT_FOUND, coverage=NATION)) == ("no_record", "no_record")


@pytest.mark.parametrize(
    ("needed", "declared", "said", "kind"),
    [
        pytest.param(COUNTY, NATION, None, "hit", id="declared coverage suffices"),
        pytest.param(COUNTY, PROVINCE, None, "hit", id="province for the county"),
        pytest.param(PROVINCE, COUNTY, None, "no_record", id="declared coverage too small"),
        pytest.param(None, NATION, None, "no_record", id="nobody says what is needed"),
        pytest.param(COUNTY, None, None, "no_record", id="source without coverage"),
        pytest.param(COUNTY, None, NATION, "no_record", id="a boast without published coverage"),
        pytest.param(PROVINCE, COUNTY, NATION, "no_record", id="a boast beyond published coverage"),
        pytest.param(COUNTY, NATION, COUNTY, "hit", id="said less, still enough"),
        pytest.param(PROVINCE, NATION, COUNTY, "no_record", id="said less, too little"),
        pytest.param(COUNTY, COUNTY, NATION, "hit", id="said more, published is enough"),
        pytest.param(
            COUNTY, COUNTY, Coverage(area="350526", since=date(2015, 1, 1)), "no_record", id="only since 2015"
        ),
        pytest.param(SINCE_2010, COUNTY, SINCE_2010, "hit", id="since when it is needed"),
        pytest.param(COUNTY, SINCE_2010, None, "no_record", id="published only since 2010"),
        pytest.param(COUNTY, NATION, Coverage(area="330000"), "no_record", id="said another province"),
        pytest.param(COUNTY, PROVINCE, Coverage(area="330000"), "no_record", id="said what it does not publish"),
    ],
)
def test_no_record_of_a_negative_fact(
    needed: Coverage | None, declared: Coverage | None, said: Coverage | None, kind: str
) -> None:
    asked = query(polarity=Polarity.IS_NOT, needed_coverage=needed, source_coverage=declared)
    judged = judge(asked, answer(AnswerClass.NOT_FOUND, coverage=said), TODAY)
    detail = "no_record_is_the_fact" if kind == "hit" else "coverage_insufficient"
    assert (judged.kind.value, judged.detail) == (kind, detail)
    if kind == "hit":
        assert judged.coverage is not None
        assert needed is not None
        assert judged.coverage.covers(needed)


NEGATIVE = {"polarity": Polarity.IS_NOT, "needed_coverage": COUNTY, "source_coverage": NATION}


@pytest.mark.parametrize("status", LicenceStatus)
def test_a_record_against_a_negative_fact_is_adverse_whatever_its_status(status: LicenceStatus) -> None:
    assert verdict(query(**NEGATIVE), answer(AnswerClass.FOUND, record(status=status))) == ("adverse", "record_exists")


def test_an_answer_that_contradicts_itself_proves_neither() -> None:
    contradiction = ("mismatch", "answer_contradicts_itself")
    assert verdict(query(**NEGATIVE), answer(AnswerClass.FOUND)) == contradiction
    assert verdict(query(**NEGATIVE), answer(AnswerClass.NOT_FOUND, record())) == contradiction
    assert verdict(query(), answer(AnswerClass.NOT_FOUND, record())) == contradiction


def test_found_without_a_record_is_no_hit() -> None:
    assert verdict(query(), answer(AnswerClass.FOUND)) == ("no_record", "no_record")


@pytest.mark.parametrize("status", LicenceStatus)
@pytest.mark.parametrize("accepted", [("01",), ("01", "05"), ("04",)], ids="+".join)
def test_status_against_the_accepted_ones(status: LicenceStatus, accepted: tuple[str, ...]) -> None:
    found = verdict(query(accepted_statuses=accepted), answer(AnswerClass.FOUND, record(status=status)))
    assert found == (("hit", "valid_record") if status.value in accepted else ("adverse", f"status_{status.value}"))


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "kind"),
    [
        pytest.param(None, None, "hit", id="open"),
        pytest.param(TODAY, None, "hit", id="first day"),
        pytest.param(None, TODAY, "hit", id="last day"),
        pytest.param(date(2026, 3, 3), None, "adverse", id="not yet"),
        pytest.param(None, date(2026, 3, 1), "adverse", id="expired"),
        pytest.param(date(2026, 4, 1), date(2026, 2, 1), "adverse", id="ends before it begins"),
    ],
)
def test_validity(valid_from: date | None, valid_until: date | None, kind: str) -> None:
    found = record(valid_from=valid_from, valid_until=valid_until)
    detail = "valid_record" if kind == "hit" else "out_of_validity"
    assert verdict(query(), answer(AnswerClass.FOUND, found)) == (kind, detail)


def test_where_lapsed_ones_are_accepted_their_dates_do_not_matter() -> None:
    lapsed = record(status="05", valid_until=date(2000, 1, 1))
    assert verdict(query(accepted_statuses=("01", "05")), answer(AnswerClass.FOUND, lapsed))[0] == "hit"


@pytest.mark.parametrize(
    ("asked", "said", "same"),
    [
        pytest.param("测试甲", "测试甲", True, id="the same"),
        pytest.param("测试甲", " 测试　甲\t", True, id="spaces"),
        pytest.param("阿依·古丽", "阿依•古丽", True, id="middle dots"),
        pytest.param("阿依·古丽", "阿依‧古丽", True, id="hyphenation point"),
        pytest.param("阿依·古丽", "阿依.古丽", True, id="full stop"),
        pytest.param("阿依·古丽", "阿依古丽", True, id="no dot"),
        pytest.param("ABC陶瓷(德化)有限公司", "ＡＢＣ陶瓷（德化）有限公司", True, id="full width"),
        pytest.param("Smith", "SMITH", True, id="case"),
        pytest.param("测试甲", "测试乙", False, id="another name"),
        pytest.param("测试甲", "测试", False, id="shorter"),
        pytest.param("测试甲", "", False, id="empty"),
        pytest.param("测试甲", "测\u200b试甲", False, id="zero-width space"),
        pytest.param("Smith", "Ѕmith", False, id="cyrillic look-alike"),
        pytest.param("测试甲", "測試甲", False, id="traditional characters"),
    ],
)
def test_the_holder_must_be_the_person_asked_for(asked: str, said: str, same: bool) -> None:
    found = verdict(query(name=asked), answer(AnswerClass.FOUND, record(holder_name=said)))
    assert found == (("hit", "valid_record") if same else ("mismatch", "wrong_person"))


@pytest.mark.parametrize("asked", [query(), query(**NEGATIVE)], ids=["is", "is not"])
def test_another_number_is_a_mismatch_and_nothing_else(asked: EvidenceQuery) -> None:
    stranger = record(holder_code=SPOUSE)
    assert verdict(asked, answer(AnswerClass.FOUND, stranger)) == ("mismatch", "wrong_person")
    assert verdict(asked, answer(AnswerClass.FOUND, record(), stranger)) == ("mismatch", "wrong_person")


def test_numbers_are_compared_without_case_and_margins() -> None:
    assert verdict(query(), answer(AnswerClass.FOUND, record(holder_code=f" {PERSON.lower()} ")))[0] == "hit"


ADULT = "content.age >= 18 && content.town == party.town"


@pytest.mark.parametrize(
    ("records", "kind", "detail"),
    [
        pytest.param([{"age": 18, "town": "浔中"}], "hit", "valid_record", id="met"),
        pytest.param([{"age": 17, "town": "浔中"}], "content_not_met", "content_not_met", id="not met"),
        pytest.param(
            [{"age": 18, "town": "龙浔"}], "content_not_met", "content_not_met", id="against the party's fact"
        ),
        pytest.param([{"town": "浔中"}], "mismatch", "content_unreadable", id="field missing"),
        pytest.param([{"age": "18", "town": "浔中"}], "mismatch", "content_unreadable", id="wrong type"),
        pytest.param([{"age": 10**30, "town": "浔中"}], "mismatch", "content_unreadable", id="beyond 64 bits"),
        pytest.param([{"age": 17, "town": "浔中"}, {"age": 40, "town": "浔中"}], "hit", "valid_record", id="one fits"),
        pytest.param(
            [{"age": 41, "town": "浔中"}, {"age": 40, "town": "浔中"}], "ambiguous", "valid_records_2", id="two fit"
        ),
        pytest.param(
            [{"age": 40, "town": "浔中"}, {"town": "浔中"}], "mismatch", "content_unreadable", id="one unreadable"
        ),
    ],
)
def test_content_condition(records: list[dict[str, Any]], kind: str, detail: str) -> None:
    asked = query(condition=ADULT, facts={"town": "浔中"})
    said = answer(AnswerClass.FOUND, *(record(content=content) for content in records))
    assert verdict(asked, said) == (kind, detail)


def test_more_than_one_valid_record_is_for_a_person() -> None:
    assert verdict(query(), answer(AnswerClass.FOUND, record(), record())) == ("ambiguous", "valid_records_2")
    with_old = (record(), record(status="04"), record(valid_until=date(2020, 1, 1)))
    assert verdict(query(), answer(AnswerClass.FOUND, *with_old)) == ("hit", "valid_record")


RECORDS = st.builds(
    record,
    holder_code=st.sampled_from([PERSON, SPOUSE]),
    status=st.sampled_from(LicenceStatus),
    valid_until=st.sampled_from([None, date(2020, 1, 1), date(2030, 1, 1)]),
)


@given(
    st.sampled_from(Polarity),
    st.sampled_from(AnswerClass),
    st.lists(RECORDS, max_size=3),
    st.sampled_from([None, NATION, COUNTY]),
)
def test_a_hit_is_always_about_the_person_and_says_on_what(
    polarity: Polarity, kind: AnswerClass, records: list[FoundRecord], needed: Coverage | None
) -> None:
    asked = query(polarity=polarity, needed_coverage=needed, source_coverage=NATION)
    judged = judge(asked, answer(kind, *records), TODAY)
    if judged.kind is not OutcomeKind.HIT:
        return
    if polarity is Polarity.IS:
        assert judged.record is not None
        assert judged.record.holder_code == PERSON
        assert judged.record.status is LicenceStatus.VALID
    else:
        assert kind is AnswerClass.NOT_FOUND
        assert not records
        assert needed is not None


# --- conditions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("expression", ["1 +", "content.", "((", "content.a = 1", "'open"])
def test_an_expression_that_does_not_parse_is_refused(expression: str) -> None:
    with pytest.raises(ConditionError, match="语法"):
        check_condition(expression)


@pytest.mark.parametrize(
    ("expression", "content"),
    [
        pytest.param("content.a", {"a": 1}, id="no boolean"),
        pytest.param("content.a > 1", {}, id="field missing"),
        pytest.param("content.a > 1", {"a": "x"}, id="wrong type"),
        pytest.param("content.a / 0 > 1", {"a": 1}, id="division by zero"),
        pytest.param("content.a + 9223372036854775807 > 1", {"a": 5}, id="overflow"),
        pytest.param("content.a > 1", {"a": 2**70}, id="number beyond 64 bits"),
        pytest.param("nobody(content.a)", {"a": 1}, id="unknown function"),
        pytest.param("timestamp(content.a) > timestamp('2020-01-01T00:00:00Z')", {"a": "?"}, id="no time"),
    ],
)
def test_what_cannot_be_evaluated_is_no_judgement(expression: str, content: dict[str, Any]) -> None:
    check_condition(expression)
    with pytest.raises(ConditionError):
        meets(expression, content, {})


def test_booleans_and_texts_of_records_and_parties() -> None:
    assert meets("content.ok && content.name == party.name", {"ok": True, "name": "甲"}, {"name": "甲"})
    assert not meets("content.ok", {"ok": False}, {})
