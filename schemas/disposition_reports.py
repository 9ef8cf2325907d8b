"""What an 灵活处置 says to others (pure): questions to departments, tasks of people, the report to its case."""

from __future__ import annotations

from schemas.assignment import Assignee, Responsible
from schemas.case_commands import DispositionOutcome
from schemas.codes import Route
from schemas.consultation import ConsultationStart, consultation_stream
from schemas.disposition import DispositionStart, DispositionState
from schemas.disposition_acts import not_for_opinions
from schemas.disposition_events import ConsultationAsked, Disposal
from schemas.route_events import ReportKind, RouteReport
from schemas.texts import zh

_OF_OUTCOME = {
    DispositionOutcome.EXEMPTED: (ReportKind.SETTLED, "exempted"),
    DispositionOutcome.SUBSTITUTED: (ReportKind.SETTLED, "substituted"),
    DispositionOutcome.CONDITIONAL: (ReportKind.PROVISIONAL, "conditional"),
    DispositionOutcome.NOT_EXEMPTED: (ReportKind.FAILED, "not_exempted"),
}


def asking(start: DispositionStart, state: DispositionState, department: str) -> ConsultationAsked:
    """The event by which a department is asked in this round."""
    stage = stage_of(start, state.round, department)
    return ConsultationAsked(
        round=state.round,
        department=department,
        name=_name_of(start, department),
        stream=consultation_stream(start.application_no, stage),
    )


def stage_of(start: DispositionStart, round_: int, department: str) -> str:
    """The stage of a consultation: ``disposition-{requirement}-{round}-{department}``, codes only.

    The rounds of a second disposition of the same requirement are ``2.1``, ``2.2`` …
    """
    rounds = str(round_) if start.round == 1 else f"{start.round}.{round_}"
    return f"disposition-{start.requirement.replace('/', '-')}-{rounds}-{department}"


def consultation_start(start: DispositionStart, state: DispositionState, asked: ConsultationAsked) -> ConsultationStart:
    """What the consultation of one department is started with."""
    return ConsultationStart(
        application_no=start.application_no,
        stream=asked.stream,
        item_code=start.item_code,
        item_name=start.item_name,
        purpose=start.purpose,
        operator=start.operator,
        department=start.department,
        department_name=start.department_name,
        policy=start.policy,
        calendar=start.calendar,
        queues=start.queues,
        stage=stage_of(start, asked.round, asked.department),
        about=zh.DISPOSITION_ABOUT.format(evidence=start.kind.name)[:200],
        question=question(start),
        asked=asked.department,
        asked_name=asked.name,
        asker=start.committee.uscc if start.committee else start.department,
        subject=start.subject,
        document_digest=next(iter(start.proposal.material_digests), None),
        apart=not_for_opinions(state),
        report_to=start.stream,
    )


def question(start: DispositionStart) -> str:
    """What every department is asked, in at most 1000 characters: the proposal first, then the analysis."""
    said = start.proposal
    return zh.DISPOSITION_QUESTION.format(
        item=start.item_name,
        evidence=start.kind.name,
        department=start.department_name,
        cause=zh.DISPOSITION_CAUSES[said.cause.value],
        proposed=zh.DISPOSITION_OUTCOMES[said.proposed.value],
        legal_basis=said.legal_basis,
        materiality=said.materiality,
        relation=said.relation,
        risk=said.risk,
    )[:1000]


def committee_of(start: DispositionStart) -> Assignee:
    """管委会."""
    body = start.committee
    return Assignee(
        responsible=Responsible.COMMITTEE,
        name=body.name if body else zh.COMMITTEE,
        department=body.uscc if body else None,
    )


def report_of(start: DispositionStart, state: DispositionState) -> RouteReport | None:
    """What the case is told; ``None`` while the department's own inquiry is under way."""
    decision = state.decision
    if decision is None:
        return _report(start, state, ReportKind.FAILED, "bodies_missing", zh.BASIS_BODIES_MISSING)
    basis = basis_of(start, decision)
    if state.condition_lapsed:
        return _report(start, state, ReportKind.REVERSED, "condition_lapsed", basis)
    if state.met is not None:
        return _report(start, state, ReportKind.CONFIRMED, "condition_met", basis)
    if decision.outcome is DispositionOutcome.OWN_INQUIRY:
        if state.finding is None:
            return None
        if state.finding.established:
            return _report(start, state, ReportKind.SETTLED, "own_inquiry", basis)
        return _report(start, state, ReportKind.FAILED, "inquiry_not_established", basis)
    kind, detail = _OF_OUTCOME[decision.outcome]
    return _report(start, state, kind, detail, basis)


def basis_of(start: DispositionStart, decision: Disposal) -> str:
    """On what the requirement is settled, in one line: who decided what, by which law, with which substitute."""
    what = zh.DISPOSITION_OUTCOMES[decision.outcome.value]
    more = decision.substitute or decision.condition
    return zh.DISPOSITION_BASIS.format(
        department=start.department_name,
        what=f"{what}（{more}）" if more else what,
        legal_basis=decision.legal_basis,
    )[:200]


def _report(start: DispositionStart, state: DispositionState, kind: ReportKind, detail: str, basis: str) -> RouteReport:
    shown = state.met or state.finding
    return RouteReport(
        stream=start.stream,
        sequence=state.said,
        requirement=start.requirement,
        route=Route.FLEXIBLE_DISPOSITION,
        kind=kind,
        detail=detail,
        basis=basis,
        evidence_digest=shown.document_digest if shown is not None else None,
    )


def _name_of(start: DispositionStart, department: str) -> str:
    known = next((b.name for b in start.bodies.values() if b.uscc == department), None)
    if department == start.department:
        return known or start.department_name
    return known or zh.OTHER_DEPARTMENT.format(department=department)
