"""What a record of each evidence type says (``records.yaml``): content that meets the conditions, and some that fails.

``content`` and ``failing`` are the fields of a record; ``party`` the facts that a party of a case must bring.  A value
``"{party.x}"`` stands for the party's fact ``x``; of a list one value is taken for each holder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from schemas.application import FactValue

TemplateValue = FactValue | list[FactValue]
RECORDS_FILE = Path(__file__).with_name("records.yaml")


class Template(BaseModel):
    """The records of one evidence type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    content: dict[str, TemplateValue] = Field(default_factory=dict)
    failing: dict[str, TemplateValue] = Field(default_factory=dict)
    party: dict[str, TemplateValue] = Field(default_factory=dict)


def load_templates(path: Path = RECORDS_FILE) -> dict[str, Template]:
    """The templates of a file by evidence type; none where there is no file.  Raises ValueError."""
    if not path.exists():
        return {}
    raw: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(raw, dict):
        raise ValueError(f"{path.name}: 须为 evidence_type 到模板的映射")
    return {str(code): Template.model_validate(value or {}) for code, value in raw.items()}


def filled(values: Mapping[str, TemplateValue], facts: Mapping[str, FactValue], random: Random) -> dict[str, FactValue]:
    """Template values for one holder; a reference to a fact that nobody defines is left out."""
    chosen = {name: random.choice(value) if isinstance(value, list) else value for name, value in values.items()}
    result: dict[str, FactValue] = {}
    for name, value in chosen.items():
        reference = re.fullmatch(r"\{party\.(\w+)\}", value) if isinstance(value, str) else None
        if reference is None:
            result[name] = value
        elif reference[1] in facts:
            result[name] = facts[reference[1]]
    return result
