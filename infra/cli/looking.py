"""What is looked at with the command line is on record before it is shown, like what is looked at through the door."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from infra.cli.failures import ExitCode, Failure
from schemas.authority import Action, Principal, Role

if TYPE_CHECKING:
    import asyncpg

    from infra.settings import Settings

Look = Callable[..., Awaitable[None]]


def operator(settings: Settings) -> Principal:
    """Who is at the terminal: as the settings say, else the user of the OS (through ``sudo``: who called it)."""
    name = settings.operator
    if name is None:
        user = os.environ.get("SUDO_USER") or getpass.getuser()
        name = f"os:{re.sub(r'[^A-Za-z0-9._-]', '_', user)[:60]}"
    return Principal(principal_id=name, roles=(Role.OPERATOR,))


@asynccontextmanager
async def looking(settings: Settings, pool: asyncpg.Pool) -> AsyncIterator[Look]:
    """Gives ``await look(action, cases, subject_ref)``, to be called before anything is shown.

    It raises Failure where the look cannot be put on record; then nothing may be shown.
    """
    from infra.identity.access_record import AccessRecord, RecordUnavailable
    from infra.identity.subject_keys import SubjectKeys
    from infra.ledger.writer import PostgresLedger

    who = operator(settings)
    ledger = PostgresLedger(pool, SubjectKeys(pool, settings.identity.master_key_bytes))

    async with AccessRecord(pool, ledger, "cli") as record:

        async def look(
            action: Action, cases: Sequence[str] = (), subject_ref: str | None = None, reason: str | None = None
        ) -> None:
            try:
                await record.looked(who, action, cases, subject_ref=subject_ref, reason=reason)
            except RecordUnavailable:
                raise Failure("查阅无法记入台账，未予显示", ExitCode.UNREACHABLE) from None

        yield look
