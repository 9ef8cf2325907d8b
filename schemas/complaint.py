"""投诉: somebody was sent to fetch a proof that nobody may ask of him any more."""

from __future__ import annotations

from datetime import date
from typing import Literal

from schemas.application import OpaqueId
from schemas.base import Model
from schemas.identifiers import Code, Uscc


class ComplaintRecorded(Model):
    """投诉登记: an applicant was told to bring a proof himself [四(五), 五(三)].

    Who complained and what he wrote stay with whoever took the complaint, under ``reference``; here is what counts.
    A complaint about one case stands under its number.
    """

    type: Literal["complaint_recorded"] = "complaint_recorded"
    reference: OpaqueId
    """The number of the complaint where it was taken; the same one again is the same complaint."""
    department: Uscc
    """Who sent him."""
    evidence: Code | None = None
    """The evidence type he was to bring, where he could say so."""
    issuer: Uscc | None = None
    """The office he was sent to."""
    channel: Literal["window", "hotline", "platform", "letter"]
    """Where the complaint came in: at a window, by 12345, on a platform, in writing."""
    happened_on: date
    """County date."""
