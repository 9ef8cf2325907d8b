"""Departments of the demo as they check afterwards: reviews, commitments, papers, licences, answers that came late."""

from __future__ import annotations

from collections.abc import Iterator

from infra.cli.demo_scene import Deed, Scene
from schemas.clock import county_date
from schemas.codes import Consequence
from schemas.commitment_acts import (
    ConfirmRectified,
    DecideConsequence,
    HearCommitter,
    RecordCheck,
    RecordCredit,
    RecordRepair,
)
from schemas.completion import CannotComplete
from schemas.digitisation_acts import CannotBackfill, RecordPaperCheck
from schemas.late_check import CloseCheck
from schemas.review import Conclusion, Finding
from schemas.review_acts import ConcludeReview, Hear, Recheck

_CONCLUSIONS: tuple[tuple[float, Conclusion, Finding], ...] = (
    (0.55, "accepted", "mistaken"),
    (0.65, "corrected", "mistaken"),
    (1.00, "not_exempted", "stands"),
)
"""Cumulative shares of how a review ends, and what was found."""


def review(scene: Scene) -> Iterator[Deed]:
    """Checked again, the applicant heard, concluded; a hasty one would conclude against him unheard."""
    roll = scene.chance("conclusion")
    conclusion, finding = next((c, f) for share, c, f in _CONCLUSIONS if roll <= share)
    reviewer = scene.official("reviewer")
    if scene.chance("hasty") < 0.1:
        hasty = ConcludeReview(
            command_id=scene.command("hasty"), actor=reviewer, conclusion="not_exempted", reasons="来源答复不利"
        )
        yield Deed("conclude_review", hasty)
    recheck = Recheck(
        command_id=scene.command("recheck"),
        actor=reviewer,
        checked="来源系统登记信息",
        finding=finding,
        notes="与来源单位电话核对，并调阅登记底档",
    )
    yield Deed("recheck", recheck)
    yield Deed("hear", Hear(command_id=scene.command("hear"), actor=reviewer, said="申请人说明了情况"))
    yield Deed(
        "conclude_review",
        ConcludeReview(
            command_id=scene.command("conclude"),
            actor=reviewer,
            conclusion=conclusion,
            reasons="经复查并听取申请人意见作出",
            document_digest=scene.digest("review", scene.stream),
        ),
    )


# --- commitments ---------------------------------------------------------------------------------------------------


def check_commitment(scene: Scene) -> Iterator[Deed]:
    """Where sources and issuer said nothing either way, the department looks; a third was not true."""
    found_true = scene.chance("true") > 0.33
    act = RecordCheck(
        command_id=scene.command("check"),
        actor=scene.official("checker"),
        found_true=found_true,
        finding="与承诺一致" if found_true else "与承诺不一致",
        document_digest=scene.digest("check", scene.stream),
    )
    yield Deed("record_check", act)


def hear(scene: Scene) -> Iterator[Deed]:
    """He is heard; one in five clears it up."""
    attended = scene.chance("attends") < 0.85
    cleared = attended and scene.chance("clears") < 0.2
    act = HearCommitter(
        command_id=scene.command("hear"),
        actor=scene.official("checker"),
        attended=attended,
        record_digest=scene.digest("hearing", scene.stream),
        cleared=cleared,
        finding="陈述属实，承诺并无不实" if cleared else "未能说明",
    )
    yield Deed("hear", act, wait=0.4)


def consequence(scene: Scene) -> Iterator[Deed]:
    """By another person than the checker, who sometimes tries; then closed, or put on record and later repaired."""
    requirement = scene.requirement or ""
    code = requirement.rpartition("/")[0]
    allowed = next((t.consequences for t in scene.catalogue.commitments if t.requirement == code), ())
    chosen = Consequence.RECTIFY if Consequence.RECTIFY in allowed and scene.chance("rectify") < 0.6 else None
    chosen = chosen or next((c for c in allowed if c is not Consequence.RECTIFY), Consequence.REVOKE)
    decider = scene.official("decider")
    persons = (scene.official("checker"), decider) if scene.chance("checker") < 0.15 else (decider,)
    for person in persons:
        act = DecideConsequence(
            command_id=scene.command(f"consequence {person.actor_id}"),
            actor=person,
            consequences=(chosen,),
            reason="承诺不实",
            legal_basis="国办发〔2020〕42号",
        )
        yield Deed("decide_consequence", act)
    if chosen is Consequence.RECTIFY:
        return
    if scene.chance("on record") < 0.35:
        yield from _on_record(scene)
    else:
        closing = CloseCheck(command_id=scene.command("close"), actor=decider, finding="处理完毕，不报送失信记录")
        yield Deed("close_check", closing, wait=0.5)


def _on_record(scene: Scene) -> Iterator[Deed]:
    decider, document = scene.official("decider"), scene.digest("document", scene.stream)
    record = RecordCredit(
        command_id=scene.command("record"),
        actor=decider,
        document_no=f"示例决字第{document[:6]}号",
        document_digest=document,
        effective_on=county_date(scene.now),
        fact="作出不实承诺",
    )
    repair = RecordRepair(
        command_id=scene.command("repair"),
        actor=decider,
        document_no=f"示例修字第{document[:6]}号",
        document_digest=scene.digest("repair", scene.stream),
    )
    yield Deed("record_credit", record, wait=0.5)
    yield Deed("record_repair", repair, wait=2.5)


def rectified(scene: Scene) -> Iterator[Deed]:
    """He has put it right."""
    act = ConfirmRectified(command_id=scene.command("rectified"), actor=scene.official("decider"), finding="已整改到位")
    yield Deed("confirm_rectified", act, wait=1.5)


# --- papers and licences -------------------------------------------------------------------------------------------


def check_paper(scene: Scene) -> Iterator[Deed]:
    """The department checks a paper whose issuer cannot be asked; where nobody of the county owes the record, it says
    so."""
    true = scene.chance("true") < 0.85
    act = RecordPaperCheck(
        command_id=scene.command("paper"),
        actor=scene.official("checker"),
        verdict="confirmed" if true else "refuted",
        finding="与原件及公开信息核对一致" if true else "防伪特征不符",
    )
    yield Deed("record_check", act, wait=0.4)
    evidence_type = scene.stream.split("/")[1]
    if true and scene.issuer_is_nobody(evidence_type) and scene.is_shared(evidence_type):
        cannot = CannotBackfill(
            command_id=scene.command("cannot"), actor=scene.official("checker"), reason="出具单位不在本县，无法补录"
        )
        yield Deed("cannot_backfill", cannot, wait=1.0)


def backfill(scene: Scene) -> Iterator[Deed]:
    """An issuer that was reminded in vain says that it cannot."""
    act = CannotBackfill(
        command_id=scene.command("cannot"),
        actor=scene.staff("archivist", scene.told),
        reason="原始档案已移交，无法补录",
    )
    yield Deed("cannot_backfill", act)


def complete(scene: Scene) -> Iterator[Deed]:
    """An issuer that was reminded in vain says that there is nothing to complete."""
    act = CannotComplete(
        command_id=scene.command("cannot"), actor=scene.staff("archivist", scene.told), reason="未核发过该证照"
    )
    yield Deed("cannot_complete", act)


def late(scene: Scene) -> Iterator[Deed]:
    """What came after the decision is looked at, and changes nothing by itself."""
    act = CloseCheck(
        command_id=scene.command("late"), actor=scene.staff("checker", scene.told), finding="已核，不影响原决定"
    )
    yield Deed("close_check", act)
