"""意见征集 for a stage of the case: the deciding department asks another before it goes on [四(四)一] (pure)."""

from __future__ import annotations

from schemas.acceptance import DepartmentAct
from schemas.acts import act_error
from schemas.application import ApplicationRequest, CommandRef
from schemas.base import ShortText
from schemas.case_acts import Acted
from schemas.case_commands import Analysis
from schemas.case_state import Case, StageOpinion
from schemas.catalogue import ItemRules
from schemas.consultation import ConsultationStart, OpinionReport, StageCode, consultation_stream
from schemas.identifiers import Uscc
from schemas.policy import Admission
from schemas.route_starts import circumstances
from schemas.stage_opinion_events import StageOpinionAsked, StageOpinionHeard


class AskOpinion(DepartmentAct):
    """Update ``ask_opinion``: another department is asked for its opinion on a stage of the case."""

    stage: StageCode
    asked: Uscc
    asked_name: ShortText
    question: Analysis


def ask_opinion(case: Case, rules: ItemRules, act: AskOpinion, ref: CommandRef) -> Acted:
    """Before the decision, once for each stage, and never of the department itself."""
    if case.decided:
        return Acted(errors=(act_error("command_id", "already_decided"),))
    if act.asked == rules.department:
        return Acted(errors=(act_error("asked", "asks_itself"),))
    if any(o.stage == act.stage for o in case.opinions):
        return Acted(errors=(act_error("stage", "stage_asked_already"),))
    body = StageOpinionAsked(
        command=ref,
        stage=act.stage,
        department=act.asked,
        department_name=act.asked_name,
        question=act.question,
        stream=consultation_stream(case.application_no, act.stage),
    )
    return Acted(events=(body,))


def on_opinion(case: Case, report: OpinionReport) -> tuple[StageOpinionHeard, ...]:
    """A consultation of this case reported; the same report again, or a stranger's, changes nothing."""
    known = next((o for o in case.opinions if o.stream == report.stream), None)
    if known is None or report.sequence <= known.heard:
        return ()
    return (StageOpinionHeard(report=report),)


def consultation_start(
    request: ApplicationRequest, admission: Admission, opinion: StageOpinion, report_to: str
) -> ConsultationStart:
    """What the consultation of a stage is started with."""
    return ConsultationStart(
        **circumstances(request, admission, opinion.stream),
        stage=opinion.stage,
        about=admission.rules.item_name,
        question=opinion.question,
        asked=opinion.department,
        asked_name=opinion.department_name,
        asker=admission.rules.department,
        report_to=report_to,
    )
