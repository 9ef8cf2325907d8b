"""When the course or a lapsed deferral ends a case, what is still asked of the sources is closed before the end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from temporalio import workflow

from schemas.acceptance import DeferralGranted
from schemas.assignment import Step
from schemas.codes import Route
from schemas.deferral import deferral_task
from schemas.events import EventBody
from schemas.policy import Admission
from schemas.route_events import ReportKind
from tests.schemas.builders import NOW, request
from tests.schemas.long_cases import KEY, LONG, RULES, TIMETABLE, opened, policy, provisional, reported, standing
from tests.schemas.test_course import SPENT, task
from workflows.course import Course
from workflows.deferral import Deferral
from workflows.procedure import SYSTEM

LAPSED = (
    opened(Route.DEFERRED_SUPPLY),
    reported(ReportKind.PROVISIONAL, Route.DEFERRED_SUPPLY, sequence=0, detail="provisional"),
    provisional(Route.DEFERRED_SUPPLY),
    DeferralGranted(requirement=KEY, notice_text="容缺受理通知书", supply_due_at=NOW),
    *task(deferral_task(KEY), Step.DEFERRED_SUPPLY, "expired", KEY),
)


class Said:
    """What was done, in order."""

    def __init__(self, *after: EventBody) -> None:
        self.state, self.done = standing(RULES, *after), list[str]()
        self.admission: Any = SimpleNamespace(rules=RULES, policy=policy())
        self.desk: Any = SimpleNamespace(
            timetable=TIMETABLE,
            open=lambda *task, **words: None,
            close=lambda task, how: None,
            close_all=lambda how: self.done.append("tasks"),
        )

    def record(self, body: EventBody, actor: Any) -> None:
        self.done.append(body.type)

    def questions(self) -> None:
        self.done.append("questions")


def of_course(said: Said) -> None:
    admission: Admission = said.admission
    recorder: Any = said
    Course(request(), admission, LONG, recorder, said.desk, SYSTEM, said.questions).steer({})


def of_deferral(said: Said) -> None:
    admission: Admission = said.admission
    recorder: Any = said
    Deferral(request(), admission, recorder, said.desk, lambda key: (), SYSTEM, said.questions).tend()


@pytest.mark.parametrize(
    ("after", "go_on"),
    [((SPENT, *task("supplement", Step.SUPPLEMENT, "expired")), of_course), (LAPSED, of_deferral)],
    ids=["never supplied", "a deferral that lapsed"],
)
def test_every_question_is_closed_before_the_end(
    after: tuple[EventBody, ...], go_on: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow, "now", lambda: NOW)
    said = Said(*after)
    go_on(said)
    assert said.done.count("questions") == 1
    assert said.done.index("questions") < said.done.index("application_terminated")
