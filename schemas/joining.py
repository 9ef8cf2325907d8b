"""A procedure that several cases share (一次采集、多次使用): each joins it and is told what comes of it (pure)."""

from __future__ import annotations

from typing import Literal, TypeVar

from pydantic import Field

from schemas.base import Model, ShortText
from schemas.identifiers import ApplicationNo, Code, Uscc
from schemas.request_events import NewsHeard, ReportUndelivered
from schemas.stream import StreamState

SHARED = ("digitisation", "completion")
"""First words of the workflow ids of what cases share."""


def workflow_of(stream: str) -> str:
    """The workflow id behind a stream of the ledger: what is shared has a stream for each chain of runs."""
    return stream.rpartition("/")[0] if stream.partition("/")[0] in SHARED else stream


class Joining(Model):
    """Signal ``join``, from one of our own cases: it waits for what the shared procedure comes to."""

    application_no: ApplicationNo
    requirement: str
    evidence: str
    """Key of ``ItemRules.evidence`` in that case."""
    department: Uscc
    department_name: ShortText
    """Its deciding department."""

    @property
    def key(self) -> str:
        """One for each requirement of a case."""
        return f"{self.application_no}/{self.requirement}"


class CaseJoined(Model):
    """A case waits for this too."""

    type: Literal["case_joined"] = "case_joined"
    joining: Joining


class CaseTold(Model):
    """A case was told; ``word`` is what."""

    type: Literal["case_told"] = "case_told"
    application_no: str
    requirement: str
    word: Code


JoiningBody = CaseJoined | CaseTold


class JoinedCase(Model):
    """A case that waits, as far as the shared procedure knows it."""

    joining: Joining
    news: str | None = None
    told: tuple[str, ...] = ()
    gone: bool = False
    """It does not run any more."""


class JoinedState(StreamState):
    """The part of a state that all shared procedures have."""

    cases: dict[str, JoinedCase] = Field(default_factory=dict)
    """By ``Joining.key``, in the order they joined."""


J = TypeVar("J", bound=JoinedState)


def cases_after(state: J, body: object) -> J:
    """The state after an event about the cases; unchanged by any other."""
    match body:
        case CaseJoined(joining=joining):
            return _with(state, JoinedCase(joining=joining))
        case CaseTold(word=word) if known := _known(state, body):
            return _with(state, known.model_copy(update={"told": (*known.told, word)}))
        case NewsHeard(news=news) if known := _known(state, body):
            return _with(state, known.model_copy(update={"news": news}))
        case ReportUndelivered() if known := _known(state, body):
            return _with(state, known.model_copy(update={"gone": True}))
    return state


def _known(state: JoinedState, body: CaseTold | NewsHeard | ReportUndelivered) -> JoinedCase | None:
    return state.cases.get(f"{body.application_no}/{body.requirement}")


def _with(state: J, case: JoinedCase) -> J:
    return state.model_copy(update={"cases": state.cases | {case.joining.key: case}})
