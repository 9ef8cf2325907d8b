"""The applicants of the demo, at the window: what they choose of what they are offered, bring, promise, take back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from infra.cli.demo_scene import Deed, Offer, Scene
from schemas.application import Choice, Volunteered, VolunteerEvidence, Withdraw
from schemas.case_commands import (
    Choose,
    ConsentAssistance,
    RequestProof,
    SignCommitment,
    SignDeferral,
    SignedBy,
    SubmitPaper,
    SupplyDeferred,
    WithdrawCommitment,
)
from schemas.case_state import RequirementStanding
from schemas.codes import PartyKind, Route

_LIKED = {Route.COMMITMENT: 0.9, Route.DEFERRED_SUPPLY: 1.0, Route.ASSISTANCE: 0.75, Route.PAPER_FIRST: 0.5}
"""How likely somebody is to take each way when it is his turn to look at it."""
_FIRST = {Route.DEFERRED_SUPPLY: 0.3, Route.COMMITMENT: 0.5, Route.ASSISTANCE: 0.7}
"""What he rather looks at first: smaller is sooner."""


def choose(scene: Scene) -> Iterator[Deed]:
    """He looks at his ways in an order of his own and takes the first he likes; what he will not have, he says."""
    requirement = scene.requirement or ""
    offers = [o for o in scene.offers_of(requirement) if o.route in _LIKED]
    for offer in sorted(offers, key=lambda o: scene.chance("order", o.route) * _FIRST.get(o.route, 1)):
        if scene.chance("proof", offer.evidence_type) < 0.04:
            yield Deed(
                "request_proof",
                RequestProof(
                    command_id=scene.command("proof"),
                    actor=scene.clerk(),
                    evidence_type=offer.evidence_type,
                    **scene.about(),
                ),
            )
        if scene.chance("likes", offer.route) < _LIKED.get(offer.route, 0):
            yield from take(scene, offer, requirement)
            return
        yield refuse(scene, offer.route)


def hurry(scene: Scene) -> Iterator[Deed]:
    """He does not wait to be asked: one commitment, or one paper, for what is still being looked for."""
    later = {o.requirement for o in scene.offers if o.route is Route.DEFERRED_SUPPLY}
    ways = (Route.PAPER_FIRST, Route.COMMITMENT)
    offers = [o for o in scene.offers if o.route in ways and o.requirement not in later]
    if offers:
        offer = min(offers, key=lambda o: (o.route is Route.PAPER_FIRST, not scene.is_shared(o.evidence_type)))
        yield from take(scene, offer, offer.requirement)


def take(scene: Scene, offer: Offer, requirement: str) -> Iterator[Deed]:
    """He takes one way: paper, commitment, deferral, or a helper."""
    about = {"actor": scene.clerk(), **scene.about(requirement)}
    match offer.route:
        case Route.PAPER_FIRST:
            yield Deed(
                "submit_paper",
                SubmitPaper(
                    command_id=scene.command(f"paper {requirement}"),
                    evidence_type=offer.evidence_type,
                    document_digest=scene.digest("paper", offer.evidence_type, requirement),
                    **about,
                ),
            )
        case Route.COMMITMENT:
            yield from _commit(scene, offer, requirement)
        case Route.DEFERRED_SUPPLY:
            yield Deed(
                "sign_deferral",
                SignDeferral(
                    command_id=scene.command(f"deferral {requirement}"),
                    letter_digest=scene.digest("deferral", requirement),
                    **about,
                ),
            )
        case Route.ASSISTANCE:
            yield Deed(
                "consent_assistance",
                ConsentAssistance(
                    command_id=scene.command(f"assistance {requirement}"),
                    authorisation_digest=scene.digest("authorisation", requirement),
                    **about,
                ),
            )


def _commit(scene: Scene, offer: Offer, requirement: str) -> Iterator[Deed]:
    """One in thirty has somebody else sign, which does not count; one in twelve takes his commitment back."""
    terms = scene.terms(requirement, offer.evidence_type)
    if terms is None:
        return
    party = next(p for p in scene.request.parties if p.party_id == requirement.rpartition("/")[2])
    signed_by = SignedBy.SEAL if party.kind is PartyKind.ORGANISATION else SignedBy.SELF
    yield Deed(
        "sign_commitment",
        SignCommitment(
            command_id=scene.command(f"commitment {requirement}"),
            actor=scene.clerk(),
            evidence_type=offer.evidence_type,
            letter_version=terms.letter_version,
            letter_digest=scene.digest("letter", requirement),
            signed_by=SignedBy.PROXY if scene.chance("proxy") < 0.03 else signed_by,
            signed_at=scene.now - timedelta(seconds=1),
            **scene.about(requirement),
        ),
    )
    if scene.chance("withdraws") < 0.08:
        yield Deed(
            "withdraw_commitment",
            WithdrawCommitment(
                command_id=scene.command(f"withdraw {requirement}"),
                actor=scene.clerk(),
                reason="申请人改为自行提交证明材料",
                **scene.about(requirement),
            ),
            wait=1.0,
        )


def refuse(scene: Scene, route: Route) -> Deed:
    """He will not have a way."""
    choice = Choice(route=route, wanted=False, **scene.about())
    return Deed("choose", Choose(command_id=scene.command(f"no {route}"), actor=scene.clerk(), choice=choice), wait=0.1)


def supplement(scene: Scene) -> Iterator[Deed]:
    """After the notice: most bring what is lacking, some take a way still open, some give up or do nothing."""
    roll = scene.chance("supplement")
    if roll < 0.04:
        return
    if roll < 0.09:
        yield Deed(
            "withdraw",
            Withdraw(command_id=scene.command("withdraw"), actor=scene.clerk(), reason="申请人暂不办理"),
        )
        return
    for requirement in scene.standing(RequirementStanding.NOT_EXEMPTED):
        offer = next((o for o in scene.offers_of(requirement) if o.route in _LIKED), None)
        if offer is not None and scene.chance("other way", requirement) < 0.4:
            yield from take(scene, offer, requirement)
            continue
        wanted = scene.wanted(requirement)
        if wanted is not None:
            yield _volunteer(scene, requirement, wanted)


def _volunteer(scene: Scene, requirement: str, evidence_type: str) -> Deed:
    given = Volunteered(
        evidence_type=evidence_type,
        document_digest=scene.digest("volunteered", requirement),
        **scene.about(requirement),
    )
    command_id = scene.command(f"volunteer {requirement}")
    return Deed("volunteer_evidence", VolunteerEvidence(command_id=command_id, actor=scene.clerk(), evidence=given))


def supply(scene: Scene) -> Iterator[Deed]:
    """What was owed arrives, from nineteen in twenty."""
    if scene.chance("supplies") < 0.95:
        yield Deed(
            "supply_deferred",
            SupplyDeferred(
                command_id=scene.command("supply"),
                actor=scene.clerk(),
                document_digest=scene.digest("supplied", scene.requirement),
                **scene.about(),
            ),
            wait=0.8,
        )
