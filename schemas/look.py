"""查阅: what was seen of cases and persons, and by whom.  Looks are events, in the signed log like all that happens."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from schemas.authority import Action, PrincipalId, Role
from schemas.base import Model, ShortText
from schemas.identifiers import ApplicationNo, SubjectRef, Uscc, refuse_resident_id

LOOKS = frozenset(
    {
        Action.TRAIL,
        Action.EXPLAIN,
        Action.EXPORT,
        Action.DECODE,
        Action.UNMASK,
        Action.SEARCH,
        Action.ACCESS_RECORD,
    }
)
"""What is seen by these is an event.  The rest of the access record (lists, single reads, refusals) stays with it."""
MOST_CASES = 500
"""In one look; a wide export is several."""

LookDoor = Literal["gateway", "codec", "cli"]
"""The HTTP door, the codec server of Temporal's UI, the command line."""


class Look(Model):
    """One granted look: who saw what, by which door.  Never what was seen."""

    look_id: UUID
    """Of its row in the access record."""
    at: AwareDatetime
    action: Action
    who: PrincipalId
    roles: tuple[Role, ...]
    department: Uscc | None = None
    cases: tuple[ApplicationNo, ...] = Field(default=(), max_length=MOST_CASES)
    """The cases that were seen; of a search, those that it showed."""
    subject_ref: SubjectRef | None = None
    """The person whose uses were asked for."""
    reason: Annotated[ShortText, AfterValidator(refuse_resident_id)] | None = None


class LooksRecorded(Model):
    """A batch of looks of one door, on record before what must be on record was answered."""

    type: Literal["looks_recorded"] = "looks_recorded"
    door: LookDoor
    looks: tuple[Look, ...] = Field(min_length=1)
