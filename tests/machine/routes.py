"""What comes from outside: platforms that answer, long routes that report, reviews, completions, opinions, credit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from schemas.acceptance import DeferralGranted
from schemas.asking import Question
from schemas.assignment import Assignee, Responsible, Step, opened
from schemas.case import RequirementStanding, RouteStanding
from schemas.case_reports import on_completion, on_report, on_review
from schemas.case_state import CompletionState, ReviewState, RouteState
from schemas.codes import Platform, Route
from schemas.consultation import OpinionReport
from schemas.credit_exchange import CreditAnswer, CreditFinding, CreditStanding
from schemas.deferral import deferral_task, in_question, on_credit, supply_days, terms_of
from schemas.evidence import FOR_A_PERSON, OutcomeKind
from schemas.ladder import Ask
from schemas.route_events import CompletionReport, ReportKind, ReviewReport, RouteReport
from schemas.stage_opinion import on_opinion
from tests.machine.game import Game, few, odd

DETAILS: dict[ReportKind, tuple[str, ...]] = {
    ReportKind.SETTLED: ("confirmed", "commitment_unchecked"),
    ReportKind.PROVISIONAL: ("provisional",),
    ReportKind.CONFIRMED: ("commitment_fulfilled", "confirmed"),
    ReportKind.REVERSED: ("commitment_broken", "refuted"),
    ReportKind.FAILED: ("no_answer", "declined", "no_record", "request_unavailable", "credit_serious"),
    ReportKind.ADVERSE: ("refuted",),
}
SAID = (*OutcomeKind, OutcomeKind.NO_RECORD, OutcomeKind.NO_RECORD, OutcomeKind.NO_RECORD, OutcomeKind.TRANSIENT)
"""What a platform says; mostly that it has nothing, for only then people are needed."""


class FromOutside(Game):
    """In any order, late, twice, and from strangers."""

    # --- platforms -----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.played.asking)
    @rule(n=few, kind=st.sampled_from(SAID), seconds=st.integers(0, 30))
    def a_platform_answers(self, n: int, kind: OutcomeKind, seconds: int) -> None:
        asking = list(self.played.asking.values())
        self.played.now += timedelta(seconds=seconds)
        self._answer(asking[n % len(asking)], kind)

    @precondition(lambda self: self.played.asking)
    @rule()
    def no_platform_knows_anything(self) -> None:
        for _ in range(6):
            for question in list(self.played.asking.values()):
                self._answer(question, OutcomeKind.NO_RECORD)

    @precondition(lambda self: self.played.strays)
    @rule(n=few, kind=st.sampled_from(OutcomeKind))
    def an_answer_comes_for_nobody(self, n: int, kind: OutcomeKind) -> None:
        self._answer(self.played.strays[n % len(self.played.strays)], kind)

    @precondition(lambda self: self._tried())
    @rule(n=few, kind=st.sampled_from((OutcomeKind.HIT, OutcomeKind.HIT, *FOR_A_PERSON)))
    def a_watch_finds_something(self, n: int, kind: OutcomeKind) -> None:
        """As ``Watch._answered``: sharing asked again while people work (law 7)."""
        key, question = (found := self._tried())[n % len(found)]
        standing = self.played.case.requirements[key].standing
        if standing is RequirementStanding.OPEN and not self.played.case.decided and key not in self.played.asking:
            self.played.asking[key] = question
            self._answer(question, kind)

    # --- long routes ---------------------------------------------------------------------------------------------

    @precondition(lambda self: self._routes())
    @rule(n=few, kind=st.sampled_from(ReportKind), detail=few, step=st.sampled_from((1, 1, 1, 3, 0, -1)))
    def a_route_reports(self, n: int, kind: ReportKind, detail: int, step: int) -> None:
        key, route = (found := self._routes())[n % len(found)]
        self._report(key, route, kind, detail, step)

    def _report(self, key: str, route: RouteState, kind: ReportKind, detail: int, step: int) -> None:
        details = DETAILS[kind]
        report = RouteReport(
            stream=route.stream,
            sequence=max(0, route.heard + step),
            requirement=key,
            route=route.route,
            kind=kind,
            detail=details[detail % len(details)],
            basis="示例",
            evidence_digest="e" * 64 if kind is ReportKind.SETTLED else None,
            outcome=OutcomeKind.ADVERSE if kind is ReportKind.ADVERSE else None,
        )
        self.reports.append(report)
        self._hears(report)

    @precondition(lambda self: self.reports)
    @rule(n=st.integers(0, 30))
    def a_report_comes_again(self, n: int) -> None:
        report = self.reports[n % len(self.reports)]
        before, ended = self.witness.heard(report), self.played.case.ended
        self._hears(report)
        expected = before if ended else max(before, report.sequence)
        assert self.witness.heard(report) == expected, "heard once, and only forwards"

    @rule(kind=st.sampled_from(ReportKind), known=st.booleans())
    def a_stranger_reports(self, kind: ReportKind, known: bool) -> None:
        before = self.played.case
        key = next(iter(before.requirements)) if known else "r_other/p9"
        report = RouteReport(
            stream="verification/T-other/r_other/p9",
            sequence=9,
            requirement=key,
            route=Route.VERIFICATION,
            kind=kind,
            detail="confirmed",
            basis="示例",
        )
        self.played.hear(lambda: on_report(self.played.case, report, ()))
        assert self.played.case == before, "a stranger is not heard"

    @precondition(lambda self: self._reviews())
    @rule(n=few, conclusion=st.sampled_from(("accepted", "corrected", "not_exempted")), foreign=odd)
    def a_review_is_concluded(self, n: int, conclusion: Any, foreign: bool) -> None:
        key, review = (found := self._reviews())[n % len(found)]
        report = ReviewReport(
            stream="review/T-other/1" if foreign else review.stream,
            sequence=n,
            requirement=key,
            evidence=review.evidence,
            conclusion=conclusion,
            basis="示例",
        )
        self.played.hear(lambda: on_review(self.played.case, report, self.played.findings(key)))
        self._went_on()

    @precondition(lambda self: self._completions())
    @rule(n=few, completed=st.booleans())
    def a_licence_is_completed(self, n: int, completed: bool) -> None:
        key, joined = (found := self._completions())[n % len(found)]
        report = CompletionReport(
            stream=joined.stream,
            sequence=n,
            requirement=key,
            evidence=joined.evidence,
            completed=completed,
            detail="completed",
        )
        self.played.hear(lambda: on_completion(self.played.case, report))
        self._went_on()

    @precondition(lambda self: self.played.case.opinions)
    @rule(
        n=few, step=st.sampled_from((1, 1, 0)), verdict=st.sampled_from(("agree", "disagree", "unanswered")), late=odd
    )
    def an_opinion_is_given(self, n: int, step: int, verdict: Any, late: bool) -> None:
        self._opinion(n, step, verdict, late=late)

    def _opinion(self, n: int, step: int, verdict: Any, *, late: bool) -> None:
        asked = self.played.case.opinions[n % len(self.played.case.opinions)]
        report = OpinionReport(
            stream=asked.stream,
            sequence=max(0, asked.heard + step),
            stage=asked.stage,
            department=asked.department,
            verdict=verdict,
            reason=None,
            conditions=None,
            document_digest=None,
            unit=None,
            person=None,
            recusals=(),
            late=late,
        )
        self.played.hear(lambda: on_opinion(self.played.case, report))
        self._went_on()

    @precondition(lambda self: not self.played.case.ended and bool(in_question(self.played.case)))
    @rule(n=few, standing=st.sampled_from((CreditStanding.CLEAR, CreditStanding.CLEAR, *CreditStanding)))
    def credit_answers(self, n: int, standing: CreditStanding) -> None:
        self._credit(n, standing)

    def _credit(self, n: int, standing: CreditStanding) -> None:
        """As ``Deferral.grant``."""
        played, asked = self.played, in_question(self.played.case)
        key, rules = asked[n % len(asked)][0], self.played.admission.rules
        finding = CreditFinding(
            answers=(
                CreditAnswer(
                    platform=Platform.CREDIT_CITY,
                    standing=standing,
                    detail="示例",
                    repaired=n == 7,
                    evidence_digest=None,
                    answered_at=played.now,
                ),
            )
        )
        days = supply_days(terms_of(rules, key), rules.promised_working_days)
        due = played.timetable.due(played.now, days)
        said = on_credit(played.case, rules, key, finding, due, played.findings(key))
        played.record_all(said)
        if any(isinstance(body, DeferralGranted) for body in said):
            who = Assignee(responsible=Responsible.APPLICANT, name="申请人", department=rules.department)
            task = opened(
                deferral_task(key),
                Step.DEFERRED_SUPPLY,
                who,
                task="补交",
                then="退件",
                working_days=days,
                gives_up_after=days,
                timetable=played.timetable,
                now=played.now,
                requirement=key,
            )
            played.record(task)
        self._went_on()

    # --- pieces --------------------------------------------------------------------------------------------------

    def _hears(self, report: RouteReport) -> None:
        played = self.played
        before = played.case.requirements[report.requirement]
        played.hear(lambda: on_report(played.case, report, played.findings(report.requirement)))
        after = played.case.requirements[report.requirement]
        assert after.reopened - before.reopened in (0, 1), "a late answer reopens once"
        if played.case.decided:
            assert after.standing is before.standing
        self._went_on()

    def _reviews(self) -> list[tuple[str, ReviewState]]:
        return [(key, r) for key, known in self.played.case.requirements.items() for r in known.reviews]

    def _completions(self) -> list[tuple[str, CompletionState]]:
        return [(key, c) for key, known in self.played.case.requirements.items() for c in known.completions]

    def _tried(self) -> list[tuple[str, Question]]:
        """Requirements people are working on, with a question to a source that was asked before."""
        found = []
        for key, known in self.played.case.requirements.items():
            walking = any(r.standing is RouteStanding.OPEN for r in known.routes)
            for a in known.attempts if walking else ():
                sources = self.played.admission.rules.evidence[a.evidence].sources
                source = next((s for s in sources if s.resource_code == a.resource_code), None)
                if source is not None:
                    ask = Ask(evidence=a.evidence, source=source, round=len(known.attempts) + 1, wait_seconds=None)
                    question = Question(requirement=key, ask=ask, findings=(), asked_at=self.played.now)
                    found.append((key, question))
        return found
