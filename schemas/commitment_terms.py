"""告知承诺 and 容缺: the published terms under which evidence need not be there yet, for one requirement each."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.base import Model
from schemas.codes import CheckBy, CheckMode, Consequence, OverdueEffect
from schemas.identifiers import Code

Clause = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
"""A passage of the 办事指南 that is printed in the notice and the letter."""
Form = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Provenance = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""Where a row comes from: a source, or ``synthetic`` for what is not in the public record."""
WorkingDays = Annotated[int, Field(ge=1, le=365)]


class CommitmentTerms(Model):
    """证明事项告知承诺制办事指南 for one kind of evidence of one requirement.

    The eight clauses are what 国办发〔2020〕42号 and the policy, 四(六), ask the guide to hold.
    """

    requirement: Code
    evidence_type: Code
    letter_version: Code
    """Which version of the 告知承诺书 these terms are printed in."""
    obligation: Clause
    """证明义务."""
    content: Clause
    """证明内容."""
    manner: Clause
    """承诺方式."""
    liability: Clause
    """不实承诺可能承担的民事、行政、刑事责任."""
    check_power: Clause
    """行政机关核查权力."""
    publicity: Clause
    """承诺书是否公开及公开范围、时限."""
    fulfilment: Clause
    """承诺兑现条件."""
    supervision: Clause
    """事中事后监管标准."""
    predicate: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
    """适用条件: a CEL expression over ``party`` (its facts), ``item`` and ``parties`` (see ``condition.holds``)."""
    check: CheckMode
    sample_percent: int = Field(default=100, ge=1, le=100)
    """抽查比例; 100 for every other way of checking."""
    check_within_days: WorkingDays | None = None
    """Working days after the decision within which the check is done."""
    check_by: CheckBy | None = None
    consequences: tuple[Consequence, ...] = Field(min_length=1)
    rectify_days: WorkingDays | None = None
    """整改期限 in working days."""
    provenance: Provenance

    @model_validator(mode="after")
    def _check_is_consistent(self) -> Self:
        checked = self.check is not CheckMode.NONE
        for field in ("check_within_days", "check_by"):
            if checked != (getattr(self, field) is not None):
                raise ValueError(f"{field} 在抽查、全查时必填，免核时须留空")
        if self.check is not CheckMode.SAMPLE and self.sample_percent != 100:
            raise ValueError("sample_percent 只用于抽查")
        if len(set(self.consequences)) < len(self.consequences):
            raise ValueError("consequences 中同一个值重复")
        if (Consequence.RECTIFY in self.consequences) != (self.rectify_days is not None):
            raise ValueError("rectify_days 在后果含责令限期整改（rectify）时必填，否则须留空")
        return self


class DeferralTerms(Model):
    """容缺: how and by when the paper owed is handed in, and what follows when it is not [domain.md §6.1]."""

    requirement: Code
    form: Form
    """补正形式."""
    within_days: WorkingDays
    """Working days from 容缺受理 within which it must arrive."""
    overdue: OverdueEffect
    provenance: Provenance
