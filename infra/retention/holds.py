"""Holds: placed on a case or a person by order, released by another."""

from __future__ import annotations

from infra.retention.register import Orders
from schemas.erasure import HoldPlaced, HoldReleased
from schemas.register import register_stream


class HoldRefused(ValueError):
    """It cannot be placed or released; ``code`` is of ``zh_retention.HOLD_REFUSED``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def place(orders: Orders, hold: HoldPlaced) -> None:
    """Put a hold on record; the same again changes nothing.  Raises HoldRefused."""
    if (hold.application_no is None) is (hold.subject_ref is None):
        raise HoldRefused("one_scope")
    stream = register_stream("hold", hold.hold_id)
    async with orders.alone():
        before = await orders.of(stream)
        standing = before[-1].body if before else None
        if isinstance(standing, HoldPlaced):
            if standing == hold:
                return
            raise HoldRefused("taken")
        if before and before[-1].application_no != (hold.application_no or before[-1].application_no):
            raise HoldRefused("taken")
        await orders.record(stream, hold, before[-1] if before else None, hold.application_no)


async def release(orders: Orders, hold_id: str, order: str, by: str) -> None:
    """End a hold; one that was ended stays so.  Raises HoldRefused where there is none of this number."""
    stream = register_stream("hold", hold_id)
    async with orders.alone():
        before = await orders.of(stream)
        if not before:
            raise HoldRefused("unknown")
        if isinstance(before[-1].body, HoldPlaced):
            await orders.record(stream, HoldReleased(hold_id=hold_id, order=order, by=by), before[-1])
