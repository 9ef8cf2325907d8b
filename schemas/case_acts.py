"""What people do to a case on its long routes (pure): may it be done, and which events does it come to (law 14)."""

from __future__ import annotations

from datetime import datetime

from schemas.acceptance import DeferralSigned, DeferredSupplied
from schemas.acts import act_error
from schemas.application import CommandRef
from schemas.base import Model
from schemas.case_commands import (
    Choose,
    ConsentAssistance,
    DeclareOrigin,
    DispositionOutcome,
    ProposeDisposition,
    RequestProof,
    RequirementCommand,
    RevokeAssistance,
    SignCommitment,
    SignDeferral,
    SubmitPaper,
    SupplyDeferred,
    WithdrawCommitment,
)
from schemas.case_state import Case, RequirementStanding, RequirementState, RouteStanding, RouteState
from schemas.catalogue import ItemRules
from schemas.codes import ActorKind, Route
from schemas.commitment_guard import check_signature
from schemas.credit_check import PartyFact
from schemas.errors import FieldError
from schemas.events import EventBody
from schemas.ladder import Climb
from schemas.long_ladder import terms_for
from schemas.long_route import ROUTE_WORDS, long_route_stream
from schemas.route_events import (
    CaseNewsKind,
    ChoiceMade,
    OriginDeclared,
    ProofRequested,
    RequirementProvisionallySettled,
    RequirementReopened,
    RouteClosed,
    RouteOpened,
    RungFinding,
)
from schemas.texts import zh

OPEN_TO_HIM = ("option", "not_chosen")
"""Findings of a rung that the applicant's will opens: offered now, or offered once and still to be had."""
CLOSED_FOR_GOOD = (RequirementStanding.SETTLED, RequirementStanding.QUERIED, RequirementStanding.APPLICANT_MADE)

Errors = tuple[FieldError, ...]


class Acted(Model):
    """What an act comes to: errors, or the events it causes."""

    errors: Errors = ()
    events: tuple[EventBody, ...] = ()


class Sight(Model):
    """What an act is judged by: the case, its rules, and what the ladder says of the requirement right now."""

    case: Case
    rules: ItemRules
    climb: Climb | None
    """``None``: the case has no such requirement, or it is not open."""
    now: datetime
    parties: tuple[PartyFact, ...] = ()
    """Of the case, without personal data: who may sign for whom."""


def choose(sight: Sight, command: Choose, ref: CommandRef | None) -> Acted:
    """A choice counts for a requirement that is not closed for good, and for a route that his will opens."""
    key = f"{command.choice.requirement_code}/{command.choice.party_id}"
    known = sight.case.requirements.get(key)
    if errors := _still_open(sight.case, known):
        return Acted(errors=errors)
    may = (Route.VERIFICATION, Route.PAPER_FIRST, Route.COMMITMENT, Route.DEFERRED_SUPPLY, Route.ASSISTANCE)
    if command.choice.route not in may:
        return _no("choice.route", "not_his_choice")
    route, wanted = command.choice.route, command.choice.wanted
    said: list[EventBody] = [ChoiceMade(command=ref, requirement=key, route=route, wanted=wanted)]
    if known is not None and not wanted and route is Route.ASSISTANCE:
        said += [_closed(ref, key, r) for r in _walking(known, route)]
    return Acted(events=tuple(said))


def declare_origin(sight: Sight, command: DeclareOrigin, ref: CommandRef | None) -> Acted:
    """Where the fact would have to come from; once a route was opened on it, it is not changed any more."""
    origin = command.origin
    key = f"{origin.requirement_code}/{origin.party_id}"
    known = sight.case.requirements.get(key)
    if errors := _still_open(sight.case, known):
        return Acted(errors=errors)
    body = OriginDeclared(
        command=ref, requirement=key, area=origin.area, historical=origin.historical, abroad=origin.abroad
    )
    return Acted(events=(body,))


