"""What each role serves.  A role is a share of the work that may have its own task queue and its own processes."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from workflows.application import ApplicationWorkflow
from workflows.assistance import AssistanceWorkflow
from workflows.commitment import CommitmentWorkflow
from workflows.completion import LicenceCompletionWorkflow
from workflows.consultation import ConsultationWorkflow
from workflows.digitisation import DigitisationWorkflow
from workflows.disposition import FlexibleDispositionWorkflow
from workflows.refused_act import RefusedActWorkflow
from workflows.report import ReportWorkflow
from workflows.review import AdverseReviewWorkflow
from workflows.verification import VerificationWorkflow

WORKFLOWS: tuple[type, ...] = (
    ApplicationWorkflow,
    CommitmentWorkflow,
    DigitisationWorkflow,
    LicenceCompletionWorkflow,
    VerificationWorkflow,
    AssistanceWorkflow,
    ConsultationWorkflow,
    FlexibleDispositionWorkflow,
    AdverseReviewWorkflow,
    RefusedActWorkflow,
)


SCHEDULED: tuple[type, ...] = (ReportWorkflow,)
"""What the county does by the clock (``workflows/scheduled.py``); served with the cases."""


class Role(StrEnum):
    """``cases`` runs workflows and admission, ``platforms`` asks the outside, ``ledger`` writes the record, ``audit``
    does what looks over the whole of it by the clock."""

    CASES = "cases"
    PLATFORMS = "platforms"
    LEDGER = "ledger"
    AUDIT = "audit"


Activity = Callable[..., Any]
"""An activity method bound to its collaborators."""
