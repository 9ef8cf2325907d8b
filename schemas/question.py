"""The question that a conversation puts to a department: what is the same whoever asks, in one place (pure)."""

from __future__ import annotations

from datetime import datetime

from schemas.collaboration_exchange import CollaborationKind, CollaborationRequest
from schemas.exchange import Subject
from schemas.long_route import ConversationStart


def question_to(
    department: str,
    start: ConversationStart,
    *,
    key: str,
    evidence_name: str,
    question: str,
    subject: Subject | None,
    due_at: datetime,
    document_digest: str | None = None,
    kind: CollaborationKind = CollaborationKind.VERIFICATION,
    asker: str | None = None,
) -> CollaborationRequest:
    """What goes to the platform; ``asker`` is the deciding department unless another one asks."""
    return CollaborationRequest(
        kind=kind,
        key=key,
        stream=start.stream,
        application_no=start.application_no,
        item_code=start.item_code,
        item_name=start.item_name,
        purpose=start.purpose,
        operator=start.operator,
        from_department=asker or start.department,
        to_department=department,
        evidence_name=evidence_name,
        question=question,
        subject=subject,
        document_digest=document_digest,
        due_at=due_at,
    )
