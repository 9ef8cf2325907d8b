"""What a leaf of the log is.

RFC 8785 JSON of four members: ``stream`` and ``position`` (its place), ``chain_hash`` (what its stream was up to it,
the ledger's SHA-256 chain) and ``digest`` (the log's hash over the event's canonical bytes).  It holds nothing personal
and is short, so that the leaves of a period can be handed out to show that nothing is missing, without the events.
"""

from __future__ import annotations

import rfc8785

from infra.transparency.tree import Digest


def leaf_data(digest: Digest, stream: str, position: int, chain_hash: bytes | None, canonical: str) -> bytes:
    """The bytes of a leaf; a chain hash that was taken away leaves an empty text."""
    told: dict[str, str | int] = {
        "chain_hash": (chain_hash or b"").hex(),
        "digest": digest(canonical.encode()).hex(),
        "position": position,
        "stream": stream,
    }
    return rfc8785.dumps(told)
