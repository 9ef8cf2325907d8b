"""统计口径: what is counted, when it counts, and how figures follow from counts (pure); in Chinese: docs/statistics.md.

Everything counted is a *fact* (``schemas.statistics_facts`` derives them from the ledger's events), and every figure is
a number of facts, a ratio of two such numbers, or the median over facts of how long they took.  So figures of any
period and any grouping add up, and nothing is counted in two ways.

A fact counts on the county day on which what it counts *began or was done*: a case on its 收件, and with it every
requirement raised in it, however late that is settled; a lookup when the source was asked; a question to a department
when it was put; everything else on the day of the act itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Self

from pydantic import Field, model_validator

from schemas.base import Model
from schemas.codes import IMPLEMENTATION_OF_ROUTE, Implementation, Route

DEFINITIONS = 1
"""Version of the definitions; figures of two versions are not compared."""


class Measure(StrEnum):
    """What a fact counts; ``detail`` of the fact says which of its kinds."""

    CASE = "case"
    """办件: ``received`` on its 收件, ``accepted``, ``decided``, ``ended`` on those days."""
    REQUIREMENT = "requirement"
    """证明要求: how it stands (``Treatment``)."""
    LOOKUP = "lookup"
    """查询: a source was asked; what came of it (``OutcomeKind``)."""
    GAP = "gap"
    """堵点: a route did not lead to the evidence; why (``RungFinding.reason``)."""
    VERIFICATION = "verification"
    """信息核验, of the department that was asked (``Answering``); timed where it answered."""
    COMMITMENT = "commitment"
    """告知承诺: ``signed``, ``true``, ``false``, ``cleared``."""
    DEFERRAL = "deferral"
    """容缺后补: ``granted``, ``supplied``, ``lapsed``."""
    PAPER = "paper"
    """纸质先收: ``opened``, and how it ended."""
    ASSISTANCE = "assistance"
    """帮办代办: ``opened``, and how it ended."""
    DISPOSITION = "disposition"
    """灵活处置: ``opened``, ``decided`` (timed from the proposal on)."""
    COLOUR = "colour"
    """蓝橙红: ``blue``, ``orange``, ``red`` of the office whose task it was; annulled ones ``annulled_blue``…"""
    AGGREGATION = "aggregation"
    """归集, of the issuer: what it confirmed was in the library the ``same_day``, ``later``, or is ``open``."""
    COMPLAINT = "complaint"
    """投诉: somebody was sent for a proof, by this department; ``detail`` is the channel."""


class Treatment(StrEnum):
    """How a requirement was met, each exactly one."""

    EXEMPTED = "exempted"
    """免提交: settled for good without the applicant, by sharing, verification, assistance or disposition."""
    COMMITMENT = "commitment"
    """Settled for good by his commitment."""
    DEFERRED = "deferred"
    """Settled for good by what he supplied later: asked of him after all."""
    PAPER = "paper"
    """Settled for good by a paper he handed in."""
    PROVISIONAL = "provisional"
    """Settled while a check or a supply is owed, whatever the route."""
    NOT_EXEMPTED = "not_exempted"
    PENDING = "pending"
    APPLICANT_MADE = "applicant_made"
    """Made by the applicant (申请表…): never routed, never counted [design §5]."""
    VOLUNTEERED = "volunteered"
    """He chose to hand it in [五(一)]: neither our merit nor our failing."""
    ABOLISHED = "abolished"
    """Cancelled by a published act: nobody may ask for it."""
    UNLISTED = "unlisted"
    """On no list: nobody may ask for it, 司法局 is asked."""
    DROPPED = "dropped"
    """Still open when the case was withdrawn or ended otherwise."""


CONCLUDED = (
    Treatment.EXEMPTED,
    Treatment.COMMITMENT,
    Treatment.DEFERRED,
    Treatment.PAPER,
    Treatment.PROVISIONAL,
    Treatment.NOT_EXEMPTED,
)
"""What 免提交率 is a part of: everything lawfully needed that has come to something."""


class Answering(StrEnum):
    """How a question to a department went, each exactly one."""

    ON_TIME = "on_time"
    LATE = "late"
    """Answered after it was due."""
    SILENT = "silent"
    """Due has passed and nothing was said."""
    PENDING = "pending"
    """Not answered, not due."""
    WITHDRAWN = "withdrawn"
    """Taken back before it was due: no failing of the department."""
    UNDELIVERED = "undelivered"
    """Never reached the department, so it never received it."""


class Fact(NamedTuple):
    """One thing counted.  Empty text is "not known" or "does not apply"."""

    measure: Measure
    detail: str
    day: date
    department: str = ""
    """USCC of the department it is counted for: the deciding one, unless the measure says another."""
    taken_in_by: str = ""
    """USCC of the office whose window took the case in; it tells the township."""
    item: str = ""
    evidence: str = ""
    """Code of the evidence type."""
    issuer: str = ""
    """Code of the issuer class, where the requirement names one."""
    route: str = ""
    seconds: int | None = None


class By(StrEnum):
    """By what figures are broken down."""

    DEPARTMENT = "department"
    TOWNSHIP = "township"
    ITEM = "item"
    ROUTE = "route"
    EVIDENCE = "evidence"
    MONTH = "month"


class Period(Model):
    """County days, both counted."""

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("截止日期不得早于起始日期")
        return self

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        """A calendar month."""
        after = date(year + month // 12, month % 12 + 1, 1)
        return cls(first=date(year, month, 1), last=date.fromordinal(after.toordinal() - 1))


# --- figures -----------------------------------------------------------------------------------------------------


class CaseFigures(Model):
    """办件."""

    received: int = 0
    accepted: int = 0
    decided: int = 0
    ended: int = 0


class EvidenceFigures(Model):
    """证明要求, and 免提交率 (``exempted`` of ``concluded``)."""

    concluded: int = 0
    exempted: int = 0
    exempted_rate: float | None = None
    """Four decimals; ``None`` where nothing was concluded."""
    exempted_by_route: dict[Route, int] = Field(default_factory=dict)
    exempted_by_way: dict[Implementation, int] = Field(default_factory=dict)
    """四种实现方式."""
    commitment: int = 0
    deferred: int = 0
    paper: int = 0
    provisional: int = 0
    provisional_by_route: dict[Route, int] = Field(default_factory=dict)
    not_exempted: int = 0
    pending: int = 0
    """Not concluded yet: outside the rate."""
    applicant_made: int = 0
    volunteered: int = 0
    abolished: int = 0
    unlisted: int = 0
    dropped: int = 0


class LookupFigures(Model):
    """查询 of one route; 命中率 is ``hit`` of ``asked``."""

    asked: int = 0
    hit: int = 0
    no_record: int = 0
    for_a_person: int = 0
    """Adverse, ambiguous, mismatch, content not met."""
    unavailable: int = 0
    """Out of order, out of quota."""
    refused: int = 0
    """Not authorised, wrong parameters."""
    hit_rate: float | None = None


class VerificationFigures(Model):
    """信息核验 that departments received."""

    received: int = 0
    on_time: int = 0
    overdue: int = 0
    """Answered late, or silent past due."""
    silent: int = 0
    pending: int = 0
    withdrawn: int = 0
    undelivered: int = 0
    """Not received."""
    on_time_rate: float | None = None
    """``on_time`` of ``on_time`` and ``overdue``."""
    median_hours: float | None = None
    """Of all answers, from the question to the answer, by the clock on the wall; two decimals."""


class CommitmentFigures(Model):
    """告知承诺: signed in the period; checked and broken in the period, whenever signed."""

    signed: int = 0
    checked: int = 0
    broken: int = 0
    """Found false and not cleared in the hearing."""


class DeferralFigures(Model):
    """容缺后补: granted, supplied and lapsed in the period."""

    opened: int = 0
    cured: int = 0
    expired: int = 0


class PaperFigures(Model):
    """纸质先收: handed in, and come to an end, in the period."""

    opened: int = 0
    backfilled: int = 0
    cannot_backfill: int = 0
    """The issuer cannot, or is out of the province."""
    false: int = 0


class AssistanceFigures(Model):
    """帮办代办: opened, and come to an end, in the period."""

    opened: int = 0
    obtained: int = 0
    not_obtained: int = 0
    called_off: int = 0


class DispositionFigures(Model):
    """灵活处置: proposed and decided in the period."""

    opened: int = 0
    decided: int = 0
    median_days: float | None = None
    """Of those decided, from the proposal to the decision, calendar days; two decimals."""


class ColourFigures(Model):
    """蓝橙红: raised in the period, and how many of these were annulled as false alarms."""

    blue: int = 0
    orange: int = 0
    red: int = 0
    annulled: int = 0


class AggregationFigures(Model):
    """当日归集: what issuers confirmed in the period; ``rate`` is ``same_day`` of ``owed``."""

    owed: int = 0
    same_day: int = 0
    rate: float | None = None


class Figures(Model):
    """All figures of one period and one row."""

    cases: CaseFigures = CaseFigures()
    evidence: EvidenceFigures = EvidenceFigures()
    lookups: dict[Route, LookupFigures] = Field(default_factory=dict)
    verification: VerificationFigures = VerificationFigures()
    commitments: CommitmentFigures = CommitmentFigures()
    deferrals: DeferralFigures = DeferralFigures()
    papers: PaperFigures = PaperFigures()
    assistance: AssistanceFigures = AssistanceFigures()
    dispositions: DispositionFigures = DispositionFigures()
    colours: ColourFigures = ColourFigures()
    aggregation: AggregationFigures = AggregationFigures()
    complaints: int = 0


class FigureRow(Model):
    """The figures of one department, township, item, route or evidence type."""

    key: str
    """USCC, township code, item code, route or evidence type; empty where nobody said."""
    name: str
    figures: Figures


class Statistics(Model):
    """The figures of a period, in all and by row."""

    period: Period
    by: By
    as_of: int
    """The last leaf index of the feed that is counted, -1 before any.  As of the same index figures are the same."""
    definitions: int = DEFINITIONS
    unreadable: int = 0
    """Cases of the county whose events cannot be folded: they count for nothing, and somebody has to look."""
    total: Figures
    rows: tuple[FigureRow, ...]


class Gap(Model):
    """A place where a library or an issuer lets cases down: the work list for completing the libraries."""

    evidence: str
    evidence_name: str
    issuer: str
    """Code of the issuer class; empty where nobody said."""
    issuer_name: str
    route: Route
    failed: int
    """Requirements for which the route did not lead to the evidence."""
    reasons: dict[str, int]
    """By ``RungFinding.reason``, the most frequent first."""


class Gaps(Model):
    """The gaps of a period, the worst first."""

    period: Period
    as_of: int
    definitions: int = DEFINITIONS
    rows: tuple[Gap, ...]


# --- from sums to figures ----------------------------------------------------------------------------------------

Counts = Mapping[tuple[Measure, str, str], int]
"""How many facts, by measure, detail and route."""
Medians = Mapping[Measure, float]
"""Median seconds of the timed facts of a measure."""

_UNAVAILABLE = ("transient", "quota")
_FOR_A_PERSON = ("adverse", "mismatch", "ambiguous", "content_not_met")


def figures_of(counts: Counts, medians: Medians) -> Figures:
    """The figures that follow from counts of facts."""
    plain: dict[tuple[Measure, str], int] = {}
    for (measure, detail, _), number in counts.items():
        plain[measure, detail] = plain.get((measure, detail), 0) + number

    def n(measure: Measure, *details: str) -> int:
        return sum(plain.get((measure, detail), 0) for detail in details)

    def every(measure: Measure) -> int:
        return sum(number for (of, _), number in plain.items() if of is measure)

    on_time = n(Measure.VERIFICATION, Answering.ON_TIME)
    overdue = n(Measure.VERIFICATION, Answering.LATE, Answering.SILENT)
    undelivered = n(Measure.VERIFICATION, Answering.UNDELIVERED)
    same_day, owed = n(Measure.AGGREGATION, "same_day"), every(Measure.AGGREGATION)
    return Figures(
        cases=CaseFigures(**{name: n(Measure.CASE, name) for name in CaseFigures.model_fields}),
        evidence=_evidence(counts, plain),
        lookups=_lookups(counts),
        verification=VerificationFigures(
            received=every(Measure.VERIFICATION) - undelivered,
            on_time=on_time,
            overdue=overdue,
            silent=n(Measure.VERIFICATION, Answering.SILENT),
            pending=n(Measure.VERIFICATION, Answering.PENDING),
            withdrawn=n(Measure.VERIFICATION, Answering.WITHDRAWN),
            undelivered=undelivered,
            on_time_rate=rate(on_time, on_time + overdue),
            median_hours=_lasted(medians, Measure.VERIFICATION, 3600),
        ),
        commitments=CommitmentFigures(
            signed=n(Measure.COMMITMENT, "signed"),
            checked=n(Measure.COMMITMENT, "true", "false", "cleared"),
            broken=n(Measure.COMMITMENT, "false"),
        ),
        deferrals=DeferralFigures(
            opened=n(Measure.DEFERRAL, "granted"),
            cured=n(Measure.DEFERRAL, "supplied"),
            expired=n(Measure.DEFERRAL, "lapsed"),
        ),
        papers=PaperFigures(
            opened=n(Measure.PAPER, "opened"),
            backfilled=n(Measure.PAPER, "backfilled"),
            cannot_backfill=n(Measure.PAPER, "issuer_cannot_backfill", "issuer_out_of_province"),
            false=n(Measure.PAPER, "paper_false"),
        ),
        assistance=AssistanceFigures(
            opened=n(Measure.ASSISTANCE, "opened"),
            obtained=n(Measure.ASSISTANCE, "obtained"),
            not_obtained=n(Measure.ASSISTANCE, "not_obtained", "terminated"),
            called_off=n(Measure.ASSISTANCE, "called_off"),
        ),
        dispositions=DispositionFigures(
            opened=n(Measure.DISPOSITION, "opened"),
            decided=n(Measure.DISPOSITION, "decided"),
            median_days=_lasted(medians, Measure.DISPOSITION, 86400),
        ),
        colours=ColourFigures(
            **{c: n(Measure.COLOUR, c, f"annulled_{c}") for c in ("blue", "orange", "red")},
            annulled=n(Measure.COLOUR, *(f"annulled_{c}" for c in ("blue", "orange", "red"))),
        ),
        aggregation=AggregationFigures(owed=owed, same_day=same_day, rate=rate(same_day, owed)),
        complaints=every(Measure.COMPLAINT),
    )


def of_one_route(figures: Figures) -> Figures:
    """The figures of a route's row: what was not exempted went none, so there is no 免提交率 of one route."""
    return figures.model_copy(update={"evidence": figures.evidence.model_copy(update={"exempted_rate": None})})


