"""泉州市一体化政务服务平台: 信息核验 and 意见征集.  The dialect is ours [I], as ``acting.py`` says."""

from __future__ import annotations

import hashlib

from infra.platforms.acting import ActingPlatform, about, circumstances, moment
from schemas.collaboration_exchange import CollaborationNudge, CollaborationRequest, CollaborationWithdrawal
from schemas.outside import PlatformReceipt, Refusal


class Collaboration(ActingPlatform):
    """Questions to departments; a ``CollaborationClient``.  The replies come to our callback door."""

    async def request(self, request: CollaborationRequest) -> PlatformReceipt | Refusal:
        """Put a question to a department."""
        document: dict[str, object] = {
            "kind": request.kind.value,
            "key": request.key,
            "stream": request.stream,
            "fromDepartment": request.from_department,
            "toDepartment": request.to_department,
            "evidenceName": request.evidence_name,
            "question": request.question,
            "subject": about(request.subject) if request.subject is not None else None,
            "documentDigest": request.document_digest,
            "dueAt": moment(request.due_at),
            **circumstances(
                request.application_no, request.item_code, request.item_name, request.purpose, request.operator
            ),
        }
        return await self.send("requests", document, request.key)

    async def remind(self, nudge: CollaborationNudge) -> PlatformReceipt | Refusal:
        """Remind the department; another text is another reminder, the same text the same one."""
        document: dict[str, object] = {
            "key": nudge.key,
            "caseNo": nudge.application_no,
            "toDepartment": nudge.to_department,
            "text": nudge.text,
        }
        words = hashlib.sha256(nudge.text.encode()).hexdigest()[:16]
        return await self.send("reminders", document, f"{nudge.key}/remind/{words}")

    async def withdraw(self, withdrawal: CollaborationWithdrawal) -> PlatformReceipt | Refusal:
        """Take the question back."""
        document: dict[str, object] = {
            "key": withdrawal.key,
            "caseNo": withdrawal.application_no,
            "toDepartment": withdrawal.to_department,
            "reason": withdrawal.reason,
        }
        return await self.send("withdrawals", document, f"{withdrawal.key}/withdraw")
