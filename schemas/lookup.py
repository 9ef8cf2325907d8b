"""查库: our own lookup of a fact for a procedure that may outlast a case, as often as it takes (pure)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from schemas.application import ApplicationRequest
from schemas.base import Model
from schemas.catalogue import EvidenceRule, RequirementRule, Source
from schemas.clock import county_date
from schemas.codes import LicenceStatus, Platform, Route, Sensitivity
from schemas.evidence import Outcome, OutcomeKind
from schemas.exchange import Batch, EvidenceQuery, Subject, WatchRequest
from schemas.identifiers import AreaCode
from schemas.long_route import ConversationStart
from schemas.policy import Admission

GUARDED = (Sensitivity.BANK, Sensitivity.HEALTH)
"""Looked up only with the holder's authorisation on record (law 9)."""


class Library(Model):
    """By what right and within what time a procedure looks for itself."""

    home_area: AreaCode
    """The county."""
    authorised: tuple[Sensitivity, ...]
    """What the holder has authorised to be looked up."""
    ask_seconds: dict[Platform, int]


def library_of(request: ApplicationRequest, admission: Admission, party_id: str) -> Library:
    """For a procedure that a case begins, about one of its parties."""
    party = next(p for p in request.parties if p.party_id == party_id)
    return Library(
        home_area=admission.rules.county,
        authorised=tuple(a.scope for a in party.authorisations),
        ask_seconds=admission.policy.ask_seconds,
    )


class LibraryAnswered(Model):
    """What a source said when the procedure looked for itself."""

    type: Literal["library_answered"] = "library_answered"
    route: Route
    platform: Platform
    resource_code: str
    outcome: Outcome

    @property
    def found(self) -> str | None:
        """The digest of the record, where the source has one."""
        evidence = self.outcome.evidence
        return evidence.digest if self.outcome.kind is OutcomeKind.HIT and evidence is not None else None


def open_sources(kind: EvidenceRule, library: Library) -> tuple[Source, ...]:
    """Where the next case would look by the lists [三(二)]: what is put elsewhere would not spare it the paper."""
    if kind.sensitivity in GUARDED and kind.sensitivity not in library.authorised:
        return ()
    closed = Route.DATA_SHARING if kind.paper_exempt else Route.ELICENCE
    return tuple(source for source in kind.sources if source.route is not closed)


def lookups(
    start: ConversationStart,
    library: Library,
    kind: EvidenceRule,
    subject: Subject,
    requirement: str,
    at: datetime,
    rule: RequirementRule | None = None,
) -> tuple[Batch, ...]:
    """One question for each source that is open; without a ``rule``, for any valid record of that kind."""
    return tuple(
        Batch(
            application_no=start.application_no,
            item_code=start.item_code,
            item_name=start.item_name,
            platform=source.platform,
            route=source.route,
            purpose=start.purpose,
            operator=start.operator,
            home_area=library.home_area,
            asked_on=county_date(at),
            may_wait=False,
            again_at=at,
            queries=(
                EvidenceQuery(
                    requirement=requirement,
                    evidence_type=kind.code,
                    evidence_name=kind.name,
                    resource_code=source.resource_code,
                    polarity=kind.polarity,
                    sensitivity=kind.sensitivity,
                    accepted_statuses=rule.accepted_statuses if rule else (LicenceStatus.VALID,),
                    condition=rule.condition if rule else None,
                    needed_coverage=rule.needed_coverage if rule else None,
                    source_coverage=source.coverage,
                    party_id=requirement.rpartition("/")[2],
                    subject=subject,
                    round=1,
                ),
            ),
        )
        for source in open_sources(kind, library)
    )


def watches(batches: tuple[Batch, ...], every_seconds: int) -> tuple[WatchRequest, ...]:
    """The same questions, again and again: only a record that is right ends them."""
    return tuple(WatchRequest(batch=batch, every_seconds=every_seconds, only_hits=True) for batch in batches)


def answer_of(batch: Batch, outcome: Outcome) -> LibraryAnswered:
    """The event of an answer."""
    (query,) = batch.queries
    return LibraryAnswered(
        route=batch.route, platform=batch.platform, resource_code=query.resource_code, outcome=outcome
    )
