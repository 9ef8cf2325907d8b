"""The texts of the page as it fetches them: its own, and the names of the codes that it meets.

In English the codes themselves are read (they are English words), so that none can lack a name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from schemas.texts import en_page, zh, zh_page, zh_statistics

_TRIED = {code.removeprefix("tried_"): text for code, text in zh.REASONS.items() if code.startswith("tried_")}
CODES: Mapping[str, Mapping[str, str]] = {
    "actors": zh_page.ACTORS,
    "clocks": zh.CLOCKS,
    "closings": zh.CLOSINGS,
    "conclusions": zh.DISPOSITION_OUTCOMES | zh.REVIEW_CONCLUSIONS,
    "consequences": zh.CONSEQUENCES,
    "credit": zh.CREDIT_STANDINGS,
    "decisions": zh.DECISIONS,
    "details": zh.REASONS | _TRIED | zh.OUTCOMES | zh.WITHDRAWN | zh.REOPENED | zh_page.RESULTS,
    "events": zh.EVENTS,
    "findings": zh.REVIEW_FINDINGS,
    "grounds": zh.ROUTES,
    "jobs": zh_page.JOBS,
    "outcomes": zh.OUTCOMES,
    "overrides": zh.OVERRIDES,
    "platforms": zh.PLATFORMS,
    "reasons": zh.REASONS,
    "reports": zh_page.REPORTS,
    "routes": zh.ROUTES,
    "rungs": zh.RUNGS,
    "stages": zh.STAGES,
    "standings": zh.STANDINGS,
    "steps": zh.STEPS,
    "ways": zh_statistics.WAYS,
    "verdicts": zh.VERDICTS | zh.OPINIONS,
}


def _content(texts: Mapping[str, str], codes: Mapping[str, Mapping[str, str]]) -> bytes:
    return json.dumps({"texts": texts, "codes": codes}, ensure_ascii=False).encode()


WORDS: Mapping[str, bytes] = {"zh": _content(zh_page.TEXTS, CODES), "en": _content(en_page.TEXTS, {})}
"""By language."""
