"""The forms of 帮办代办 (domain.md §6.2): 受理单, 中止单, 续办单, 办结（终止）单, each a text and its digest (pure)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from schemas.base import Model, Sha256Hex
from schemas.clock import COUNTY_TIME
from schemas.outside import LongText
from schemas.texts import zh

if TYPE_CHECKING:
    from datetime import datetime


class Form(Model):
    """A form as it was handed out; it names no person, only the case, the material and the 委托书 by its digest."""

    kind: Literal["accepted", "suspended", "resumed", "closed"]
    text: LongText
    digest: Sha256Hex


def accepted_form(application_no: str, item: str, names: tuple[str, ...], authorisation: str) -> Form:
    """受理单: what is to be obtained, on which 委托书, and what does not change by it."""
    text = zh.ASSISTANCE_ACCEPTED.format(
        number=application_no, item=item, names=_named(names), authorisation=authorisation
    )
    return _form("accepted", text)


def suspended_form(application_no: str, names: tuple[str, ...], reason: str, at: datetime) -> Form:
    """中止单: why the work stands still."""
    text = zh.ASSISTANCE_SUSPENDED.format(number=application_no, names=_named(names), reason=reason, at=_day(at))
    return _form("suspended", text)


def resumed_form(application_no: str, names: tuple[str, ...], at: datetime) -> Form:
    """续办单: the work goes on, on the same 委托书."""
    text = zh.ASSISTANCE_RESUMED.format(number=application_no, names=_named(names), at=_day(at))
    return _form("resumed", text)


def closed_form(
    application_no: str, names: tuple[str, ...], outcome: str, at: datetime, obtained: str | None = None
) -> Form:
    """办结（终止）单: what came of it, and the digest of what was obtained."""
    text = zh.ASSISTANCE_CLOSED.format(
        number=application_no,
        names=_named(names),
        outcome=outcome,
        at=_day(at),
        obtained=obtained or zh.ASSISTANCE_NOTHING,
    )
    return _form("closed", text)


def _named(names: tuple[str, ...]) -> str:
    named = zh.NOTICE_OR.join(f"「{name}」" for name in names)
    return named if len(named) <= 300 else f"{named[:299]}…"


def _day(at: datetime) -> str:
    return at.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M")


def _form(kind: Literal["accepted", "suspended", "resumed", "closed"], text: str) -> Form:
    return Form(kind=kind, text=text, digest=hashlib.sha256(text.encode()).hexdigest())