def submit_paper(sight: Sight, command: SubmitPaper, ref: CommandRef) -> Acted:
    """Settled provisionally at once: the issuer checks the paper and back-fills the library [四(四)二]."""
    opened = _opened(sight, command, ref, Route.PAPER_FIRST, command.evidence_type, command.document_digest)
    if isinstance(opened, FieldError):
        return Acted(errors=(opened,))
    settled = RequirementProvisionallySettled(
        requirement=command.requirement,
        evidence=opened.evidence,
        ground=Route.PAPER_FIRST,
        stream=opened.stream,
        basis=zh.BASIS_PAPER,
        evidence_digest=command.document_digest,
        findings=_taken(opened),
    )
    return Acted(events=(*_instead(sight, ref, opened), opened, settled))


def sign_commitment(sight: Sight, command: SignCommitment, ref: CommandRef) -> Acted:
    """The letter is on record; the commitment's own procedure asks the credit platforms before it counts."""
    opened = _opened(sight, command, ref, Route.COMMITMENT, command.evidence_type, command.letter_digest)
    if isinstance(opened, FieldError):
        return Acted(errors=(opened,))
    rule = next(r for r in sight.rules.requirements if r.code == command.requirement_code)
    terms = terms_for(rule, sight.rules.evidence[opened.evidence])
    if terms is not None and terms.letter_version != command.letter_version:
        return _no("letter_version", "letter_version_superseded")
    if command.signed_at > sight.now:
        return _no("signed_at", "signed_in_future")
    if errors := check_signature(command, sight.parties):
        return Acted(errors=errors)
    return Acted(events=(*_instead(sight, ref, opened), opened))


def withdraw_commitment(sight: Sight, command: WithdrawCommitment, ref: CommandRef) -> Acted:
    """Before the decision only; the proof is wanted again [42号]."""
    known = sight.case.requirements.get(command.requirement)
    if errors := _still_open(sight.case, known) if sight.case.ended or known is None else ():
        return Acted(errors=errors)
    if sight.case.decided:
        return _no("command_id", "already_decided")
    walking = _walking(known, Route.COMMITMENT) if known is not None else ()
    if known is None or not walking:
        return _no("requirement_code", "no_commitment")
    said: list[EventBody] = [_closed(ref, command.requirement, r, CaseNewsKind.REVOKED) for r in walking]
    if known.standing is RequirementStanding.PROVISIONAL and known.ground == Route.COMMITMENT.value:
        said.append(_reopen(command.requirement, "commitment_withdrawn", walking[0].stream))
    return Acted(events=tuple(said))


def sign_deferral(sight: Sight, command: SignDeferral, ref: CommandRef) -> Acted:
    """容缺受理承诺书: the material is owed; credit is asked before it counts [domain §6.1]."""
    if command.by_proxy and command.authorisation_digest is None:
        return _no("authorisation_digest", "proxy_without_authorisation")
    opened = _opened(sight, command, ref, Route.DEFERRED_SUPPLY, None, command.letter_digest)
    if isinstance(opened, FieldError):
        return Acted(errors=(opened,))
    signed = DeferralSigned(command=ref, requirement=command.requirement, letter_digest=command.letter_digest)
    return Acted(events=(*_instead(sight, ref, opened), signed, opened))


def supply_deferred(sight: Sight, command: SupplyDeferred, ref: CommandRef) -> Acted:
    """What was owed counts at its arrival."""
    if command.requirement not in sight.case.deferrals_owed:
        return _no("requirement_code", "nothing_owed")
    body = DeferredSupplied(command=ref, requirement=command.requirement, document_digest=command.document_digest)
    return Acted(events=(body,))


