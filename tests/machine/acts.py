"""Every act people may do to a case, made of a few small numbers, and how the case answers it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from schemas import acceptance_acts, case_acts
from schemas.acceptance import (
    Accept,
    DepartmentAct,
    ExcludeTime,
    ExtendClock,
    IssueNotice,
    RefuseAcceptance,
    ReportDecision,
    ResumeClock,
    Terminate,
)
from schemas.acts import act_error, check_open
from schemas.application import (
    Act,
    Actor,
    Choice,
    CommandRef,
    Origin,
    Volunteered,
    VolunteerEvidence,
    Withdraw,
    command_ref,
)
from schemas.case import RequirementStanding
from schemas.case_acts import Acted, Sight
from schemas.case_commands import (
    Choose,
    ConsentAssistance,
    DeclareOrigin,
    DispositionCause,
    DispositionOutcome,
    DispositionProposal,
    ProposeDisposition,
    RequestProof,
    RequirementCommand,
    RevokeAssistance,
    SignCommitment,
    SignDeferral,
    SignedBy,
    SubmitPaper,
    SupplyDeferred,
    WithdrawCommitment,
)
from schemas.codes import ActorKind, Route
from schemas.errors import FieldError
from schemas.events import ApplicationWithdrawn
from schemas.notice import make_notice
from schemas.stage_opinion import AskOpinion, ask_opinion
from schemas.timetable import ClockKind
from tests.machine.played import Played
from tests.workflows.long_world import DECIDING, HEALTH

Command = RequirementCommand | DepartmentAct | Choose | DeclareOrigin | VolunteerEvidence | Withdraw
Errors = tuple[FieldError, ...]

CLERK = Actor(kind=ActorKind.CLERK, actor_id="clerk-7", department=DECIDING)
ACTORS = (
    CLERK,
    CLERK,
    CLERK,
    Actor(kind=ActorKind.APPLICANT, actor_id="applicant-1"),
    Actor(kind=ActorKind.BUSINESS_SYSTEM, actor_id="system-2", department=DECIDING),
    Actor(kind=ActorKind.DEPARTMENT, actor_id="staff-3", department=DECIDING),
    Actor(kind=ActorKind.CLERK, actor_id="clerk-9", department=HEALTH),
    Actor(kind=ActorKind.SYSTEM, actor_id="mianzheng"),
)
"""Mostly the window; also the applicant himself, the department, another department's clerk, and the system itself."""

OF_HIS_WILL: dict[type, tuple[Act, Callable[[Sight, Any, CommandRef], Acted]]] = {
    SubmitPaper: (Act.SUBMIT_PAPER, case_acts.submit_paper),
    SignCommitment: (Act.SIGN_COMMITMENT, case_acts.sign_commitment),
    WithdrawCommitment: (Act.WITHDRAW_COMMITMENT, case_acts.withdraw_commitment),
    SignDeferral: (Act.SIGN_DEFERRAL, case_acts.sign_deferral),
    SupplyDeferred: (Act.SUPPLY_DEFERRED, case_acts.supply_deferred),
    ConsentAssistance: (Act.CONSENT_ASSISTANCE, case_acts.consent_assistance),
    RevokeAssistance: (Act.REVOKE_ASSISTANCE, case_acts.revoke_assistance),
    RequestProof: (Act.REQUEST_PROOF, case_acts.request_proof),
}


