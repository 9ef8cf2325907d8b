"""证照补齐 begun by the holder (闽政通核对) or at 证照补齐服务窗口: what is handed in, and what follows (pure)."""

from __future__ import annotations

from typing import Literal

from schemas.application import Actor, Party
from schemas.base import Model
from schemas.catalogue import Catalogue
from schemas.clock import WorkingCalendar
from schemas.codes import Route
from schemas.completion import CompletionStart, Lack, own_number
from schemas.errors import FieldError, InvalidInput
from schemas.exchange import Subject
from schemas.identifiers import Code
from schemas.lookup import Library
from schemas.policy import CasePolicy
from schemas.route_starts import completion_stream
from schemas.rules import rule_of_kind
from schemas.texts import zh

ITEM = "licence_completion"


class CompletionRequest(Model):
    """A person or company says that a licence of its own is missing from the library, or wrong there.

    Only the holder, or the counter with him before it, may say so: it opens a lookup about nobody else (law 9).
    """

    evidence_type: Code
    holder: Party
    opened_by: Literal["holder", "counter"]
    lack: Lack
    operator: Actor
    """Who took it in; with his department."""


def start_of(
    request: CompletionRequest, catalogue: Catalogue, subject_ref: str, policy: CasePolicy, calendar: WorkingCalendar
) -> CompletionStart:
    """What the workflow is started with.

    Raises InvalidInput for a kind of evidence that is in no e-licence library, for a department that the catalogue does
    not know, and where the county carries out nothing beyond sharing.
    """
    kind = rule_of_kind(catalogue, request.evidence_type)
    in_library = kind is not None and kind.paper_exempt and any(s.route is Route.ELICENCE for s in kind.sources)
    offices = {b.uscc: b.name for b in catalogue.bodies} | {d.uscc: d.name for d in catalogue.departments}
    department = request.operator.department
    errors: list[FieldError] = []
    if kind is None or not in_library:
        errors.append(_error("evidence_type", "no_licence"))
    if department not in offices:
        errors.append(_error("operator.department", "unknown_office"))
    if policy.long is None:
        errors.append(_error("opened_by", "not_offered"))
    if errors or kind is None or department is None or policy.long is None:
        raise InvalidInput(tuple(errors))
    holder = request.holder
    return CompletionStart(
        application_no=own_number(kind.code, subject_ref),
        stream=completion_stream(kind.code, subject_ref),
        item_code=ITEM,
        item_name=zh.COMPLETION_ITEM,
        purpose=f"{zh.COMPLETION_ITEM}（{zh.OPENED_BY[request.opened_by]}）",
        operator=request.operator,
        department=department,
        department_name=offices[department],
        policy=policy.long,
        calendar=calendar,
        queues=policy.queues,
        kind=kind,
        subject=Subject(
            subject_ref=subject_ref,
            id_type=holder.id_type,
            id_number=holder.id_number,
            name=holder.name,
            facts=holder.facts,
        ),
        opened_by=request.opened_by,
        lack=request.lack,
        case=None,
        library=Library(
            home_area=catalogue.county,
            authorised=tuple(a.scope for a in holder.authorisations),
            ask_seconds=policy.ask_seconds,
        ),
    )


def _error(field: str, code: str) -> FieldError:
    return FieldError(field=field, code=code, message=zh.COMPLETION_ERRORS[code])
