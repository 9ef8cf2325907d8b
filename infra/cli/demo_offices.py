"""Windows and departments of the demo as they carry a case: notice, 受理, 决定; and 灵活处置 with 管委会."""

from __future__ import annotations

from collections.abc import Iterator

from infra.cli.demo_scene import Deed, Scene
from schemas.acceptance import Accept, IssueNotice, RefuseAcceptance, ReportDecision
from schemas.application import Actor
from schemas.case_commands import DispositionCause, DispositionOutcome, DispositionProposal, ProposeDisposition
from schemas.case_state import RequirementStanding
from schemas.clock import county_date
from schemas.codes import ActorKind, Route
from schemas.disposition_commands import (
    Conclude,
    DecideDisposition,
    MeetCondition,
    RecordInquiry,
    ReturnProposal,
    SupplyFacts,
)
from schemas.disposition_events import Conclusion, Disposal

_OUTCOMES = (
    (0.40, DispositionOutcome.EXEMPTED),
    (0.58, DispositionOutcome.CONDITIONAL),
    (0.73, DispositionOutcome.SUBSTITUTED),
    (0.87, DispositionOutcome.OWN_INQUIRY),
    (1.00, DispositionOutcome.NOT_EXEMPTED),
)
"""Cumulative shares of what a proposal comes to."""
_CONDITION_DAYS = 10
_BASIS = "德政办〔2024〕28号 四(七)"


# --- the case ------------------------------------------------------------------------------------------------------


def notice(scene: Scene) -> Iterator[Deed]:
    """Before its time is over the window sends the one notice, or accepts where nothing is open or lacking."""
    if scene.standing(RequirementStanding.OPEN) or scene.standing(RequirementStanding.NOT_EXEMPTED):
        yield Deed("issue_notice", IssueNotice(command_id=scene.command("notice"), actor=scene.clerk()))
    else:
        yield from acceptance(scene)


def acceptance(scene: Scene) -> Iterator[Deed]:
    """Mostly accepted; one in fifty is not; now and then an office that has no say in it tries."""
    if scene.chance("stranger") < 0.04:
        other = next(d.uscc for d in scene.catalogue.departments if d.uscc != scene.department)
        stranger = Actor(kind=ActorKind.CLERK, actor_id="clerk-000", department=other)
        yield Deed("accept", Accept(command_id=scene.command("stranger"), actor=stranger))
    if scene.chance("refuses") < 0.02:
        yield Deed(
            "refuse_acceptance",
            RefuseAcceptance(
                command_id=scene.command("refuse"),
                actor=scene.official("acceptor"),
                reason="申请事项不属于本机关职权范围",
                legal_basis="《行政许可法》第三十二条",
            ),
        )
    else:
        yield Deed("accept", Accept(command_id=scene.command("accept"), actor=scene.official("acceptor")))


def decision(scene: Scene) -> Iterator[Deed]:
    """The business system reports 决定."""
    granted = scene.chance("granted") < 0.94
    yield Deed(
        "report_decision",
        ReportDecision(
            command_id=scene.command("decision"),
            actor=Actor(kind=ActorKind.BUSINESS_SYSTEM, actor_id="business-system", department=scene.department),
            decision="granted" if granted else "refused",
            reference=f"JD-{scene.digest('decision')[:12]}",
        ),
        wait=0.4,
    )


# --- 灵活处置 --------------------------------------------------------------------------------------------------------


def propose(scene: Scene) -> Iterator[Deed]:
    """The deciding department's analysis and proposal."""
    offers = scene.offers_of(scene.requirement)
    offer = next((o for o in offers if o.route is Route.FLEXIBLE_DISPOSITION), None)
    if offer is None:
        return
    origin, outcome = scene.origin(), _outcome(scene)
    away = origin is not None and origin.area is not None
    yield Deed(
        "propose_disposition",
        ProposeDisposition(
            command_id=scene.command("propose"),
            actor=scene.official("proposer"),
            evidence_type=offer.evidence_type,
            unit="business_office",
            proposal=DispositionProposal(
                cause=DispositionCause.OUT_OF_PROVINCE if away else DispositionCause.HISTORICAL,
                materiality="该材料用于佐证申请条件之一，非唯一依据",
                relation="已掌握的登记信息与申请人陈述相互印证",
                risk="风险较低，可通过事后核查控制",
                proposed=outcome,
                legal_basis=_BASIS,
                **_particulars(outcome),
            ),
            **scene.about(),
        ),
        wait=0.3,
    )


