"""What people may do in an 灵活处置, each by its own Update."""

from __future__ import annotations

from pydantic import Field

from schemas.base import Sha256Hex
from schemas.case_commands import Analysis, CaseCommand
from schemas.disposition_events import Conclusion, Disposal
from schemas.identifiers import Code, Uscc


class UnitCommand(CaseCommand):
    """An act of a department, and which of its internal units does it."""

    unit: Code


class Conclude(UnitCommand):
    """Update ``conclude``: 办件处理意见 of 管委会."""

    conclusion: Conclusion


class ReturnProposal(UnitCommand):
    """Update ``return_proposal``: 管委会 needs more facts; it names who is to be heard again with them."""

    questions: Analysis
    consult_again: tuple[Uscc, ...] = Field(default=(), max_length=12)


class SupplyFacts(UnitCommand):
    """Update ``supply_facts``: the department supplies what was asked."""

    facts: Analysis
    material_digests: tuple[Sha256Hex, ...] = Field(default=(), max_length=20)


class DecideDisposition(CaseCommand):
    """Update ``decide_disposition``: the department decides the case, as 管委会 has it or otherwise, with reasons."""

    disposal: Disposal


class RecordInquiry(CaseCommand):
    """Update ``record_inquiry``: what the department found out itself."""

    established: bool
    finding: Analysis
    document_digest: Sha256Hex | None = None


class MeetCondition(CaseCommand):
    """Update ``meet_condition``: what was to be done later has been done."""

    finding: Analysis
    document_digest: Sha256Hex | None = None
