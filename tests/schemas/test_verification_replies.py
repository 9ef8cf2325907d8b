"""What keeps a reply to a 核验 from counting once nobody waits for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schemas.collaboration_exchange import CollaborationCallback
from schemas.verification import VerificationState, check_reply

ASKED = VerificationState(
    application_no="T-1",
    requirement="r/p1",
    evidence="e",
    department="11350526MB0000005Q",
    key="T-1/r/p1/verification/1",
)
REPLY = CollaborationCallback(
    message_id="m-1",
    stream="verification/T-1/r/p1",
    key=ASKED.key,
    department=ASKED.department,
    verdict="confirmed",
    reason=None,
    document_digest=None,
    conditions=None,
    answered_at=datetime(2026, 1, 5, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("news", "codes"),
    [
        (None, []),
        ("decided", []),
        ("settled_otherwise", ["conversation_ended"]),
        ("application_ended", ["conversation_ended"]),
    ],
)
def test_an_answer_to_a_question_that_is_being_taken_back_does_not_count(news: str | None, codes: list[str]) -> None:
    state = ASKED.model_copy(update={"news": news, "delivered": True})
    assert not state.ended, "the platform is still being told"
    assert [e.code for e in check_reply(state, REPLY)] == codes