def consent_assistance(sight: Sight, command: ConsentAssistance, ref: CommandRef) -> Acted:
    """The window opens it, within the published scope, with consent and 委托书, before 受理 [四(五)]."""
    if command.actor.kind not in (ActorKind.CLERK, ActorKind.BUSINESS_SYSTEM):
        return _no("actor.kind", "window_only")
    if sight.case.accepted_at is not None:
        return _no("command_id", "already_accepted")
    opened = _opened(sight, command, ref, Route.ASSISTANCE, None, command.authorisation_digest)
    if isinstance(opened, FieldError):
        return Acted(errors=(opened,))
    return Acted(events=(*_back_to_open(sight, command.requirement), opened))


def revoke_assistance(sight: Sight, command: RevokeAssistance, ref: CommandRef) -> Acted:
    """Consent can be taken back at any time before it is finished."""
    known = sight.case.requirements.get(command.requirement)
    walking = _walking(known, Route.ASSISTANCE) if known is not None else ()
    if not walking:
        return _no("requirement_code", "no_assistance")
    return Acted(events=tuple(_closed(ref, command.requirement, r, CaseNewsKind.REVOKED) for r in walking))


def request_proof(sight: Sight, command: RequestProof, ref: CommandRef) -> Acted:
    """Handed to the issuer's item with a number to follow; whatever exempts him goes on beside it [五(一)]."""
    known = sight.case.requirements.get(command.requirement)
    if known is None:
        return _no("requirement_code", "unknown_requirement")
    key = _evidence_key(known, sight.rules, command.evidence_type)
    kind = sight.rules.evidence.get(key or "")
    item = (kind.producing_item or kind.public_service_item) if kind is not None else None
    if key is None or kind is None or item is None:
        return _no("evidence_type", "wrong_evidence")
    body = ProofRequested(
        command=ref,
        requirement=command.requirement,
        evidence=key,
        issuer=kind.issuer_name or zh.SOME_DEPARTMENT,
        issuing_item=item,
        follow_no=f"{sight.case.application_no}/{command.requirement}/{kind.code}",
    )
    return Acted(events=(body,))


def propose_disposition(sight: Sight, command: ProposeDisposition, ref: CommandRef) -> Acted:
    """Cause ∧ sharing, verification and commitment each unable or not lawfully open [四(七)]."""
    if command.actor.department != sight.rules.department or command.actor.kind is ActorKind.SYSTEM:
        return _no("actor.department", "wrong_department")
    if errors := proposal_errors(command):
        return Acted(errors=errors)
    opened = _opened(sight, command, ref, Route.FLEXIBLE_DISPOSITION, command.evidence_type, None)
    if isinstance(opened, FieldError):
        return Acted(errors=(opened,))
    able = [f for f in opened.findings if f.evidence == opened.evidence and f.reason in ("walking", "option")]
    if any(f.route in (Route.VERIFICATION, Route.COMMITMENT) for f in able):
        return _no("evidence_type", "other_routes_open")
    return Acted(events=(*_back_to_open(sight, command.requirement), opened))


def proposal_errors(command: ProposeDisposition) -> Errors:
    """What a proposal must say for its outcome."""
    proposal = command.proposal
    if proposal.proposed is DispositionOutcome.SUBSTITUTED and proposal.substitute is None:
        return (act_error("proposal.substitute", "substitute_missing"),)
    if proposal.proposed is DispositionOutcome.CONDITIONAL and not (proposal.condition and proposal.condition_days):
        return (act_error("proposal.condition", "condition_missing"),)
    return ()


# --- pieces ------------------------------------------------------------------------------------------------------


def _no(field: str, code: str) -> Acted:
    return Acted(errors=(act_error(field, code),))


def _still_open(case: Case, known: RequirementState | None) -> Errors:
    if case.ended:
        return (act_error("application_no", "case_ended"),)
    if case.decided:
        return (act_error("command_id", "already_decided"),)
    if known is None:
        return (act_error("requirement_code", "unknown_requirement"),)
    if known.standing in CLOSED_FOR_GOOD:
        return (act_error("requirement_code", "already_settled"),)
    return ()


