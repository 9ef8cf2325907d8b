"""补正告知: the one notice of a case, as text (pure).  It names roles, never persons, and sends nobody anywhere."""

from __future__ import annotations

from schemas.application import Notice
from schemas.case import Case, RequirementStanding, RequirementState
from schemas.catalogue import ItemRules
from schemas.evidence import FOR_A_PERSON
from schemas.texts import zh


def make_notice(case: Case, rules: ItemRules, *, with_open: bool = False) -> Notice | None:
    """The notice for everything the applicant must still bring; ``None`` when that is nothing.

    What a reviewer holds is not asked for, only mentioned.  ``with_open``: the window cannot wait for the routes that
    are still under way, so the notice, being the only one, names what they have not found yet as well.
    """
    asked = (RequirementStanding.NOT_EXEMPTED, *((RequirementStanding.OPEN,) if with_open else ()))
    lacking = [r for r in case.requirements.values() if r.standing in asked]
    held = [r for r in lacking if is_held(r)]
    wanted = [r for r in lacking if not is_held(r)]
    if not wanted or case.notice_due is None:
        return None
    lines = [zh.NOTICE_HEAD.format(application_no=case.application_no, item=rules.item_name)]
    lines += [
        zh.NOTICE_LINE.format(index=index, whose=_whose(case, rules, r.raised.party_id), names=_quoted(r))
        for index, r in enumerate(wanted, start=1)
    ]
    provisional = zh.NOTICE_PROVISIONAL if case.notice_due_provisional else ""
    lines.append(zh.NOTICE_FOOT.format(due=case.notice_due.isoformat(), provisional=provisional))
    if held:
        lines.append(zh.NOTICE_HELD.format(count=len(held), names="、".join(_quoted(r) for r in held)))
    return Notice(text="\n".join(lines), due=case.notice_due, due_provisional=case.notice_due_provisional)


def _whose(case: Case, rules: ItemRules, party_id: str) -> str:
    """The party by role, and by its id in the application where several have that role."""
    role = next(p.role for p in case.parties if p.party_id == party_id)
    alone = sum(p.role == role for p in case.parties) == 1
    return rules.role_names[role] if alone else f"{rules.role_names[role]}（{party_id}）"


def is_held(requirement: RequirementState) -> bool:
    """Whether a person of the deciding department has to look first (adverse, mismatch, ambiguous, content)."""
    looked_at = {r.evidence for r in requirement.reviews if r.conclusion is not None}
    return any(f.reason in _HELD and f.evidence not in looked_at for f in requirement.findings)


_HELD = {f"{how}_{kind.value}" for how in ("held_by", "tried") for kind in FOR_A_PERSON}
_NOT_ASKED = ("unlisted", "taken", "cancelled_kind")


def names_still_asked(requirement: RequirementState) -> tuple[str, ...]:
    """The evidence that would meet a requirement, without what is abolished or on no list: that is never asked for."""
    spared = {f.evidence for f in requirement.findings if f.reason in _NOT_ASKED}
    raised = requirement.raised
    return tuple(name for key, name in zip(raised.evidence, raised.names, strict=True) if key not in spared)


def _quoted(requirement: RequirementState) -> str:
    return zh.NOTICE_OR.join(f"《{name}》" for name in names_still_asked(requirement))
