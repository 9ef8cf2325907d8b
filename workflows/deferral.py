"""容缺后补 in a case: asked of the credit platforms, granted with its notice, awaited, and its end.

Level-triggered like the roads: ``tend`` does what the state asks for, as often as it is called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from schemas.acceptance import DeferralGranted
    from schemas.application import Actor, ApplicationRequest
    from schemas.assignment import Assignee, Responsible, Step
    from schemas.case_reports import Findings
    from schemas.case_state import Case
    from schemas.credit_check import committer_of, deferral_bar
    from schemas.credit_exchange import CreditQuery
    from schemas.deferral import (
        deferral_task,
        in_question,
        lapsed,
        on_credit,
        on_lapse,
        on_supply,
        party_facts,
        pointless,
        supplied,
        supply_days,
        terms_of,
    )
    from schemas.events import EventBody
    from schemas.policy import Admission
    from schemas.route_starts import long_policy, subject_of
    from schemas.texts import zh

from workflows.credit_check import ask_credit
from workflows.desk import Desk
from workflows.recorder import Recorder


class Deferral:
    """The deferrals of one case.

    ``findings`` says what the ladder found for a requirement; ``close`` closes the questions that are still out at the
    sources, when one that lapsed ends the case.
    """

    def __init__(
        self,
        request: ApplicationRequest,
        admission: Admission,
        recorder: Recorder[Case],
        desk: Desk[Case],
        findings: Callable[[str], Findings],
        system: Actor,
        close: Callable[[], None],
    ) -> None:
        self._request = request
        self._admission = admission
        self._recorder = recorder
        self._desk = desk
        self._findings = findings
        self._system = system
        self._close = close
        self._granting: dict[str, asyncio.Task[None]] = {}
        self._defect: BaseException | None = None

    @property
    def idle(self) -> bool:
        """Whether no question about anybody's credit is out or to be put."""
        return not in_question(self._case)

    @property
    def broken(self) -> bool:
        """Whether a task of ours failed in a way that is no answer of any platform."""
        return self._defect is not None

    def raise_defect(self) -> None:
        """A defect is raised in the main course of the case, where it is seen and nothing is lost."""
        if self._defect is not None:
            raise self._defect

    def tend(self) -> None:
        """Ask about what was signed, settle what was supplied, end what has lapsed; nothing after the end."""
        if self._case.ended:
            self._stop()
            return
        for requirement, _ in in_question(self._case):
            if requirement not in self._granting:
                self._granting[requirement] = asyncio.create_task(self._grant_safely(requirement))
        for requirement in supplied(self._case):
            self._record_all(on_supply(self._case, requirement))
            self._desk.close(deferral_task(requirement), "done")
        for requirement in lapsed(self._case):
            self._lapse(requirement)
            return
        for task in pointless(self._case):
            self._desk.close(task, "withdrawn")

    async def grant(self, requirement: str) -> None:
        """Granted with its notice, or closed with the reason; nothing where it is not open any more by then."""
        policy = long_policy(self._admission)
        finding = await ask_credit(
            self._query(requirement),
            deferral_bar,
            until=self._desk.due(Step.CHOICE),
            longest_pause=timedelta(seconds=policy.reask_seconds),
            queue=self._admission.policy.queues.get("platforms"),
            snags=self._recorder.snags,
            pointless=lambda: self._case.ended or requirement not in dict(in_question(self._case)),
        )
        if self._case.ended:
            return
        rules = self._admission.rules
        days = supply_days(terms_of(rules, requirement), rules.promised_working_days)
        due = self._desk.timetable.due(workflow.now(), days)
        said = on_credit(self._case, rules, requirement, finding, due, self._findings(requirement))
        self._record_all(said)
        if any(isinstance(body, DeferralGranted) for body in said):
            self._await_supply(requirement, days)

    # --- pieces --------------------------------------------------------------------------------------------------

    @property
    def _case(self) -> Case:
        return self._recorder.state

    async def _grant_safely(self, requirement: str) -> None:
        try:
            await self.grant(requirement)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            if not is_cancelled_exception(error):
                self._defect = error
        finally:
            self._granting.pop(requirement, None)

    def _await_supply(self, requirement: str, days: int) -> None:
        """The applicant owes it, reached through the window that took his application in."""
        terms = terms_of(self._admission.rules, requirement)
        known = self._case.requirements[requirement]
        kind = self._admission.rules.evidence[known.settled_by or ""]
        department = self._request.operator.department or self._admission.rules.department
        self._desk.open(
            deferral_task(requirement),
            Step.DEFERRED_SUPPLY,
            Assignee(responsible=Responsible.APPLICANT, name=zh.APPLICANT, department=department),
            task=zh.TASK_DEFERRED_SUPPLY.format(evidence=kind.name),
            then=zh.OVERDUE_EFFECTS[terms.overdue.value],
            requirement=requirement,
            working_days=days,
            gives_up_after=days,
        )

    def _lapse(self, requirement: str) -> None:
        """The stated effect; nobody has to act on the case any more."""
        said = on_lapse(self._case, self._admission.rules, requirement)
        self._close()
        self._desk.close_all("ended")
        self._record_all(said)
        self._stop()

    def _query(self, requirement: str) -> CreditQuery:
        rules = self._admission.rules
        stream = dict(in_question(self._case))[requirement].stream
        party = committer_of(party_facts(self._request), requirement.rpartition("/")[2])
        return CreditQuery(
            key=f"{self._case.application_no}/{requirement}/{stream.partition('/')[0]}/credit",
            application_no=self._case.application_no,
            item_code=rules.item_code,
            item_name=rules.item_name,
            purpose=self._request.purpose,
            operator=self._request.operator,
            subject=subject_of(self._request, self._admission, party.party_id),
        )

    def _record_all(self, bodies: tuple[EventBody, ...]) -> None:
        for body in bodies:
            self._recorder.record(body, self._system)

    def _stop(self) -> None:
        for task in self._granting.values():
            task.cancel()
        self._granting.clear()
