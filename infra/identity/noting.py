"""What is noted of each look: the access record, and the watch for harvesting."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from infra.identity.access_record import AccessRecord, Entry
from infra.identity.harvesting import HarvestWatch
from schemas.authority import Action, Principal, Verdict

MUST_BE_WRITTEN = frozenset(
    {Action.TRAIL, Action.EXPORT, Action.DECODE, Action.UNMASK, Action.ACCESS_RECORD, Action.STATISTICS}
)
"""On record before the answer goes out."""


class Noting:
    """``await note(principal, action, application_no, verdict)`` before it is answered."""

    def __init__(self, record: AccessRecord, watch: HarvestWatch) -> None:
        self._record = record
        self._watch = watch

    async def __call__(
        self,
        principal: Principal,
        action: Action,
        application_no: str | None,
        verdict: Verdict,
        reason: str | None = None,
        *,
        cases: Sequence[str] = (),
        subject_ref: str | None = None,
    ) -> None:
        """Note it; ``cases`` are those that a search shows.

        Raises RecordUnavailable where it must be on record first.
        """
        entry = Entry(
            action, verdict.answer, verdict.code, principal, application_no, reason, tuple(cases), subject_ref
        )
        if action in MUST_BE_WRITTEN and verdict.granted:
            await self._record.written(entry)
        else:
            await self._record.note(entry)
        if application_no is None:
            return
        suspicion = self._watch.saw(principal, application_no, verdict.answer)
        if suspicion is not None:
            structlog.get_logger().error(
                "harvesting_suspected", principal=principal.principal_id, suspicion=suspicion.value
            )
            await self._record.note(Entry(action, "harvesting_suspected", suspicion.value, principal, kind="alarm"))
