"""告知书 and 告知承诺书 as texts: rendered from the published terms, the same for everybody (pure).

They hold what 国办发〔2020〕42号 and the policy, 四(六), ask for; who signs and when stands on the signed letter, so
the texts hold nothing personal.
"""

from __future__ import annotations

import hashlib

from schemas.codes import CheckMode, Consequence
from schemas.commitment_terms import CommitmentTerms
from schemas.texts import zh


def render_notice(terms: CommitmentTerms, item: str, evidence: str) -> str:
    """What the department tells him once, in writing: the eight clauses, the check, the consequences, his rights."""
    clauses = (
        terms.obligation,
        terms.content,
        terms.manner,
        terms.liability,
        terms.check_power,
        terms.publicity,
        terms.fulfilment,
        terms.supervision,
        _check(terms),
        _consequences(terms),
        zh.COMMITMENT_RIGHTS,
    )
    head = zh.COMMITMENT_NOTICE_HEAD.format(item=item, evidence=evidence, version=terms.letter_version)
    return "\n".join((head, *_numbered(zh.COMMITMENT_CLAUSES, clauses)))


def render_letter(terms: CommitmentTerms, item: str, evidence: str) -> str:
    """What he signs: the content, his four statements, and the place for the signature."""
    head = zh.COMMITMENT_LETTER_HEAD.format(item=item, evidence=evidence, version=terms.letter_version)
    said = (f"{number}、{text}" for number, text in zip(zh.NUMERALS, zh.COMMITMENT_STATEMENTS, strict=False))
    return "\n".join((head, terms.content, *said, zh.COMMITMENT_SIGNATURE))


def text_digest(text: str) -> str:
    """SHA-256 of a rendered text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def consequence_words(consequences: tuple[Consequence, ...]) -> str:
    """Consequences as people say them."""
    return "、".join(zh.CONSEQUENCES[c.value] for c in consequences)


def _check(terms: CommitmentTerms) -> str:
    if terms.check is CheckMode.NONE or terms.check_by is None:
        return zh.CHECK_MODES[terms.check.value]
    percent = f"（{terms.sample_percent}%）" if terms.check is CheckMode.SAMPLE else ""
    return zh.COMMITMENT_CHECK.format(
        mode=zh.CHECK_MODES[terms.check.value] + percent,
        days=terms.check_within_days,
        by=zh.CHECK_BY[terms.check_by.value],
    )


def _consequences(terms: CommitmentTerms) -> str:
    words = consequence_words(terms.consequences)
    return words if terms.rectify_days is None else zh.COMMITMENT_RECTIFY.format(words=words, days=terms.rectify_days)


def _numbered(heads: tuple[str, ...], texts: tuple[str, ...]) -> list[str]:
    return [f"{n}、{head}：{text}" for n, head, text in zip(zh.NUMERALS, heads, texts, strict=False)]