def done(played: Played, command: Command) -> Errors:
    """As the Update handlers of ``workflows.application_acts`` do it."""
    rules, actor = played.admission.rules, command.actor
    match command:
        case Choose(choice=choice):
            ref, key = command_ref(Act.CHOOSE, command), f"{choice.requirement_code}/{choice.party_id}"
            return _his(played, ref, actor, lambda: case_acts.choose(played.sight(key), command, ref))
        case DeclareOrigin(origin=origin):
            ref, key = command_ref(Act.DECLARE_ORIGIN, command), f"{origin.requirement_code}/{origin.party_id}"
            return _his(played, ref, actor, lambda: case_acts.declare_origin(played.sight(key), command, ref))
        case ProposeDisposition(requirement=key):
            ref = command_ref(Act.PROPOSE_DISPOSITION, command)
            return played.decided_by(ref, actor, lambda: case_acts.propose_disposition(played.sight(key), command, ref))
        case RequirementCommand(requirement=key):
            act, decide = OF_HIS_WILL[type(command)]
            ref = command_ref(act, command)
            return _his(played, ref, actor, lambda: decide(played.sight(key), command, ref))
        case VolunteerEvidence(evidence=given):
            ref = command_ref(Act.VOLUNTEER_EVIDENCE, command)
            return played.act(
                ref,
                actor,
                lambda: played.his(actor) or played.check_volunteered(given),
                lambda: played.volunteer(ref, given, actor),
            )
        case Withdraw(reason=reason):
            ref = command_ref(Act.WITHDRAW, command)

            def check() -> Errors:
                decided = (act_error("command_id", "already_decided"),) if played.case.decided else ()
                return played.his(actor) or check_open(played.case) or decided

            def do() -> None:
                played.close_everything()
                played.record(ApplicationWithdrawn(command=ref, reason=reason), actor)

            return played.act(ref, actor, check, do)
        case AskOpinion():
            ref = command_ref(Act.ASK_OPINION, command)
            return _departments(played, ref, actor, lambda: ask_opinion(played.case, rules, command, ref))
        case IssueNotice():
            ref = command_ref(Act.ISSUE_NOTICE, command)
            return _departments(
                played,
                ref,
                actor,
                lambda: acceptance_acts.issue_notice(played.case, make_notice(played.case, rules, with_open=True), ref),
            )
        case Accept():
            ref = command_ref(Act.ACCEPT, command)
            return _departments(
                played,
                ref,
                actor,
                lambda: acceptance_acts.accept(played.case, rules, command, ref, played.timetable, played.now),
            )
        case RefuseAcceptance():
            ref = command_ref(Act.REFUSE_ACCEPTANCE, command)
            return _departments(
                played, ref, actor, lambda: acceptance_acts.refuse_acceptance(played.case, command, ref), ends=True
            )
        case ExtendClock():
            ref = command_ref(Act.EXTEND_CLOCK, command)
            return _departments(
                played,
                ref,
                actor,
                lambda: acceptance_acts.extend_clock(played.case, command, ref, played.timetable, played.now),
            )
        case ExcludeTime():
            ref = command_ref(Act.EXCLUDE_TIME, command)
            return _departments(
                played, ref, actor, lambda: acceptance_acts.exclude_time(played.case, rules, command, ref)
            )
        case ResumeClock():
            ref = command_ref(Act.RESUME_CLOCK, command)
            return _departments(
                played, ref, actor, lambda: acceptance_acts.resume_clock(played.case, ref, played.timetable, played.now)
            )
        case ReportDecision():
            ref = command_ref(Act.REPORT_DECISION, command)
            return _departments(
                played, ref, actor, lambda: acceptance_acts.report_decision(played.case, command, ref, played.now)
            )
        case Terminate():
            ref = command_ref(Act.TERMINATE, command)
            kind = next(p.kind for p in played.request.parties if p.role == "applicant")
            return _departments(
                played, ref, actor, lambda: acceptance_acts.terminate(played.case, kind, command, ref), ends=True
            )
    raise NotImplementedError(type(command))


def _his(played: Played, ref: CommandRef, actor: Actor, decide: Callable[[], Acted]) -> Errors:
    return played.decided_by(ref, actor, decide, lambda: played.his(actor))


def _departments(
    played: Played, ref: CommandRef, actor: Actor, decide: Callable[[], Acted], *, ends: bool = False
) -> Errors:
    def guard() -> Errors:
        return acceptance_acts.department_only(actor, played.admission.rules)

    return played.decided_by(ref, actor, decide, guard, ends=ends)


# --- what may be said ------------------------------------------------------------------------------------------------