def conclude(scene: Scene) -> Iterator[Deed]:
    """管委会 concludes on the opinions it has; one in eight goes back for more facts first."""
    if scene.chance("returns") < 0.12:
        yield Deed(
            "return_proposal",
            ReturnProposal(
                command_id=scene.command("return"),
                actor=scene.committee(),
                unit="review_office",
                questions="请补充该事实形成的时间及其他佐证",
            ),
        )
        return
    yield Deed(
        "conclude",
        Conclude(
            command_id=scene.command("conclude"),
            actor=scene.committee(),
            unit="review_office",
            conclusion=Conclusion(
                **_disposal(scene, _outcome(scene)).model_dump(),
                effective_from=county_date(scene.now),
                precedent=f"demo.{scene.item.department}.{_outcome(scene).value}",
            ),
        ),
    )


def more_facts(scene: Scene) -> Iterator[Deed]:
    """The department supplies what 管委会 asked for."""
    yield Deed(
        "supply_facts",
        SupplyFacts(
            command_id=scene.command("facts"),
            actor=scene.official("proposer"),
            unit="business_office",
            facts="补充：该事实形成于原户籍地，另有同期登记信息佐证",
            material_digests=(scene.digest("facts"),),
        ),
    )


def decide_disposition(scene: Scene) -> Iterator[Deed]:
    """The department decides the case, mostly as 管委会 has it; what it undertook to find out itself, it finds."""
    if scene.assignment == "inquiry":
        yield Deed(
            "record_inquiry",
            RecordInquiry(
                command_id=scene.command("inquiry"),
                actor=scene.official("decider"),
                established=scene.chance("established") < 0.8,
                finding="经走访和调阅档案核实",
                document_digest=scene.digest("inquiry"),
            ),
            wait=0.5,
        )
        return
    follows = scene.chance("follows") < 0.92
    disposal = _disposal(scene, _outcome(scene) if follows else DispositionOutcome.EXEMPTED)
    if scene.chance("proposer decides") < 0.1:
        proposer = scene.official("proposer")
        act = DecideDisposition(command_id=scene.command("proposer"), actor=proposer, disposal=disposal)
        yield Deed("decide_disposition", act)
    decider = scene.official("decider")
    act = DecideDisposition(command_id=scene.command("decide"), actor=decider, disposal=disposal)
    yield Deed("decide_disposition", act)


def meet_condition(scene: Scene) -> Iterator[Deed]:
    """What was to be done later has been done, in nine of ten; otherwise what rested on it falls."""
    if scene.chance("met") < 0.9:
        act = MeetCondition(
            command_id=scene.command("condition"),
            actor=scene.official("decider"),
            finding="所附条件已履行，材料已补齐",
            document_digest=scene.digest("condition"),
        )
        yield Deed("meet_condition", act, wait=0.8)


def _outcome(scene: Scene) -> DispositionOutcome:
    roll = scene.of_the_case("outcome")
    return next(outcome for share, outcome in _OUTCOMES if roll <= share)


def _particulars(outcome: DispositionOutcome) -> dict[str, object]:
    if outcome is DispositionOutcome.SUBSTITUTED:
        return {"substitute": "同期登记信息"}
    if outcome is DispositionOutcome.CONDITIONAL:
        return {"condition": "限期补充同期登记信息", "condition_days": _CONDITION_DAYS}
    return {}


def _disposal(scene: Scene, outcome: DispositionOutcome) -> Disposal:
    exempted = outcome is not DispositionOutcome.NOT_EXEMPTED
    return Disposal.model_validate(
        {
            "outcome": outcome,
            "reasons": "非关键材料，且有其他信息佐证" if exempted else "属关键材料，现有信息不足以印证",
            "legal_basis": _BASIS,
            **_particulars(outcome),
        }
    )
