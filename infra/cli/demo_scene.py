"""What a staged person of the demo has before him when he acts, and what he does: the same for the same seed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.application import Actor, ApplicationRequest, Explanation, Origin, RequirementView
from schemas.case_state import RequirementStanding
from schemas.catalogue import Catalogue, ServiceItem
from schemas.codes import ActorKind, BodyRole, Route
from schemas.commitment_terms import CommitmentTerms
from schemas.refused_act import StaffAct

OPEN_WAYS = ("option", "not_chosen", "proposal")
"""Reasons of a rung that stands open to somebody's will."""


@dataclass(frozen=True)
class Offer:
    """A way that stands open for a requirement, as ``explain`` shows it."""

    requirement: str
    route: Route
    evidence_type: str


@dataclass(frozen=True)
class Deed:
    """An act by Update, ``wait`` working days after the one before it."""

    update: str
    act: StaffAct
    wait: float = 0.2


@dataclass(frozen=True)
class Scene:
    """What somebody has before him: one workflow, the application as its people know it, the county's catalogue."""

    stream: str
    assignment: str
    """The task, or what else has brought him."""
    requirement: str | None
    request: ApplicationRequest
    catalogue: Catalogue
    seed: int
    now: datetime
    told: str
    """The department that was told of the task."""
    tried: int
    """How often he came to this task before."""
    explained: Explanation | None = None
    """What the case says of its requirements, where he has looked."""

    # --- chance --------------------------------------------------------------------------------------------------

    def chance(self, *about: object) -> float:
        """A number from 0 to 1 that is always the same for the same question about this task."""
        return chance(self.seed, self.stream, self.assignment, *about)

    def digest(self, *about: object) -> str:
        """The digest of a paper that nobody wrote."""
        return _sha(self.seed, self.request.application_no, *about)

    def of_the_case(self, *about: object) -> float:
        """The same for all tasks about the same requirement of the case."""
        return chance(self.seed, self.request.application_no, self.requirement, *about)

    def command(self, what: str) -> str:
        """The id of an act; another where it is tried again."""
        return f"demo-{_sha(self.seed, self.stream, self.assignment, self.tried, what)[:24]}"

    # --- who ------------------------------------------------------------------------------------------------------

    @property
    def item(self) -> ServiceItem:
        """The service item."""
        return next(i for i in self.catalogue.items if i.code == self.request.item_code)

    @property
    def department(self) -> str:
        """The deciding department."""
        return next(d.uscc for d in self.catalogue.departments if d.code == self.item.department)

    def clerk(self) -> Actor:
        """Who took the application in."""
        return self.request.operator

    def official(self, part: str) -> Actor:
        """Somebody of the deciding department; another person for every part he may play."""
        return self.staff(part, self.department)

    def staff(self, part: str, department: str) -> Actor:
        """Somebody of a department."""
        number = int(chance(self.seed, self.request.application_no, part) * 30) + 1
        return Actor(kind=ActorKind.DEPARTMENT, actor_id=f"{part}-{number:03d}", department=department)

    def committee(self) -> Actor:
        """Somebody of 管委会."""
        body = next(b for b in self.catalogue.bodies if b.role is BodyRole.COMMITTEE)
        return Actor(kind=ActorKind.COMMITTEE, actor_id="committee-001", department=body.uscc)

    # --- what the case says --------------------------------------------------------------------------------------

    @property
    def offers(self) -> tuple[Offer, ...]:
        """The ways that stand open."""
        return tuple(
            Offer(requirement=r.requirement, route=rung.route, evidence_type=rung.evidence_type)
            for r in self._requirements
            for rung in r.rungs
            if rung.reason in OPEN_WAYS
        )

    def offers_of(self, requirement: str | None) -> tuple[Offer, ...]:
        """The ways that stand open for one requirement."""
        return tuple(o for o in self.offers if o.requirement == requirement)

    def standing(self, standing: RequirementStanding) -> tuple[str, ...]:
        """The requirements that stand so."""
        return tuple(r.requirement for r in self._requirements if r.status == standing.value)

    @property
    def _requirements(self) -> tuple[RequirementView, ...]:
        return self.explained.requirements if self.explained is not None else ()

    # --- what -----------------------------------------------------------------------------------------------------

    def about(self, requirement: str | None = None) -> dict[str, Any]:
        """The fields that name a requirement in an act; without one, that of the task."""
        code, _, party_id = (requirement or self.requirement or "").rpartition("/")
        return {"requirement_code": code, "party_id": party_id}

    def terms(self, requirement: str, evidence_type: str) -> CommitmentTerms | None:
        """What the county publishes of a commitment for a requirement."""
        about = (requirement.rpartition("/")[0], evidence_type)
        return next((t for t in self.catalogue.commitments if (t.requirement, t.evidence_type) == about), None)

    def wanted(self, requirement: str) -> str | None:
        """A kind of evidence that would meet a requirement; ``None`` for a demand of the guide's own."""
        code = requirement.rpartition("/")[0]
        rule = next((r for r in self.catalogue.requirements if r.code == code), None)
        return rule.alternatives[0].evidence_type if rule is not None else None

    def issuer_is_nobody(self, evidence_type: str) -> bool:
        """Whether no department of the county answers for a kind of evidence."""
        kind = next(t for t in self.catalogue.evidence_types if t.code == evidence_type)
        classes = {c.code: c for c in self.catalogue.issuer_classes}
        return kind.issuer_class is None or classes[kind.issuer_class].department is None

    def is_shared(self, evidence_type: str) -> bool:
        """Whether any source could hold a kind of evidence."""
        return any(s.evidence_type == evidence_type for s in self.catalogue.sources)

    def origin(self) -> Origin | None:
        """Where the fact of the task's requirement would have to come from."""
        code, party_id = self.about()["requirement_code"], self.about()["party_id"]
        return next((o for o in self.request.origins if (o.requirement_code, o.party_id) == (code, party_id)), None)


def chance(*about: object) -> float:
    """A number from 0 to 1 that is always the same for the same question."""
    return int(_sha(*about)[:12], 16) / 16**12


def _sha(*about: object) -> str:
    return hashlib.sha256("/".join(str(a) for a in about).encode()).hexdigest()