PAPER, LETTER, MANDATE = "1" * 64, "2" * 64, "3" * 64
CHOSEN = (Route.VERIFICATION, Route.PAPER_FIRST, Route.COMMITMENT, Route.DEFERRED_SUPPLY, Route.ASSISTANCE)
ORIGINS: tuple[dict[str, Any], ...] = (
    {"historical": True},
    {"area": "440100"},
    {"area": "350500"},
    {"area": "440100", "abroad": True},
)
PROPOSAL = DispositionProposal(
    cause=DispositionCause.HISTORICAL,
    materiality="次要材料",
    relation="与已掌握材料相互印证",
    risk="风险可控",
    proposed=DispositionOutcome.EXEMPTED,
    legal_basis="示例依据第二条",
)
MISSING_SUBSTITUTE = PROPOSAL.model_copy(update={"proposed": DispositionOutcome.SUBSTITUTED})


def of_his_will(played: Played, command_id: str, actor: Actor, which: int, n: int, odd: bool) -> Command:
    """The ``which``-th thing an applicant may want, about the ``n``-th requirement; ``odd``: said wrongly."""
    keys = list(played.case.requirements)
    code, _, party_id = keys[n % len(keys)].partition("/")
    kinds = played.case.requirements[keys[n % len(keys)]].raised.evidence
    kind = kinds[n // 3 % len(kinds)].partition("@")[0] if len(kinds[0]) else ""
    about = {"command_id": command_id, "actor": actor, "requirement_code": code, "party_id": party_id}
    evidence_type = kind if kind.isascii() and not odd else "id_card"
    made: tuple[Callable[[], Command], ...] = (
        lambda: Choose(
            command_id=command_id,
            actor=actor,
            choice=Choice(
                requirement_code=code,
                party_id=party_id,
                route=Route.ELICENCE if odd else CHOSEN[n % len(CHOSEN)],
                wanted=n % 2 == 0,
            ),
        ),
        lambda: DeclareOrigin(
            command_id=command_id,
            actor=actor,
            origin=Origin(requirement_code=code, party_id=party_id, **ORIGINS[n // 2 % len(ORIGINS)]),
        ),
        lambda: SubmitPaper(**about, evidence_type=evidence_type, document_digest=PAPER),
        lambda: SignCommitment(
            **about,
            evidence_type=evidence_type,
            letter_version="letter_0" if odd else "letter_1",
            letter_digest=LETTER,
            signed_by=SignedBy.SELF,
            signed_at=played.now + timedelta(hours=1 if n == 7 else 0),
        ),
        lambda: WithdrawCommitment(**about, reason="不再承诺"),
        lambda: SignDeferral(**about, letter_digest=LETTER, by_proxy=odd),
        lambda: SupplyDeferred(**about, document_digest=PAPER),
        lambda: ConsentAssistance(**about, authorisation_digest=MANDATE),
        lambda: RevokeAssistance(**about, reason="自行办理"),
        lambda: RequestProof(**about, evidence_type=evidence_type),
        lambda: VolunteerEvidence(
            command_id=command_id,
            actor=actor,
            evidence=Volunteered(
                requirement_code=code, party_id=party_id, evidence_type=evidence_type, document_digest=PAPER
            ),
        ),
    )
    return made[which % len(made)]()


HIS_ACTS = 11


def of_the_department(played: Played, command_id: str, actor: Actor, which: int, n: int, odd: bool) -> Command:
    """The ``which``-th thing the deciding department may do; ``odd``: done wrongly."""
    keys = list(played.case.requirements)
    code, _, party_id = keys[n % len(keys)].partition("/")
    kind = played.case.requirements[keys[n % len(keys)]].raised.evidence[-1].partition("@")[0]
    act = {"command_id": command_id, "actor": actor}
    earlier = played.now - timedelta(days=40) if odd else None
    made: tuple[Callable[[], Command], ...] = (
        lambda: IssueNotice(**act),
        lambda: Accept(**act, accepted_at=earlier),
        lambda: ExtendClock(
            **act,
            clock=ClockKind.STATUTORY if n % 2 else ClockKind.PROMISED,
            working_days=11 if n == 7 else 5,
            reason="案情复杂",
            decided_by=actor.actor_id if odd else "head-1",
            notice_digest=LETTER,
        ),
        lambda: ExcludeTime(**act, procedure="hearing", reason="听证", notice_digest=LETTER),
        lambda: ResumeClock(**act),
        lambda: ReportDecision(
            **act, decision="refused" if n % 3 == 0 else "granted", reference="doc-1", decided_at=earlier
        ),
        lambda: ProposeDisposition(
            **act,
            requirement_code=code,
            party_id=party_id,
            evidence_type=kind if kind.isascii() else "id_card",
            unit="unit_1",
            proposal=MISSING_SUBSTITUTE if odd else PROPOSAL,
        ),
        lambda: AskOpinion(
            **act,
            stage=f"stage_{n % 2}",
            asked=DECIDING if odd else HEALTH,
            asked_name="德化县卫生健康局",
            question="对本办件有无意见",
        ),
    )
    return made[which % len(made)]()


DEPARTMENTS_ACTS = 8
ACCEPT, EXTEND, EXCLUDE, RESUME, DECIDE = 1, 2, 3, 4, 5


PROVISIONAL = (Route.PAPER_FIRST, Route.COMMITMENT, Route.DEFERRED_SUPPLY)


def option(played: Played, command_id: str, n: int, routes: tuple[Route, ...] = tuple(Route)) -> Command | None:
    """An act that takes a way of these that the ladder offers right now, said rightly; ``None`` where none is."""
    lookable = played.case.standing(RequirementStanding.OPEN, RequirementStanding.NOT_EXEMPTED)
    offered = [
        (key, f)
        for key in lookable
        for f in played.climb(key).findings
        if f.route in routes and f.reason in ("option", "not_chosen", "proposal")
    ]
    if not offered:
        return None
    key, found = offered[n % len(offered)]
    code, _, party_id = key.partition("/")
    about = {"command_id": command_id, "actor": CLERK, "requirement_code": code, "party_id": party_id}
    kind = {"evidence_type": found.evidence.partition("@")[0]}
    match found.route:
        case Route.PAPER_FIRST:
            return SubmitPaper(**about, **kind, document_digest=PAPER)
        case Route.COMMITMENT:
            by = {"letter_version": "letter_1", "letter_digest": LETTER, "signed_by": SignedBy.SELF}
            return SignCommitment.model_validate(about | kind | by | {"signed_at": played.now})
        case Route.DEFERRED_SUPPLY:
            return SignDeferral(**about, letter_digest=LETTER)
        case Route.ASSISTANCE:
            return ConsentAssistance(**about, authorisation_digest=MANDATE)
        case _:
            return ProposeDisposition(**about, **kind, unit="unit_1", proposal=PROPOSAL)


def taken_back(command_id: str, key: str, route: Route) -> Command:
    """The commitment, or the consent to assistance, is taken back."""
    code, _, party_id = key.partition("/")
    about = {"command_id": command_id, "actor": CLERK, "requirement_code": code, "party_id": party_id}
    if route is Route.COMMITMENT:
        return WithdrawCommitment(**about, reason="不再承诺")
    return RevokeAssistance(**about, reason="自行办理")


def supply(played: Played, command_id: str, key: str) -> Command:
    """The material that is owed arrives."""
    code, _, party_id = key.partition("/")
    return SupplyDeferred(
        command_id=command_id, actor=CLERK, requirement_code=code, party_id=party_id, document_digest=PAPER
    )


def that_ends_it(played: Played, command_id: str, actor: Actor, which: int) -> Command:
    """What ends a case: taken back, not accepted, the applicant no more, or a cause that does not fit him."""
    act = {"command_id": command_id, "actor": actor}
    made: tuple[Callable[[], Command], ...] = (
        lambda: Withdraw(**act, reason="不办了"),
        lambda: RefuseAcceptance(**act, reason="不属本部门职权", legal_basis="行政许可法第三十二条"),
        lambda: Terminate(**act, cause="applicant_died", reason="申请人死亡", document_digest=PAPER),
        lambda: Terminate(**act, cause="company_dissolved", reason="法人终止", document_digest=PAPER),
    )
    return made[which % len(made)]()


def changed(command: Command) -> Command:
    """The same id, said by somebody else."""
    other = Actor(kind=ActorKind.CLERK, actor_id="clerk-8", department=command.actor.department)
    return command.model_copy(update={"actor": other})
