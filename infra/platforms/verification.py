"""信息验证 of licences whose identifier does not follow the rule (domain §1.1).

Published identifiers exist whose check character is wrong, so a wrong one on a foreign licence refuses nothing: the
library is asked whether the licence is right.  One of our own area is refused by the caller, and not asked about here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from schemas.exchange import AnswerClass, Batch, EvidenceQuery, FoundRecord, PlatformAnswer
from schemas.identifiers import check_licence_identifier

Verify = Callable[[Batch, EvidenceQuery, FoundRecord], Awaitable[PlatformAnswer | None]]
"""Asks about one record; ``None`` says that it is right and valid."""


async def with_identifiers_verified(
    batch: Batch, query: EvidenceQuery, answer: PlatformAnswer, verify: Verify
) -> PlatformAnswer:
    """``answer``, or what 信息验证 says against one of its records.

    A library that cannot verify (its answer is of class CONFIG) leaves the warning and the record as they are.
    """
    for record in answer.records:
        if record.identifier is None or not _is_odd(record.identifier, batch.home_area):
            continue
        objection = await verify(batch, query, record)
        if objection is not None and objection.kind is not AnswerClass.CONFIG:
            return objection
    return answer


def _is_odd(identifier: str, home_area: str) -> bool:
    try:
        return bool(check_licence_identifier(identifier, home_area))
    except ValueError:
        return False
