"""The ladder: which route a requirement takes next, and for every route passed over, why (law 4).

A pure function of the pinned rules, the facts of the case, the outcomes so far and the budgets.  Nothing here asks
anybody: it says who is to be asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from schemas.base import Model
from schemas.case import Case, RequirementState
from schemas.catalogue import EvidenceRule, ItemRules, RequirementRule, Source
from schemas.codes import Mode, Route, Sensitivity, SourceAttribute
from schemas.events import RungFinding
from schemas.evidence import FOR_A_PERSON, WAITABLE, OutcomeKind
from schemas.policy import CasePolicy

OFFERED = (Route.ABOLISHED, Route.ELICENCE, Route.DATA_SHARING, Route.TRUSTED_DOCUMENT)
"""The rungs that work end to end; the others are reached and recorded as not yet offered."""

DEFAULT_ORDER = tuple(Route)
OTHERS_FIRST = (
    Route.ABOLISHED,
    Route.TRUSTED_DOCUMENT,
    *(r for r in Route if r not in (Route.ABOLISHED, Route.TRUSTED_DOCUMENT)),
)
"""For source attribute 其他 the trusted documents come first [三(二)3]."""

_NEEDS_A_PERSON = {f"tried_{kind.value}": kind for kind in FOR_A_PERSON}


class Ask(Model):
    """Ask one source.  ``wait_seconds`` is what is left of the route's budget when it did not answer before."""

    decision: Literal["ask"] = "ask"
    evidence: str
    source: Source
    round: int
    wait_seconds: int | None
    """``None``: first ask, answered or not at once."""


class Settle(Model):
    """Close the requirement as cancelled by a published act."""

    decision: Literal["settle"] = "settle"
    evidence: str
    act: str
    findings: tuple[RungFinding, ...]


class Query(Model):
    """The evidence is on no list: the applicant is not asked, 司法局 gets a query."""

    decision: Literal["query"] = "query"
    evidence: str


class GiveUp(Model):
    """Nothing is left: not exempted, with the reason of every rung."""

    decision: Literal["give_up"] = "give_up"
    findings: tuple[RungFinding, ...]


Decision = Ask | Settle | Query | GiveUp


class Climb(Model):
    """A decision and the findings of every rung looked at on the way to it."""

    decision: Decision
    findings: tuple[RungFinding, ...]


def order_of(rule: RequirementRule | None, evidence: tuple[EvidenceRule, ...]) -> tuple[Route, ...]:
    """The rungs in the order they are tried: the catalogue's, or the policy's default.

    A cancelling act comes first whatever the catalogue says of the rest: what is abolished is never asked for.
    """
    if rule is not None and rule.routes is not None:
        return (Route.ABOLISHED, *(r for r in rule.routes if r is not Route.ABOLISHED))
    other = bool(evidence) and all(e.source_attribute is SourceAttribute.OTHER for e in evidence)
    return OTHERS_FIRST if other else DEFAULT_ORDER


