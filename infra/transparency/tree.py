"""The Merkle tree of RFC 6962, section 2.1, over stored perfect subtrees; pure.

A node ``(level, index)`` is the root of the leaves ``[index << level, (index + 1) << level)``.  Only perfect subtrees
are ever kept, so nothing kept changes as the tree grows, and a root or a proof is made of O(log n) of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Digest = Callable[[bytes], bytes]
Node = tuple[int, int]
Range = tuple[int, int]


def leaf_hash(digest: Digest, data: bytes) -> bytes:
    """MTH of one leaf."""
    return digest(b"\x00" + data)


def node_hash(digest: Digest, left: bytes, right: bytes) -> bytes:
    """MTH of two subtrees."""
    return digest(b"\x01" + left + right)


def perfect(start: int, end: int) -> list[Node]:
    """The perfect subtrees that make up ``[start, end)``, from left to right."""
    nodes: list[Node] = []
    while start < end:
        aligned = (start & -start).bit_length() - 1 if start else end.bit_length()
        level = min(aligned, (end - start).bit_length() - 1)
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def root_of(digest: Digest, span: Range, hashes: Mapping[Node, bytes]) -> bytes:
    """MTH of a span that RFC 6962 splits off; of no leaves, the digest of nothing."""
    nodes = perfect(*span)
    if not nodes:
        return digest(b"")
    root = hashes[nodes[-1]]
    for node in reversed(nodes[:-1]):
        root = node_hash(digest, hashes[node], root)
    return root


def inclusion(index: int, size: int) -> list[Range]:
    """PATH(index, D[size]): the spans whose hashes prove a leaf, from its sibling to the root's child."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    spans: list[Range] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            spans.append((middle, high))
            high = middle
        else:
            spans.append((low, middle))
            low = middle
    return spans[::-1]


def consistency(old: int, size: int) -> list[Range]:
    """PROOF(old, D[size]): the spans whose hashes prove that a tree of ``size`` continues one of ``old`` leaves."""
    if not 0 <= old <= size:
        raise ValueError(f"no tree of {old} in a tree of {size}")
    if old in (0, size):
        return []
    spans: list[Range] = []
    low, high, whole = 0, size, True
    while old < high:
        middle = low + _split(high - low)
        if old <= middle:
            spans.append((middle, high))
            high = middle
        else:
            spans.append((low, middle))
            low, whole = middle, False
    if not whole:
        spans.append((low, high))
    return spans[::-1]


def proof_of(digest: Digest, spans: Sequence[Range], hashes: Mapping[Node, bytes]) -> list[bytes]:
    """The hashes of a proof."""
    return [root_of(digest, span, hashes) for span in spans]


def needed(spans: Sequence[Range]) -> list[Node]:
    """The stored nodes that a proof is made of."""
    return [node for span in spans for node in perfect(*span)]


def grown(digest: Digest, size: int, edge: Mapping[Node, bytes], leaves: Sequence[bytes]) -> dict[Node, bytes]:
    """Every perfect subtree that more leaf hashes complete; ``edge`` holds those that make up the tree of ``size``."""
    made: dict[Node, bytes] = {}
    for index, leaf in enumerate(leaves, size):
        level, place, found = 0, index, leaf
        made[0, index] = leaf
        while place & 1:
            left = (level, place - 1)
            found = node_hash(digest, made[left] if left in made else edge[left], found)
            level, place = level + 1, place >> 1
            made[level, place] = found
    return made


def _split(count: int) -> int:
    """The largest power of two smaller than ``count``."""
    return 1 << ((count - 1).bit_length() - 1)
