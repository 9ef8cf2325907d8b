"""补正告知: the one notice of a case, as text (pure).  It names roles, never persons, and sends nobody anywhere."""

from __future__ import annotations

from schemas.application import Notice
from schemas.case import Case, RequirementStanding, RequirementState
from schemas.catalogue import ItemRules
from schemas.texts import zh


def make_notice(case: Case, rules: ItemRules) -> Notice | None:
    """The notice for everything not exempted; ``None`` when nothing is.  What a reviewer holds is not asked for."""
    lacking = [r for r in case.requirements.values() if r.standing is RequirementStanding.NOT_EXEMPTED]
    if not lacking or case.notice_due is None:
        return None
    held = [r for r in lacking if is_held(r)]
    wanted = [r for r in lacking if not is_held(r)]
    roles = {p.party_id: p.role for p in case.parties}
    lines: list[str] = []
    if wanted:
        lines.append(zh.NOTICE_HEAD.format(application_no=case.application_no, item=rules.item_name))
        lines += [
            zh.NOTICE_LINE.format(
                index=index,
                role=rules.role_names[roles[r.raised.party_id]],
                names=zh.NOTICE_OR.join(f"《{name}》" for name in r.raised.names),
            )
            for index, r in enumerate(wanted, start=1)
        ]
        provisional = zh.NOTICE_PROVISIONAL if case.notice_due_provisional else ""
        lines.append(zh.NOTICE_FOOT.format(due=case.notice_due.isoformat(), provisional=provisional))
    if held:
        names = "、".join(f"《{r.raised.names[0]}》" for r in held)
        lines.append(zh.NOTICE_HELD.format(count=len(held), names=names))
    return Notice(text="\n".join(lines), due=case.notice_due, due_provisional=case.notice_due_provisional)


def is_held(requirement: RequirementState) -> bool:
    """Whether a person of the deciding department has to look first (adverse, mismatch, ambiguous, content)."""
    return any(f.reason.startswith("held_by_") for f in requirement.findings)
