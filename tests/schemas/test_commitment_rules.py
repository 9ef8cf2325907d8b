"""告知承诺, the pure part: who may sign, what credit bars, what the letter holds, which are drawn, who may act when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from schemas.application import Act, Actor, CommandRef
from schemas.case_commands import SignCommitment, SignedBy
from schemas.codes import ActorKind, CheckBy, CheckMode, Consequence, PartyKind, Platform
from schemas.commitment import CommitmentState
from schemas.commitment_acts import (
    ConfirmRectified,
    DecideConsequence,
    HearCommitter,
    RecordCheck,
    RecordCredit,
    RecordRepair,
    check_by_hand,
    check_consequence,
    check_credit_record,
    check_hearing,
    check_rectified,
    check_repair,
    may_close,
)
from schemas.commitment_events import CreditRecordOrdered
from schemas.commitment_guard import check_signature, draw, month_seed
from schemas.commitment_letter import render_letter, render_notice, text_digest
from schemas.commitment_reports import checked_by_sharing
from schemas.commitment_terms import CommitmentTerms
from schemas.credit_check import PartyFact, commitment_bar, committer_of, deferral_bar
from schemas.credit_exchange import CreditAnswer, CreditFinding, CreditStanding
from schemas.evidence import Outcome, OutcomeKind
from schemas.texts import zh

NOW = datetime(2026, 9, 28, 2, tzinfo=UTC)
DEPARTMENT, ELSEWHERE = "11350526MB0000003J", "11350526MB0000002F"
PERSON = PartyFact(party_id="p1", role="applicant", kind=PartyKind.LIVING)
GUARDIAN = PartyFact(party_id="g1", role="guardian", kind=PartyKind.LIVING)
SPOUSE = PartyFact(party_id="p2", role="spouse", kind=PartyKind.LIVING)
DEAD = PartyFact(party_id="d1", role="deceased", kind=PartyKind.DECEASED)
COMPANY = PartyFact(party_id="c1", role="applicant", kind=PartyKind.ORGANISATION)
HEAD = PartyFact(party_id="h1", role="legal_representative", kind=PartyKind.LIVING)
PEOPLE, FIRM = (PERSON, GUARDIAN, SPOUSE, DEAD), (COMPANY, HEAD, GUARDIAN)
CLAUSES = (
    "obligation",
    "content",
    "manner",
    "liability",
    "check_power",
    "publicity",
    "fulfilment",
    "supervision",
)


def terms(**over: Any) -> CommitmentTerms:
    values: dict[str, Any] = {
        "requirement": "need",
        "evidence_type": "hardship",
        "letter_version": "letter_2026_01",
        "check": CheckMode.SAMPLE,
        "sample_percent": 30,
        "check_within_days": 20,
        "check_by": CheckBy.VERIFICATION,
        "consequences": (Consequence.STOP, Consequence.RECTIFY),
        "rectify_days": 15,
        "provenance": "synthetic",
    }
    return CommitmentTerms.model_validate(values | {c: f"示例条款{c}" for c in CLAUSES} | over)


def signed(by: SignedBy, party: str = "p1", signer: str | None = None) -> SignCommitment:
    return SignCommitment(
        command_id="sign-1",
        actor=clerk("7"),
        requirement_code="need",
        party_id=party,
        evidence_type="hardship",
        letter_version="letter_2026_01",
        letter_digest="a" * 64,
        signed_by=by,
        signer_party_id=signer,
        signed_at=NOW,
    )


def clerk(number: str, department: str = DEPARTMENT, kind: ActorKind = ActorKind.CLERK) -> Actor:
    return Actor(kind=kind, actor_id=f"clerk-{number}", department=department)


@pytest.mark.parametrize(
    ("parties", "party", "by", "signer", "fault"),
    [
        (PEOPLE, "p1", SignedBy.SELF, None, None),
        (PEOPLE, "p1", SignedBy.SELF, "p1", None),
        (PEOPLE, "p1", SignedBy.SELF, "p2", "signer_not_himself"),
        (PEOPLE, "p2", SignedBy.SELF, "p1", "signer_not_himself"),
        (PEOPLE, "d1", SignedBy.SELF, "p1", None),
        (PEOPLE, "d1", SignedBy.SELF, "p2", "signer_not_himself"),
        (PEOPLE, "p1", SignedBy.GUARDIAN, "g1", None),
        (PEOPLE, "p1", SignedBy.GUARDIAN, "p2", "signer_not_guardian"),
        (PEOPLE, "p1", SignedBy.GUARDIAN, None, "signer_not_guardian"),
        (PEOPLE, "p1", SignedBy.GUARDIAN, "x9", "signer_not_guardian"),
        (PEOPLE, "g1", SignedBy.GUARDIAN, "g1", "signer_not_guardian"),
        (PEOPLE, "p1", SignedBy.SEAL, None, "person_has_no_seal"),
        (PEOPLE, "p1", SignedBy.LEGAL_REPRESENTATIVE, "g1", "person_has_no_seal"),
        (PEOPLE, "p1", SignedBy.PROXY, "p2", "signed_by_proxy"),
        (FIRM, "c1", SignedBy.SEAL, None, None),
        (FIRM, "c1", SignedBy.LEGAL_REPRESENTATIVE, "h1", None),
        (FIRM, "c1", SignedBy.LEGAL_REPRESENTATIVE, "g1", "signer_not_legal_representative"),
        (FIRM, "c1", SignedBy.LEGAL_REPRESENTATIVE, None, "signer_not_legal_representative"),
        (FIRM, "c1", SignedBy.SELF, None, "company_signs_by_seal"),
        (FIRM, "c1", SignedBy.GUARDIAN, "g1", "company_signs_by_seal"),
        (FIRM, "c1", SignedBy.PROXY, "h1", "signed_by_proxy"),
    ],
)
def test_who_may_sign(
    parties: tuple[PartyFact, ...], party: str, by: SignedBy, signer: str | None, fault: str | None
) -> None:
    errors = check_signature(signed(by, party, signer), parties)
    assert [e.code for e in errors] == ([] if fault is None else [fault])
    assert all(f"tried_{e.code}" in zh.REASONS for e in errors), "a refused route says why"


def test_for_a_dead_person_the_applicant_commits() -> None:
    assert committer_of(PEOPLE, "d1") == PERSON
    assert committer_of(PEOPLE, "p2") == SPOUSE
    with pytest.raises(LookupError):
        committer_of((DEAD,), "d1")
    with pytest.raises(LookupError):
        committer_of(PEOPLE, "x9")


def finding(*standings: tuple[CreditStanding, bool]) -> CreditFinding:
    platforms = (Platform.CREDIT_PROVINCIAL, Platform.CREDIT_CITY)
    return CreditFinding(
        answers=tuple(
            CreditAnswer(
                platform=platform,
                standing=standing,
                detail="x",
                repaired=repaired,
                evidence_digest=None,
                answered_at=NOW,
            )
            for platform, (standing, repaired) in zip(platforms, standings, strict=True)
        )
    )


CLEAR, SILENT = (CreditStanding.CLEAR, False), (CreditStanding.UNAVAILABLE, False)
SERIOUS, FALSE = (CreditStanding.SERIOUS_DISCREDIT, False), (CreditStanding.FALSE_COMMITMENT, False)
MENDED, MADE_GOOD = (CreditStanding.SERIOUS_DISCREDIT, True), (CreditStanding.FALSE_COMMITMENT, True)


@pytest.mark.parametrize(
    ("answers", "commitment", "deferral"),
    [
        (None, "credit_unavailable", "credit_unavailable"),
        (finding(CLEAR, CLEAR), None, None),
        (finding(SILENT, CLEAR), "credit_unavailable", "credit_unavailable"),
        (finding(CLEAR, SILENT), "credit_unavailable", "credit_unavailable"),
        (finding(SERIOUS, SILENT), "credit_serious", "credit_serious"),
        (finding(CLEAR, SERIOUS), "credit_serious", "credit_serious"),
        (finding(FALSE, CLEAR), "credit_false_commitment", None),
        (finding(FALSE, SILENT), "credit_false_commitment", "credit_unavailable"),
        (finding(FALSE, SERIOUS), "credit_serious", "credit_serious"),
        (finding(MENDED, MADE_GOOD), None, None),
        (finding(MENDED, FALSE), "credit_false_commitment", None),
    ],
)
def test_what_credit_bars(answers: CreditFinding | None, commitment: str | None, deferral: str | None) -> None:
    assert commitment_bar(answers) == commitment
    assert deferral_bar(answers) == deferral


def test_the_notice_holds_every_clause_and_the_letter_the_four_statements() -> None:
    notice, letter = (render(terms(), "示例事项", "经济困难证明") for render in (render_notice, render_letter))
    for clause in CLAUSES:
        assert f"示例条款{clause}" in notice
    for words in ("letter_2026_01", "示例事项", "经济困难证明", "抽查（30%）", "20个工作日", "15个工作日"):
        assert words in notice
    assert "终止办理、责令限期整改" in notice
    assert "可以撤回承诺" in notice
    for words in ("已知晓", "已符合", "真实", "愿意接受核查，并承担", "示例条款content", "letter_2026_01"):
        assert words in letter
    assert notice == render_notice(terms(), "示例事项", "经济困难证明")
    changed = render_notice(terms(liability="另一条款"), "示例事项", "经济困难证明")
    assert text_digest(changed) != text_digest(notice)


def test_a_check_that_is_waived_is_told_so() -> None:
    waived = terms(check=CheckMode.NONE, sample_percent=100, check_within_days=None, check_by=None)
    assert "免核" in render_notice(waived, "示例事项", "经济困难证明")


def test_sampling_can_be_repeated_and_is_in_proportion() -> None:
    seed = month_seed("d" * 64, NOW)
    assert seed == f"{'d' * 64}/2026-09"
    drawn = [draw(f"T-{n}", "need/p1", seed, 30) for n in range(4000)]
    assert drawn == [draw(f"T-{n}", "need/p1", seed, 30) for n in range(4000)]
    assert 0.27 < sum(d.chosen for d in drawn) / len(drawn) < 0.33
    assert {d.number for d in drawn} == set(range(100))
    assert all(d.chosen == (d.number < 30) for d in drawn)
    other_month = [draw(f"T-{n}", "need/p1", month_seed("d" * 64, NOW + timedelta(days=30)), 30) for n in range(4000)]
    assert [d.number for d in other_month] != [d.number for d in drawn]


def test_the_month_of_a_seed_is_the_countys() -> None:
    assert month_seed("s", datetime(2026, 9, 30, 16, 30, tzinfo=UTC)) == "s/2026-10"


@pytest.mark.parametrize("kind", list(OutcomeKind))
def test_only_a_hit_and_an_adverse_record_decide_a_check(kind: OutcomeKind) -> None:
    said = checked_by_sharing(Platform.DATA_SHARING, Outcome(kind=kind, asked_at=NOW, answered_at=NOW))
    expected = {OutcomeKind.HIT: True, OutcomeKind.ADVERSE: False}.get(kind)
    assert (said.found_true if said is not None else None) is expected


# --- who may act, and when -------------------------------------------------------------------------------------------


def state(**over: Any) -> CommitmentState:
    values: dict[str, Any] = {
        "application_no": "T-1",
        "requirement": "need/p1",
        "evidence": "hardship",
        "key": "T-1/need/p1/commitment/1",
        "check": CheckMode.ALL,
        "counted": True,
    }
    return CommitmentState.model_validate(values | over)


def record() -> CreditRecordOrdered:
    return CreditRecordOrdered(
        command=CommandRef(command_id="r-1", act=Act.RECORD_CREDIT, digest="0" * 64),
        document_no="示例〔2026〕1号",
        document_digest="d" * 64,
        effective_on=date(2026, 9, 1),
        fact="作出不实承诺",
    )


BROKEN: dict[str, Any] = {"found_true": False, "checked_by": "clerk-1"}
HEARD = BROKEN | {"listened": True}
DECIDED = HEARD | {"consequences": (Consequence.STOP,)}
TO_RECTIFY = HEARD | {"consequences": (Consequence.RECTIFY,), "rectify_due_at": NOW}
ON_RECORD = DECIDED | {"record": record(), "record_number": 1, "record_delivered": True}


@pytest.mark.parametrize(
    ("stands", "department", "code"),
    [
        ({}, DEPARTMENT, None),
        ({}, ELSEWHERE, "wrong_department"),
        ({"counted": False}, DEPARTMENT, "commitment_not_counted"),
        ({"called_off": "revoked"}, DEPARTMENT, "commitment_not_counted"),
        ({"found_true": True}, DEPARTMENT, "commitment_checked_already"),
        (BROKEN, DEPARTMENT, "commitment_checked_already"),
        ({"result": "fulfilled"}, DEPARTMENT, "commitment_ended"),
    ],
)
def test_when_a_check_may_be_recorded(stands: dict[str, Any], department: str, code: str | None) -> None:
    act = RecordCheck(command_id="c-1", actor=clerk("1", department), found_true=False, finding="示例")
    assert [e.code for e in check_by_hand(state(**stands), DEPARTMENT, act)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("stands", "attended", "cleared", "code"),
    [
        (BROKEN, True, False, None),
        (BROKEN, True, True, None),
        (BROKEN, False, False, None),
        (BROKEN, False, True, "absent_cannot_clear"),
        ({}, True, False, "commitment_not_broken"),
        ({"found_true": True}, True, False, "commitment_not_broken"),
        (HEARD, True, False, "heard_already"),
    ],
)
def test_when_he_may_be_heard(stands: dict[str, Any], attended: bool, cleared: bool, code: str | None) -> None:
    act = HearCommitter(
        command_id="h-1",
        actor=clerk("2"),
        attended=attended,
        record_digest="e" * 64,
        cleared=cleared,
        finding="示例",
    )
    assert [e.code for e in check_hearing(state(**stands), DEPARTMENT, act)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("stands", "who", "wanted", "code"),
    [
        (HEARD, "2", (Consequence.STOP,), None),
        (HEARD, "2", (Consequence.STOP, Consequence.RECTIFY), None),
        (HEARD, "2", (Consequence.PENALISE,), "consequence_not_in_terms"),
        (HEARD, "1", (Consequence.STOP,), "checker_cannot_decide"),
        (BROKEN, "2", (Consequence.STOP,), "not_heard_yet"),
        ({}, "2", (Consequence.STOP,), "commitment_not_broken"),
        (HEARD | {"cleared": True}, "2", (Consequence.STOP,), "commitment_not_broken"),
        (DECIDED, "2", (Consequence.STOP,), "consequence_decided_already"),
        (TO_RECTIFY, "2", (Consequence.STOP,), None),
        (TO_RECTIFY | {"rectified": True}, "2", (Consequence.STOP,), "consequence_decided_already"),
    ],
)
def test_when_a_consequence_may_be_decided(
    stands: dict[str, Any], who: str, wanted: tuple[Consequence, ...], code: str | None
) -> None:
    act = DecideConsequence(
        command_id="d-1", actor=clerk(who), consequences=wanted, reason="示例理由", legal_basis="示例依据"
    )
    found = check_consequence(state(**stands), DEPARTMENT, terms(), act)
    assert [e.code for e in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("stands", "effective_on", "code"),
    [
        (DECIDED, date(2026, 9, 28), None),
        (DECIDED, date(2026, 9, 29), "document_not_effective"),
        (HEARD, date(2026, 9, 28), "no_consequence_yet"),
        (BROKEN, date(2026, 9, 28), "not_heard_yet"),
        ({}, date(2026, 9, 28), "commitment_not_broken"),
        (ON_RECORD, date(2026, 9, 28), "credit_recorded_already"),
    ],
)
def test_a_credit_record_needs_hearing_consequence_and_an_effective_document(
    stands: dict[str, Any], effective_on: date, code: str | None
) -> None:
    act = RecordCredit(
        command_id="r-1",
        actor=clerk("2"),
        document_no="示例〔2026〕1号",
        document_digest="d" * 64,
        effective_on=effective_on,
        fact="作出不实承诺",
    )
    found = check_credit_record(state(**stands), DEPARTMENT, act, date(2026, 9, 28))
    assert [e.code for e in found] == ([code] if code else [])


def test_only_what_was_ordered_is_put_right_and_only_what_is_on_record_repaired() -> None:
    rectified = ConfirmRectified(command_id="x-1", actor=clerk("2"), finding="示例")
    repair = RecordRepair(command_id="x-2", actor=clerk("2"), document_no="示例1号", document_digest="f" * 64)
    assert not check_rectified(state(**TO_RECTIFY), DEPARTMENT, rectified)
    assert [e.code for e in check_rectified(state(**DECIDED), DEPARTMENT, rectified)] == ["nothing_to_rectify"]
    assert not check_repair(state(**ON_RECORD), DEPARTMENT, repair)
    assert [e.code for e in check_repair(state(**DECIDED), DEPARTMENT, repair)] == ["no_credit_record"]
    waiting = ON_RECORD | {"record_delivered": False}
    assert [e.code for e in check_repair(state(**waiting), DEPARTMENT, repair)] == ["no_credit_record"]


def test_a_matter_is_closed_only_when_all_that_was_ordered_is_done() -> None:
    assert may_close(state(**DECIDED))
    assert not may_close(state(**HEARD))
    assert not may_close(state(**TO_RECTIFY))
    assert not may_close(state(**ON_RECORD))


def test_how_a_breach_comes_to_its_end() -> None:
    assert state(**DECIDED).over is None
    assert state(**TO_RECTIFY).over is None
    assert state(**TO_RECTIFY | {"rectified": True}).over == "rectified"
    both = {"consequences": (Consequence.RECTIFY, Consequence.REVOKE), "rectified": True}
    assert state(**TO_RECTIFY | both).over is None, "a revocation may still come to a legal document"
    assert state(**ON_RECORD).over is None
    assert state(**ON_RECORD | {"repaired": True}).over == "repaired"
    assert state(**DECIDED | {"dealt_with": True}).over == "dealt_with"
