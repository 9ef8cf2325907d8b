"""Mandates on record: registered once, taken back by a row of its own, never changed."""

from __future__ import annotations

import uuid
from datetime import datetime

import asyncpg

from schemas.application import Actor
from schemas.identifiers import SubjectRef
from schemas.mandate import Mandate, MandateTerms

FIND = """
    SELECT m.content, r.revoked_at
    FROM identity.mandate m LEFT JOIN identity.mandate_revocation r USING (mandate_id)
    WHERE m.mandate_id = $1
"""


class Mandates:
    """The mandates in ``identity.mandate``."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def register(
        self,
        terms: MandateTerms,
        party_ref: SubjectRef,
        representative_ref: SubjectRef,
        registered_by: Actor,
        now: datetime,
    ) -> Mandate:
        """Keep a new mandate and give it."""
        told = {name: getattr(terms, name) for name in MandateTerms.model_fields}
        mandate = Mandate(
            **told,
            mandate_id=f"m_{uuid.uuid4().hex}",
            party_ref=party_ref,
            representative_ref=representative_ref,
            registered_by=registered_by,
            registered_at=now,
        )
        await self._pool.execute(
            "INSERT INTO identity.mandate (mandate_id, party_ref, representative_ref, content) VALUES ($1, $2, $3, $4)",
            mandate.mandate_id,
            party_ref,
            representative_ref,
            mandate.model_dump_json(exclude={"revoked_at"}),
        )
        return mandate

    async def find(self, mandate_id: str) -> Mandate | None:
        """A mandate as it stands."""
        row = await self._pool.fetchrow(FIND, mandate_id)
        if row is None:
            return None
        return Mandate.model_validate_json(row["content"]).model_copy(update={"revoked_at": row["revoked_at"]})

    async def revoke(self, mandate_id: str, revoked_by: Actor, reason: str) -> None:
        """Take a mandate back, at once; doing it again changes nothing."""
        await self._pool.execute(
            "INSERT INTO identity.mandate_revocation (mandate_id, revoked_by, reason) VALUES ($1, $2, $3)"
            " ON CONFLICT DO NOTHING",
            mandate_id,
            revoked_by.actor_id,
            reason,
        )