def climb(
    rules: ItemRules,
    policy: CasePolicy,
    case: Case,
    key: str,
    authorised: tuple[Sensitivity, ...],
    now: datetime,
) -> Climb:
    """What to do next for an open requirement.

    Args:
        rules: the pinned slice of the catalogue.
        policy: the waiting budgets recorded at admission.
        case: the state; ``key`` names the requirement in it.
        authorised: what the party's holder has authorised to be looked up.
        now: workflow time.
    """
    state = case.requirements[key]
    rule = next((r for r in rules.requirements if r.code == state.raised.rule), None)
    kinds = {k: rules.evidence[k] for k in state.raised.evidence if k in rules.evidence}
    made = [k for k, e in kinds.items() if e.source_attribute is SourceAttribute.APPLICANT]
    unlisted = [k for k in state.raised.evidence if k not in made and (k not in kinds or not _known(kinds[k], rule))]
    if len(unlisted) == len(state.raised.evidence):
        return Climb(decision=Query(evidence=unlisted[0]), findings=())

    findings: list[RungFinding] = []
    order = order_of(rule, tuple(kinds.values()))
    cancelled = [k for k, e in kinds.items() if e.cancelled_by is not None and k not in made]
    nothing_else = len(cancelled) + len(unlisted) == len(state.raised.evidence)
    held: dict[str, OutcomeKind] = {}
    for route in order:
        for k, kind in kinds.items():
            if k in made or k in unlisted:
                reason = "applicant_made" if k in made else "unlisted"
                findings.append(RungFinding(route=route, evidence=k, reason=reason))
            elif k in cancelled:
                reason = "taken" if nothing_else else "cancelled_kind"
                findings.append(RungFinding(route=route, evidence=k, reason=reason))
                if nothing_else:
                    act = kind.cancelled_by or ""
                    done = tuple(findings)
                    return Climb(decision=Settle(evidence=k, act=act, findings=done), findings=done)
            elif k in held:
                findings.append(RungFinding(route=route, evidence=k, reason=f"held_by_{held[k].value}"))
            else:
                step = _rung(route, k, kind, rule, policy, case.mode, state, authorised, now)
                if isinstance(step, Ask):
                    return Climb(decision=step, findings=tuple(findings))
                findings.append(RungFinding(route=route, evidence=k, reason=step))
                if step in _NEEDS_A_PERSON:
                    held[k] = _NEEDS_A_PERSON[step]
    for route in DEFAULT_ORDER:
        if route not in order:
            findings.extend(RungFinding(route=route, evidence=k, reason="left_out") for k in kinds)
    done = tuple(findings)
    return Climb(decision=GiveUp(findings=done), findings=done)


def _known(kind: EvidenceRule, rule: RequirementRule | None) -> bool:
    """Listed, or cancelled by an act; a demand of a guide is never on the item's own list."""
    return kind.cancelled_by is not None or (rule is not None and kind.retained)


def _rung(
    route: Route,
    key: str,
    kind: EvidenceRule,
    rule: RequirementRule | None,
    policy: CasePolicy,
    mode: Mode,
    state: RequirementState,
    authorised: tuple[Sensitivity, ...],
    now: datetime,
) -> Ask | str:
    """Take the rung for one kind of evidence, or the stable reason why it is passed over."""
    if route is Route.ABOLISHED:
        return "no_cancelling_act"
    closed = _closed(route, kind, rule, authorised)
    if closed is not None:
        return closed
    if route not in OFFERED:
        return "not_yet_offered"
    reason = "no_source"
    for source in (s for s in kind.sources if s.route is route):
        tries = tuple(
            a
            for a in state.attempts
            if (a.route, a.evidence, a.platform, a.resource_code) == (route, key, source.platform, source.resource_code)
        )
        if not tries:
            return Ask(evidence=key, source=source, round=1, wait_seconds=None)
        left = _budget_left(policy, mode, route, state, now) if tries[-1].kind in WAITABLE else 0
        if left > 0:
            return Ask(evidence=key, source=source, round=len(tries) + 1, wait_seconds=left)
        reason = f"tried_{tries[-1].kind.value}"
        if tries[-1].kind in FOR_A_PERSON:
            return reason
    return reason


def _budget_left(policy: CasePolicy, mode: Mode, route: Route, state: RequirementState, now: datetime) -> int:
    """Whole seconds left of what the route may keep the requirement waiting, however many sources it has."""
    first = min(a.asked_at for a in state.attempts if a.route is route)
    until = first + timedelta(seconds=policy.budgets[route].seconds(mode))
    return max(0, int((until - now).total_seconds()))


def _closed(
    route: Route, kind: EvidenceRule, rule: RequirementRule | None, authorised: tuple[Sensitivity, ...]
) -> str | None:
    """The entry condition of a rung, from the lists; ``None`` when it is open."""
    if route is Route.ELICENCE and not kind.paper_exempt:
        return "not_on_paper_exempt_list"
    if route is Route.DATA_SHARING and kind.paper_exempt:
        return "on_paper_exempt_list"
    if route is Route.COMMITMENT and not kind.commitment_listed:
        return "not_on_commitment_list"
    if route is Route.DEFERRED_SUPPLY and not (rule is not None and rule.deferrable):
        return "not_deferrable"
    guarded = (Sensitivity.BANK, Sensitivity.HEALTH)
    sharing = (Route.ELICENCE, Route.DATA_SHARING, Route.TRUSTED_DOCUMENT)
    if route in sharing and kind.sensitivity in guarded and kind.sensitivity not in authorised:
        return "holder_authorisation_missing"
    return None
