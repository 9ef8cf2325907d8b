"""From return codes and records on the wire to a ``PlatformAnswer``; the tables themselves belong to the dialects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.platforms.transport import Reply
from infra.platforms.wire import unreadable
from schemas.codes import Sensitivity
from schemas.evidence import Coverage
from schemas.exchange import AnswerClass, EvidenceQuery, FoundRecord, PlatformAnswer

CodeTable = Mapping[str, tuple[AnswerClass, str]]
"""For each return code of a dialect its class and a stable reason."""


def succeeded(codes: CodeTable, code: str) -> bool:
    """Whether the code says that what was asked for is in the answer."""
    return code in codes and codes[code][0] is AnswerClass.FOUND


def refused(
    reply: Reply, codes: CodeTable, code: str, coverage: Coverage | None = None, records: int = 0
) -> PlatformAnswer:
    """The answer for a code that gives no record; a code the table does not know is a matter for the operators.

    Raises NoAnswer ``wrong_schema`` where "no record" comes with records: it proves neither.
    """
    kind, detail = codes.get(code, (AnswerClass.CONFIG, f"unknown_code_{code}"))
    if kind is AnswerClass.NOT_FOUND and records:
        raise unreadable(reply)
    return PlatformAnswer(
        kind=kind,
        platform_code=code,
        detail=detail,
        coverage=coverage,
        body=reply.body,
        media_type=reply.media_type,
        received_at=reply.received_at,
    )


def found(
    reply: Reply, code: str, query: EvidenceQuery, records: Sequence[FoundRecord], coverage: Coverage | None = None
) -> PlatformAnswer:
    """The answer that carries records; raises NoAnswer ``wrong_schema`` where success was said and nothing given.

    "No record" has a code of its own in every dialect.  An empty success is how a source without connection to its own
    database looks (domain §2.4), and taken for "no record" it would prove a negative fact.
    """
    if not records:
        raise unreadable(reply)
    # A record said twice is one record; two that differ in anything are for a person to choose from.
    distinct = [record for index, record in enumerate(records) if record not in records[:index]]
    body, media_type = reply.body, reply.media_type
    if query.sensitivity is Sensitivity.CRIMINAL:
        # Yes or no only (law 9), whatever the source has let out: no content, no identifier, and not its words.
        distinct = [record.model_copy(update={"content": {}, "identifier": None}) for record in distinct]
        body, media_type = b'{"record_exists":true}', "application/json"
    return PlatformAnswer(
        kind=AnswerClass.FOUND,
        platform_code=code,
        records=tuple(distinct),
        coverage=coverage,
        body=body,
        media_type=media_type,
        received_at=reply.received_at,
    )
