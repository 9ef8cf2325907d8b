"""The ladder: which route a requirement takes next, and for every route passed over, why (law 4).

A pure function of the pinned rules, the facts of the case, the outcomes so far and the budgets.  Nothing here asks
anybody: it says who is to be asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from schemas.base import Model
from schemas.case_state import AttemptState, Case, RequirementState, RouteState
from schemas.catalogue import EvidenceRule, ItemRules, RequirementRule, Source
from schemas.codes import Mode, Route, Sensitivity, SourceAttribute
from schemas.events import RungFinding
from schemas.evidence import FOR_A_PERSON, WAITABLE, OutcomeKind
from schemas.long_ladder import CaseFacts, Counting, LongStep, Option, Proposal, Rising, long_rung
from schemas.policy import CasePolicy

OFFERED = (Route.ABOLISHED, Route.ELICENCE, Route.DATA_SHARING, Route.TRUSTED_DOCUMENT)
"""The rungs that need no person; the others are walked where the case was admitted under a policy that offers them."""

DEFAULT_ORDER = tuple(Route)
OTHERS_FIRST = (
    Route.ABOLISHED,
    Route.TRUSTED_DOCUMENT,
    *(r for r in Route if r not in (Route.ABOLISHED, Route.TRUSTED_DOCUMENT)),
)
"""For source attribute 其他 the trusted documents come first [三(二)3]."""

_MENDABLE = (OutcomeKind.NO_RECORD, *FOR_A_PERSON)
"""Answers after which it is worth asking again once the record was put right."""
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


class Open(Model):
    """Start a long route that needs nobody's leave: 信息核验."""

    decision: Literal["open"] = "open"
    route: Route
    evidence: str
    round: int
    findings: tuple[RungFinding, ...]


class Resume(Model):
    """A route that had settled provisionally does so again: what had set it aside was corrected by the review."""

    decision: Literal["resume"] = "resume"
    route: Route
    evidence: str
    findings: tuple[RungFinding, ...]


class Wait(Model):
    """A long route, a review or a correction is under way."""

    decision: Literal["wait"] = "wait"


class Offer(Model):
    """Only the applicant's will opens what is left; he is asked once, and these are his options in order."""

    decision: Literal["offer"] = "offer"
    options: tuple[Option, ...]


class Propose(Model):
    """Nothing but a flexible disposition is left, and the deciding department may propose one."""

    decision: Literal["propose"] = "propose"
    evidence: str


class GiveUp(Model):
    """Nothing is left: not exempted, with the reason of every rung."""

    decision: Literal["give_up"] = "give_up"
    findings: tuple[RungFinding, ...]


Decision = Ask | Settle | Query | Open | Resume | Wait | Offer | Propose | GiveUp


class Correction(Model):
    """证照补齐 is to be started, or joined, for a kind of evidence."""

    evidence: str
    source: Source


class Climb(Model):
    """A decision and the findings of every rung looked at on the way to it."""

    decision: Decision
    findings: tuple[RungFinding, ...]
    reviews: tuple[str, ...] = ()
    """Kinds of evidence whose answer a person of the deciding department has to look at, and nobody was asked yet."""
    corrections: tuple[Correction, ...] = ()


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
    facts: CaseFacts = CaseFacts(),  # noqa: B008 - frozen
) -> Climb:
    """What to do next for an open requirement.

    Args:
        rules: the pinned slice of the catalogue.
        policy: the waiting budgets recorded at admission.
        case: the state; ``key`` names the requirement in it.
        authorised: what the party's holder has authorised to be looked up.
        now: workflow time.
        facts: what the predicates of commitments may look at.
    """
    state = case.requirements[key]
    rule = next((r for r in rules.requirements if r.code == state.raised.rule), None)
    kinds = {k: rules.evidence[k] for k in state.raised.evidence if k in rules.evidence}
    made = [k for k, e in kinds.items() if e.source_attribute is SourceAttribute.APPLICANT]
    unlisted = [k for k in state.raised.evidence if k not in made and (k not in kinds or not _known(kinds[k], rule))]
    if len(unlisted) == len(state.raised.evidence):
        return Climb(decision=Query(evidence=unlisted[0]), findings=())

    long = policy.long
    findings: list[RungFinding] = []
    order = order_of(rule, tuple(kinds.values()))
    cancelled = [k for k, e in kinds.items() if e.cancelled_by is not None and k not in made]
    nothing_else = len(cancelled) + len(unlisted) == len(state.raised.evidence)
    held: dict[str, OutcomeKind] = {}
    steps: list[LongStep] = []
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
                findings.append(RungFinding(route=route, evidence=k, reason=_held(state, route, k, held[k])))
            elif long is not None and route not in OFFERED:
                said = contested(state, k)
                if said is not None and said.outcome is not None:
                    held[k] = said.outcome
                    findings.append(RungFinding(route=route, evidence=k, reason=_held(state, route, k, held[k])))
                    continue
                taken = long_rung(route, k, kind, rule, rules, long, case, state, facts, authorised)
                if isinstance(taken, str):
                    findings.append(RungFinding(route=route, evidence=k, reason=taken))
                else:
                    steps.append(taken)
                    findings.append(RungFinding(route=route, evidence=k, reason=taken.rung))
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
    if long is None:
        return Climb(decision=GiveUp(findings=done), findings=done)
    return _upper(case, state, kinds, held, steps, done)


