"""目录: pinning a version to a case and deciding whether the request may become one."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Protocol

from pydantic import AwareDatetime
from temporalio import activity

from schemas.admission import check
from schemas.application import ApplicationRequest, application_stream
from schemas.base import Model
from schemas.catalogue import Catalogue
from schemas.clock import COUNTY_TIME, WorkingCalendar, county_date
from schemas.codes import HolderCodeType
from schemas.errors import FieldError, InvalidInput
from schemas.events import ApplicationReceived
from schemas.policy import Admission, AdmissionResult, CasePolicy
from schemas.rules import rules_for

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the clock of a business system may run ahead of ours."""


class AdmitRequest(Model):
    """A request, its first event, which fixed when it was received, and the workflow id it was started under."""

    request: ApplicationRequest
    received: ApplicationReceived
    started_at: AwareDatetime
    stream: str


class CatalogueReader(Protocol):
    """Published catalogue versions."""

    async def in_force(self, on: date) -> tuple[Catalogue, str]:
        """The version in force on a day and the digest of its content.  Raises LookupError when there is none."""


class Pseudonyms(Protocol):
    """Derives the pseudonym of a person or company."""

    def subject_ref(self, id_type: HolderCodeType, id_number: str) -> str:
        """The same for the same document in every case; not reversible without the secret."""


class CatalogueActivities:
    """Admission: a look-up in memory, run as a local activity at the start of each case."""

    def __init__(
        self, reader: CatalogueReader, pseudonyms: Pseudonyms, calendar: WorkingCalendar, policy: CasePolicy
    ) -> None:
        self._reader = reader
        self._pseudonyms = pseudonyms
        self._calendar = calendar
        self._policy = policy

    @activity.defn(name="catalogue.admit")
    async def admit(self, asked: AdmitRequest) -> AdmissionResult:
        """The admission, or every field that is wrong."""
        request = asked.request
        too_far = check_received(asked, self._calendar)
        if too_far:
            return AdmissionResult(errors=too_far)
        received_on = county_date(asked.received.received_at)
        try:
            catalogue, digest = await self._reader.in_force(received_on)
        except LookupError:
            if request.received_at is None:
                raise
            return AdmissionResult(errors=(_received_error("no_catalogue", "收件时尚无已公布的目录版本"),))
        try:
            rules = rules_for(catalogue, digest, request.item_code, request.demands)
        except InvalidInput as invalid:
            return AdmissionResult(errors=invalid.errors)
        errors = (*check_stream(asked), *check(request, rules))
        if errors:
            return AdmissionResult(errors=errors)
        due = self._calendar.due(received_on, rules.notice_working_days)
        return AdmissionResult(
            admission=Admission(
                rules=rules,
                policy=self._policy,
                subject_refs={
                    p.party_id: self._pseudonyms.subject_ref(p.id_type, p.id_number) for p in request.parties
                },
                received_on=received_on,
                notice_due=due.day,
                notice_due_provisional=due.provisional,
                calendar=self._calendar.since(received_on) if self._policy.long is not None else None,
            )
        )

    async def department_of(self, item_code: str, now: datetime) -> str | None:
        """The department that decides an item by the version in force; ``None`` for one it does not know."""
        catalogue, _ = await self._reader.in_force(county_date(now))
        item = next((i for i in catalogue.items if i.code == item_code), None)
        return next((d.uscc for d in catalogue.departments if item and d.code == item.department), None)


def check_received(asked: AdmitRequest, calendar: WorkingCalendar) -> tuple[FieldError, ...]:
    """收件 lies in the past, and within the published working days from which the notice is counted."""
    received_at = asked.received.received_at
    if received_at > asked.started_at + CLOCKS_DIFFER:
        return (_received_error("in_future", "收件时间在将来"),)
    if received_at < datetime.combine(calendar.first, time.min, COUNTY_TIME):
        return (_received_error("before_calendar", "收件时间早于工作日历"),)
    return ()


def _received_error(code: str, message: str) -> FieldError:
    return FieldError(field="received_at", code=code, message=message)


def still_holds(
    request: ApplicationRequest, received: ApplicationReceived, started_at: datetime, stream: str, found: Admission
) -> bool:
    """Whether an admission looked up before the start is one for this very case (pure).

    It is not when the day has changed in between, or the item, the parties or the workflow id are others.  Whoever can
    start a workflow with our codec keys is trusted as the door is; the event keeps version and digest for the audit.
    """
    return (
        received.received_at <= started_at + CLOCKS_DIFFER
        and stream == application_stream(request.application_no)
        and found.received_on == county_date(received.received_at)
        and found.rules.item_code == request.item_code
        and list(found.subject_refs) == [p.party_id for p in request.parties]
        and len(found.rules.demands) == len(request.demands)
        and not check(request, found.rules)
    )


def check_stream(asked: AdmitRequest) -> tuple[FieldError, ...]:
    """The workflow id must be the case's own, or two streams could claim one number."""
    expected = application_stream(asked.request.application_no)
    if asked.stream == expected:
        return ()
    return (FieldError(field="application_no", code="wrong_workflow_id", message=f"工作流编号须为 {expected}"),)
