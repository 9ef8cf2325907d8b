"""The credit platforms, provincial and city.  The dialect is ours [I], as ``acting.py`` says.

Clear must be said, about the person asked for; nothing else is ever taken for it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from infra.platforms.acting import ActingPlatform, Envelope, about, circumstances, refusal_of
from infra.platforms.transport import Reply
from infra.platforms.wire import Payload, Wire, unreadable
from schemas.credit_exchange import CreditQuery, CreditRecord, CreditReply, CreditStanding
from schemas.outside import PlatformReceipt, Refusal, RefusalKind

_STANDINGS = {
    "clear": CreditStanding.CLEAR,
    "serious_discredit": CreditStanding.SERIOUS_DISCREDIT,
    "false_commitment": CreditStanding.FALSE_COMMITMENT,
}


class _Standing(Wire):
    subject_code: str
    standing: str
    repaired: bool


class _Reply(Envelope):
    data: Payload[_Standing] = None


class Credit(ActingPlatform):
    """One credit platform; a ``CreditClient``."""

    async def standing(self, query: CreditQuery) -> CreditReply:
        """How the subject stands."""
        document = {
            "subject": about(query.subject),
            **circumstances(query.application_no, query.item_code, query.item_name, query.purpose, query.operator),
        }
        answered = await self.ask("standings", document, query.key, _Reply)
        if isinstance(answered, Refusal):
            return _unavailable(answered)
        said, reply = answered
        standing = _STANDINGS.get(said.data.standing) if said.data else None
        if said.data is None or standing is None:
            return _unavailable(refusal_of(unreadable(reply)), reply)
        if said.data.subject_code != query.subject.id_number:
            return _unavailable(Refusal(kind=RefusalKind.REFUSED, detail="wrong_person"), reply)
        return CreditReply(
            standing=standing,
            detail="answered",
            repaired=said.data.repaired,
            body=reply.body,
            answered_at=reply.received_at,
        )

    async def report(self, record: CreditRecord) -> PlatformReceipt | Refusal:
        """Put a false commitment on record."""
        document: dict[str, object] = {
            "key": record.key,
            "caseNo": record.application_no,
            "subject": about(record.subject),
            "documentNo": record.document_no,
            "documentDigest": record.document_digest,
            "fact": record.fact,
            "effectiveOn": record.effective_on.isoformat(),
        }
        return await self.send("records", document, record.key)


def _unavailable(refusal: Refusal, reply: Reply | None = None) -> CreditReply:
    return CreditReply(
        standing=CreditStanding.UNAVAILABLE,
        detail=refusal.detail,
        worth_a_retry=refusal.kind is RefusalKind.UNAVAILABLE,
        answered_at=reply.received_at if reply else datetime.now(UTC),
    )