def _opened(
    sight: Sight,
    command: RequirementCommand,
    ref: CommandRef,
    route: Route,
    evidence_type: str | None,
    document_digest: str | None,
) -> RouteOpened | FieldError:
    """The event that opens a route his will opens, or why it is closed: the reason the ladder gives."""
    known = sight.case.requirements.get(command.requirement)
    if errors := _still_open(sight.case, known):
        return errors[0]
    if known is None or sight.climb is None:
        return act_error("requirement_code", "in_hand")
    findings = [f for f in sight.climb.findings if f.route is route]
    if evidence_type is not None:
        key = _evidence_key(known, sight.rules, evidence_type)
        if key is None:
            return act_error("evidence_type", "wrong_evidence")
        findings = [f for f in findings if f.evidence == key]
    proposal = route is Route.FLEXIBLE_DISPOSITION
    wanted = next((f for f in findings if f.reason in OPEN_TO_HIM or (proposal and f.reason == "proposal")), None)
    if wanted is None:
        reason = findings[0].reason if findings else "in_hand"
        return FieldError(field="requirement_code", code=reason, message=zh.reason(reason))
    round_ = 1 + sum(r.route is route for r in known.routes)
    stream = long_route_stream(ROUTE_WORDS[route], sight.case.application_no, command.requirement, round_)
    if route is Route.PAPER_FIRST and document_digest is not None:
        subject = next(p.subject_ref for p in sight.case.parties if p.party_id == known.raised.party_id)
        stream = paper_stream(sight.rules.evidence[wanted.evidence].code, subject, document_digest)
    return RouteOpened(
        command=ref,
        requirement=command.requirement,
        evidence=wanted.evidence,
        route=route,
        stream=stream,
        round=round_,
        document_digest=document_digest,
        findings=sight.climb.findings,
    )


def paper_stream(evidence_type: str, subject_ref: str, document_digest: str) -> str:
    """Workflow id of the digitisation of one paper: the same for every case in which it is handed in."""
    return f"digitisation/{evidence_type}/{subject_ref}/{document_digest[:16]}"


def _evidence_key(known: RequirementState, rules: ItemRules, evidence_type: str) -> str | None:
    kinds = [k for k in known.raised.evidence if k in rules.evidence]
    return next((k for k in kinds if rules.evidence[k].code == evidence_type), None)


def _taken(opened: RouteOpened) -> tuple[RungFinding, ...]:
    taken = RungFinding(route=opened.route, evidence=opened.evidence, reason="tried_provisional")
    return (*(f for f in opened.findings if (f.route, f.evidence) != (opened.route, opened.evidence)), taken)


def _instead(sight: Sight, ref: CommandRef, opened: RouteOpened) -> tuple[EventBody, ...]:
    """He goes another way: what he signed before and does not count yet is taken back with it."""
    known = sight.case.requirements[opened.requirement]
    signed = (*_walking(known, Route.COMMITMENT), *_walking(known, Route.DEFERRED_SUPPLY))
    taken_back = tuple(_closed(ref, opened.requirement, r) for r in signed if r.under_way)
    return (*taken_back, *_back_to_open(sight, opened.requirement))


def _back_to_open(sight: Sight, key: str) -> tuple[EventBody, ...]:
    """A requirement that was not exempted is open again when he takes a way that was still to be had."""
    known = sight.case.requirements[key]
    if known.standing is RequirementStanding.OPEN:
        return ()
    return (_reopen(key, "choice", None),)


def _reopen(key: str, reason: str, stream: str | None) -> RequirementReopened:
    return RequirementReopened.model_validate({"requirement": key, "reason": reason, "stream": stream})


def _walking(known: RequirementState, route: Route) -> tuple[RouteState, ...]:
    return tuple(r for r in known.routes if r.route is route and r.standing is RouteStanding.OPEN)


def _closed(
    ref: CommandRef | None, key: str, route: RouteState, reason: CaseNewsKind = CaseNewsKind.REVOKED
) -> RouteClosed:
    return RouteClosed(command=ref, requirement=key, route=route.route, stream=route.stream, reason=reason)
