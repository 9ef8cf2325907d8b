"""Which events of a stream stand: a branch after a reset replaces what it replaced."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from schemas.case import ImpossibleEvent


def standing(rows: Iterable[Any]) -> list[str]:
    """The canonical events that stand of one stream's rows (``stream``, ``sequence``, ``canonical``) in their order.

    One with sequence s replaces what was kept from s on.  Raises ImpossibleEvent for a gap.
    """
    kept: list[str] = []
    for row in rows:
        if row["sequence"] > len(kept):
            raise ImpossibleEvent(f"{row['stream']}: {row['sequence']} after {len(kept) - 1}")
        del kept[row["sequence"] :]
        kept.append(row["canonical"])
    return kept
