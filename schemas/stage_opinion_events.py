"""意见征集 for a stage of the case, in the case's own stream: asked, heard (pure)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from schemas.application import CommandRef
from schemas.base import Model
from schemas.case_state import Case, StageOpinion
from schemas.consultation import OpinionReport
from schemas.identifiers import Uscc


class StageOpinionAsked(Model):
    """An opinion is asked for; the decision waits until it was given or its time is over."""

    type: Literal["stage_opinion_asked"] = "stage_opinion_asked"
    command: CommandRef
    stage: str
    department: Uscc
    department_name: str
    question: str
    stream: str


class StageOpinionHeard(Model):
    """What was said, or that nothing was: no consent and no objection."""

    type: Literal["stage_opinion_heard"] = "stage_opinion_heard"
    report: OpinionReport


class StageOpinionClosed(Model):
    """The case ended before anything was said: nobody needs the opinion any more, and its department is told so."""

    type: Literal["stage_opinion_closed"] = "stage_opinion_closed"
    stage: str
    stream: str


StageOpinionBody = StageOpinionAsked | StageOpinionHeard | StageOpinionClosed
CLOSED = "closed"
"""What an opinion came to that was still out when the case ended."""


def change_opinion(case: Case, body: StageOpinionBody, at: datetime) -> Case:
    """The case after one event of its consultations."""
    match body:
        case StageOpinionAsked():
            asked = StageOpinion(
                stage=body.stage,
                stream=body.stream,
                department=body.department,
                department_name=body.department_name,
                question=body.question,
                asked_at=at,
            )
            opinions: tuple[StageOpinion, ...] = (*case.opinions, asked)
        case StageOpinionHeard():
            said = {"verdict": body.report.verdict, "heard": body.report.sequence}
            opinions = tuple(o.model_copy(update=said) if o.stream == body.report.stream else o for o in case.opinions)
        case StageOpinionClosed():
            closed = {"verdict": CLOSED}
            opinions = tuple(o.model_copy(update=closed) if o.stream == body.stream else o for o in case.opinions)
    return case.model_copy(update={"opinions": opinions})