def rate(part: int, whole: int) -> float | None:
    """A share with four decimals; ``None`` of nothing."""
    return round(part / whole, 4) if whole else None


def gaps_ranked(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """The worst first; of equals in the order of their names, so that the list is the same each time."""
    return tuple(sorted(gaps, key=lambda g: (-g.failed, g.evidence, g.issuer, g.route)))


# --- pieces ------------------------------------------------------------------------------------------------------


def _evidence(counts: Counts, plain: Mapping[tuple[Measure, str], int]) -> EvidenceFigures:
    numbers = {each: plain.get((Measure.REQUIREMENT, each.value), 0) for each in Treatment}
    exempted = _by_route(counts, Treatment.EXEMPTED)
    ways: dict[Implementation, int] = {}
    for route, number in exempted.items():
        way = IMPLEMENTATION_OF_ROUTE[route]
        ways[way] = ways.get(way, 0) + number
    concluded = sum(numbers[each] for each in CONCLUDED)
    return EvidenceFigures(
        concluded=concluded,
        exempted_rate=rate(numbers[Treatment.EXEMPTED], concluded),
        exempted_by_route=exempted,
        exempted_by_way=ways,
        provisional_by_route=_by_route(counts, Treatment.PROVISIONAL),
        **{each.value: number for each, number in numbers.items()},
    )


def _by_route(counts: Counts, treatment: Treatment) -> dict[Route, int]:
    found = {route: counts.get((Measure.REQUIREMENT, treatment.value, route.value), 0) for route in Route}
    return {route: number for route, number in found.items() if number}


def _lookups(counts: Counts) -> dict[Route, LookupFigures]:
    found: dict[Route, LookupFigures] = {}
    for route in Route:
        kinds = {d: n for (m, d, r), n in counts.items() if m is Measure.LOOKUP and r == route.value}
        if asked := sum(kinds.values()):
            found[route] = LookupFigures(
                asked=asked,
                hit=kinds.get("hit", 0),
                no_record=kinds.get("no_record", 0),
                for_a_person=sum(kinds.get(kind, 0) for kind in _FOR_A_PERSON),
                unavailable=sum(kinds.get(kind, 0) for kind in _UNAVAILABLE),
                refused=kinds.get("config", 0),
                hit_rate=rate(kinds.get("hit", 0), asked),
            )
    return found


def _lasted(medians: Medians, measure: Measure, unit: int) -> float | None:
    seconds = medians.get(measure)
    return None if seconds is None else round(seconds / unit, 2)
