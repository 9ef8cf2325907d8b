"""The columns of the list of cases: written only where they change, in one event, and never twice the same.

What stands there already is known to the workflow itself, also after a reset and in a new run.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from schemas import attributes
    from schemas.clock import COUNTY_TIME
    from schemas.outgoing import Columns, columns_of
    from schemas.texts import zh
    from schemas.turn import PASSING

CASE_STAGE = SearchAttributeKey.for_keyword(attributes.CASE_STAGE)
OFFICE = SearchAttributeKey.for_keyword(attributes.OFFICE)
ITEM_CODE = SearchAttributeKey.for_keyword(attributes.ITEM_CODE)
WAITING_ON = SearchAttributeKey.for_keyword(attributes.WAITING_ON)
ROUTE = SearchAttributeKey.for_keyword(attributes.ROUTE)
SLA_COLOUR = SearchAttributeKey.for_keyword(attributes.SLA_COLOUR)
STUCK_REASON = SearchAttributeKey.for_keyword(attributes.STUCK_REASON)
CATALOGUE_VERSION = SearchAttributeKey.for_keyword(attributes.CATALOGUE_VERSION)
DUE_AT = SearchAttributeKey.for_datetime(attributes.DUE_AT)
PROMISED_AT = SearchAttributeKey.for_datetime(attributes.PROMISED_AT)
LAST_PROGRESS_AT = SearchAttributeKey.for_datetime(attributes.LAST_PROGRESS_AT)
OPEN_REQUIREMENTS = SearchAttributeKey.for_int(attributes.OPEN_REQUIREMENTS)
CASE_TAGS = SearchAttributeKey.for_keyword_list(attributes.CASE_TAGS)

RESOLUTION = timedelta(hours=1)
"""Progress alone is worth an event no more often than that: a supervisor asks for days."""
Change = SearchAttributeUpdate[Any]


def show(*changes: Change, progress: datetime | None = None) -> None:
    """Write what differs from what stands there; ``progress`` is when something last got on."""
    known = workflow.info().typed_search_attributes
    news = [change for change in changes if known.get(change.key) != change.value]
    last = known.get(LAST_PROGRESS_AT)
    if progress is not None and (last is None or (news and progress > last) or progress - last >= RESOLUTION):
        news.append(LAST_PROGRESS_AT.value_set(progress))
    if news:
        workflow.upsert_search_attributes(news)


def at_start(
    *,
    item_code: str,
    office: str,
    route: str,
    stage: str,
    who: str,
    due_at: datetime | None,
    tags: list[str],
    catalogue: str | None = None,
) -> Columns:
    """The columns of a workflow that goes beside a case; what it is started with costs no event."""
    return columns_of(
        {
            attributes.ITEM_CODE: item_code,
            attributes.OFFICE: office,
            attributes.ROUTE: route,
            attributes.CASE_STAGE: stage,
            attributes.WAITING_ON: who,
            attributes.CATALOGUE_VERSION: catalogue,
            attributes.DUE_AT: due_at,
            attributes.CASE_TAGS: tags or None,
            attributes.LAST_PROGRESS_AT: workflow.now(),
        }
    )


def either(key: SearchAttributeKey[Any], value: Any) -> Change:
    """The column with a value, or without one."""
    return key.value_set(value) if value not in (None, [], "") else key.value_unset()


def nobodys_turn() -> tuple[Change, ...]:
    """Nothing is waited for any more, while the workflow goes on, or at the end of a case.

    At the end of a procedure beside it only the alarm is cleared: whose turn it was last is the last word.
    """
    passing = [zh.TAGS[code] for code in PASSING]
    tags = workflow.info().typed_search_attributes.get(CASE_TAGS) or ()
    unset = tuple(key.value_unset() for key in (WAITING_ON, DUE_AT, SLA_COLOUR))
    return (*unset, either(CASE_TAGS, [tag for tag in tags if tag not in passing]))


def is_shown(key: SearchAttributeKey[Any]) -> bool:
    """Whether a column holds anything."""
    return workflow.info().typed_search_attributes.get(key) is not None


def details(task: str, who: str, since: datetime | None, until: datetime | None, unblocks: str) -> None:
    """The four lines behind a case: what it waits for, whose turn it is, since and until when, and what ends the wait.

    They stand in no history and cost nothing.
    """
    lines = zh.CURRENT.format(task=task, who=who, since=clock(since), until=clock(until), unblocks=unblocks)
    workflow.set_current_details(lines)


def wait_for(what: str, who: str, since: datetime, until: datetime | None = None, **words: str) -> None:
    """The four lines of a wait in which nobody's task runs; ``what`` is a key of ``zh.WAITS``."""
    _, task, unblocks = zh.WAITS[what]
    details(task.format(**words), who, since, until, unblocks)


def clock(at: datetime | None) -> str:
    """A moment as people here read it."""
    return at.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M:%S") if at is not None else zh.NO_TIME
