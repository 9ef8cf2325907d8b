"""泉州市统一帮代办系统.  The dialect is ours [I], as ``acting.py`` says."""

from __future__ import annotations

from infra.platforms.acting import ActingPlatform, about, circumstances
from schemas.assistance_exchange import AssistanceOrder, AssistanceRevocation
from schemas.outside import PlatformReceipt, Refusal


class Assistance(ActingPlatform):
    """Orders of assistance; an ``AssistanceClient``.  Their steps come to our callback door."""

    async def open(self, order: AssistanceOrder) -> PlatformReceipt | Refusal:
        """Order assistance."""
        document: dict[str, object] = {
            "key": order.key,
            "stream": order.stream,
            "requirementNames": list(order.requirement_names),
            "authorisationDigest": order.authorisation_digest,
            "windowDepartment": order.window_department,
            "subject": about(order.subject),
            "statement": order.statement,
            **circumstances(order.application_no, order.item_code, order.item_name, order.purpose, order.operator),
        }
        return await self.send("orders", document, order.key)

    async def revoke(self, revocation: AssistanceRevocation) -> PlatformReceipt | Refusal:
        """Take an order back."""
        document: dict[str, object] = {
            "key": revocation.key,
            "caseNo": revocation.application_no,
            "reason": revocation.reason,
        }
        return await self.send("revocations", document, f"{revocation.key}/revoke")
