"""The upper rungs of the ladder: the routes that need a person (pure; design §5).

Each rung is closed (with a stable reason), to be started, being walked, spent, or the applicant's to choose.
"""

from __future__ import annotations

from typing import Literal

from schemas.application import ApplicationRequest, Party
from schemas.base import Model
from schemas.case_state import Case, OriginState, RequirementState
from schemas.catalogue import EvidenceRule, ItemRules, RequirementRule
from schemas.codes import Route, Sensitivity
from schemas.commitment_terms import CommitmentTerms
from schemas.condition import ConditionError, holds
from schemas.policy import LongPolicy

APPLICANTS_CHOICE = (Route.PAPER_FIRST, Route.COMMITMENT, Route.DEFERRED_SUPPLY, Route.ASSISTANCE)
"""Rungs that only the applicant's will opens, in the default order."""


class Rising(Model):
    """A rung to be taken by itself."""

    rung: Literal["rising"] = "rising"
    route: Route
    evidence: str
    round: int


class Walking(Model):
    """A route is under way; nothing to do but wait."""

    rung: Literal["walking"] = "walking"
    route: Route
    evidence: str


class Option(Model):
    """A rung that is open if the applicant wants it."""

    rung: Literal["option"] = "option"
    route: Route
    evidence: str


class Proposal(Model):
    """灵活处置 may be proposed by the deciding department."""

    rung: Literal["proposal"] = "proposal"
    evidence: str


class Counting(Model):
    """What settled provisionally counts again: the answer that had set it aside was wrong, by the department's word."""

    rung: Literal["counting"] = "counting"
    route: Route
    evidence: str


LongStep = Rising | Walking | Option | Proposal | Counting


class CaseFacts(Model):
    """What the predicates of the catalogue may look at: the parties as they were handed in."""

    parties: tuple[Party, ...] = ()

    def holds(self, predicate: str, rules: ItemRules, party_id: str) -> bool:
        """Whether a predicate is true of the party; one that cannot be evaluated is not true."""
        party = next((p for p in self.parties if p.party_id == party_id), None)
        if party is None:
            return False
        item = {
            "code": rules.item_code,
            "domain": rules.domain.value,
            "item_type": rules.item_type.value if rules.item_type else "",
        }
        parties = [{"role": p.role, "kind": p.kind.value, "facts": p.facts} for p in self.parties]
        try:
            return holds(predicate, party=party.facts, item=item, parties=parties)
        except ConditionError:
            return False


def facts_of(request: ApplicationRequest) -> CaseFacts:
    """The facts of a request."""
    return CaseFacts(parties=request.parties)


def long_rung(
    route: Route,
    key: str,
    kind: EvidenceRule,
    rule: RequirementRule | None,
    rules: ItemRules,
    long: LongPolicy,
    case: Case,
    state: RequirementState,
    facts: CaseFacts,
    authorised: tuple[Sensitivity, ...],
) -> LongStep | str:
    """Take an upper rung for one kind of evidence, or the stable reason why it is passed over."""
    if route not in long.offered:
        return "not_yet_offered"
    walked = state.route(route, key)
    if walked is not None and walked.counted and any(r.conclusion == "corrected" for r in state.reviews):
        return Counting(route=route, evidence=key)
    if walked is not None and walked.under_way:
        return Walking(route=route, evidence=key)
    if walked is not None:
        return f"tried_{walked.result or 'closed'}"
    if state.choices.get(route) is False:
        return "refused_by_applicant"
    closed = _closed(route, kind, rule, rules, state, facts, authorised)
    if closed is not None:
        return closed
    if route is Route.VERIFICATION:
        return Rising(route=route, evidence=key, round=1 + sum(r.route is route for r in state.routes))
    if route is Route.FLEXIBLE_DISPOSITION:
        return Proposal(evidence=key)
    return "not_chosen" if choice_lapsed(case, state.raised.key) else Option(route=route, evidence=key)


def choice_task(requirement: str) -> str:
    """Id of the task by which the applicant is asked which way he wants."""
    return f"choice/{requirement}"


def choice_lapsed(case: Case, requirement: str) -> bool:
    """Whether the applicant was asked and said nothing in time (which presumes nothing about the fact)."""
    task = case.assignments.get(choice_task(requirement))
    return task is not None and task.closed == "expired"


def terms_for(rule: RequirementRule | None, kind: EvidenceRule) -> CommitmentTerms | None:
    """The terms of a commitment for a kind of evidence."""
    if rule is None:
        return None
    return next((t for t in rule.commitments if t.evidence_type == kind.code), None)


def out_of_province(origin: OriginState | None, county: str) -> bool:
    """Whether the fact would have to come from another province (省外, which 境外 is not)."""
    return origin is not None and origin.area is not None and not origin.abroad and origin.area[:2] != county[:2]


def disposition_cause(origin: OriginState | None, county: str) -> str | None:
    """The reason why there is no ground for a flexible disposition; ``None`` where there is one [四(七)]."""
    if origin is None:
        return "no_cause"
    if origin.abroad:
        return "abroad_is_not_out_of_province"
    return None if origin.historical or out_of_province(origin, county) else "no_cause"


def _closed(
    route: Route,
    kind: EvidenceRule,
    rule: RequirementRule | None,
    rules: ItemRules,
    state: RequirementState,
    facts: CaseFacts,
    authorised: tuple[Sensitivity, ...],
) -> str | None:
    match route:
        case Route.VERIFICATION:
            if out_of_province(state.origin, rules.county) or (state.origin is not None and state.origin.abroad):
                return "issuer_out_of_reach"
            if kind.issuer_department is None or not kind.issuer_on_platform:
                return "issuer_not_on_platform"
            guarded = (Sensitivity.BANK, Sensitivity.HEALTH)
            if kind.sensitivity in guarded and kind.sensitivity not in authorised:
                return "holder_authorisation_missing"
        case Route.COMMITMENT:
            return commitment_closed(kind, rule, rules, state.raised.party_id, facts)
        case Route.DEFERRED_SUPPLY:
            if rule is None or not rule.deferrable:
                return "not_deferrable"
            if rule.deferral is None:
                return "deferral_terms_missing"
        case Route.ASSISTANCE:
            return None if rules.assistance else "not_in_assistance_scope"
        case Route.FLEXIBLE_DISPOSITION:
            return disposition_cause(state.origin, rules.county)
    return None


def commitment_closed(
    kind: EvidenceRule, rule: RequirementRule | None, rules: ItemRules, party_id: str, facts: CaseFacts
) -> str | None:
    """Listed, in a domain that is not excluded, with terms whose predicate is true of the case [四(六), 42号]."""
    if not kind.commitment_listed:
        return "not_on_commitment_list"
    if rules.commitment_excluded:
        return "commitment_domain_excluded"
    terms = terms_for(rule, kind)
    if terms is None:
        return "commitment_terms_missing"
    if terms.predicate is not None and not facts.holds(terms.predicate, rules, party_id):
        return "commitment_predicate_false"
    return None