def _upper(
    case: Case,
    state: RequirementState,
    kinds: dict[str, EvidenceRule],
    held: dict[str, OutcomeKind],
    steps: list[LongStep],
    findings: tuple[RungFinding, ...],
) -> Climb:
    """What the upper rungs come to: start one, wait, ask the applicant, leave it to the department, or give up."""
    corrections = _corrections(state, kinds)
    mending = {c.evidence for c in corrections} | {c.evidence for c in state.completions if c.completed is None}
    reviews = tuple(
        k
        for k, kind in held.items()
        if _unseen(state, k) and not (kind is OutcomeKind.MISMATCH and k in mending and contested(state, k) is None)
    )
    in_review = bool(reviews) or any(r.conclusion is None for r in state.reviews)
    at_work = (
        in_review
        or any(kind is OutcomeKind.MISMATCH and k in mending for k, kind in held.items())
        or any(route.under_way for route in state.routes)
    )
    rising = next((step for step in steps if isinstance(step, Rising)), None)
    options = tuple(step for step in steps if isinstance(step, Option))
    proposal = next((step for step in steps if isinstance(step, Proposal)), None)
    counting = next((step for step in steps if isinstance(step, Counting)), None)
    decision: Decision
    if rising is not None:
        decision = Open(route=rising.route, evidence=rising.evidence, round=rising.round, findings=findings)
    elif counting is not None and not in_review:
        decision = Resume(route=counting.route, evidence=counting.evidence, findings=findings)
    elif at_work:
        decision = Wait()
    elif options:
        decision = Offer(options=options)
    elif proposal is not None and not proposal_lapsed(case, state.raised.key):
        decision = Propose(evidence=proposal.evidence)
    else:
        decision = GiveUp(findings=findings)
    return Climb(decision=decision, findings=findings, reviews=reviews, corrections=corrections)


def _unseen(state: RequirementState, evidence: str) -> bool:
    """Whether nobody has looked at the answer: there was no review, or the last one had the record corrected."""
    review = state.review(evidence)
    return review is None or review.conclusion == "corrected"


def proposal_task(requirement: str) -> str:
    """Id of the task by which the deciding department is asked for a proposal of disposition."""
    return f"proposal/{requirement}"


def proposal_lapsed(case: Case, requirement: str) -> bool:
    """Whether the department had its time to propose a disposition and did not."""
    task = case.assignments.get(proposal_task(requirement))
    return task is not None and task.closed == "expired"


def _held(state: RequirementState, route: Route, evidence: str, outcome: OutcomeKind) -> str:
    """Why a rung is not taken while an answer waits for a person: what it came to where it was, or that it is held."""
    walked = state.route(route, evidence)
    return f"tried_{walked.result}" if walked is not None and walked.result else f"held_by_{outcome.value}"


def contested(state: RequirementState, evidence: str) -> RouteState | None:
    """The long route whose answer about the evidence needs a person, unless a review has had the record corrected."""
    return next((r for r in reversed(state.routes) if r.evidence == evidence and r.outcome is not None), None)


def _corrections(state: RequirementState, kinds: dict[str, EvidenceRule]) -> tuple[Correction, ...]:
    """Misses and mismatches of the e-licence library that nobody is completing yet, one for each kind of evidence."""
    found: dict[str, Correction] = {}
    for k, kind in kinds.items():
        if any(c.evidence == k for c in state.completions):
            continue
        for source in (s for s in kind.sources if s.route is Route.ELICENCE):
            last = next((a for a in reversed(state.attempts) if _asked(a, k, source)), None)
            if last is not None and last.kind in (OutcomeKind.NO_RECORD, OutcomeKind.MISMATCH):
                found.setdefault(k, Correction(evidence=k, source=source))
    return tuple(found.values())


def _asked(attempt: AttemptState, key: str, source: Source) -> bool:
    return (attempt.route, attempt.evidence, attempt.platform, attempt.resource_code) == (
        source.route,
        key,
        source.platform,
        source.resource_code,
    )


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
        tries = tuple(a for a in state.attempts if _asked(a, key, source))
        if not tries:
            return Ask(evidence=key, source=source, round=1, wait_seconds=None)
        answers = sum(a.kind not in WAITABLE for a in tries)
        if answers and tries[-1].kind in _MENDABLE and answers <= mended(state, key):
            return Ask(evidence=key, source=source, round=len(tries) + 1, wait_seconds=None)
        left = _budget_left(policy, mode, route, state, now) if tries[-1].kind in WAITABLE else 0
        if left > 0:
            return Ask(evidence=key, source=source, round=len(tries) + 1, wait_seconds=left)
        reason = f"tried_{tries[-1].kind.value}"
        if tries[-1].kind in FOR_A_PERSON:
            return reason
    return reason


def mended(state: RequirementState, key: str) -> int:
    """How often the record was put right since: reviews that corrected it, licences that were completed."""
    corrected = sum(r.evidence == key and r.conclusion == "corrected" for r in state.reviews)
    return corrected + sum(c.evidence == key and c.completed is True for c in state.completions)


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
