"""The tree against RFC 6962 as others computed it, and against its own definition for every small size."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.audit.verify import Growing, consistent, included
from infra.transparency import tree
from infra.transparency.suites import sha256

LEAVES = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
"""The inputs of the published vectors of Certificate Transparency (RFC 6962 implementations share them)."""
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
CONSISTENCY_1_8 = (
    "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
    "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
    "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
)
"""transparency-dev/merkle, testdata/consistency/1/happy-path."""


def stored(count: int, digest: tree.Digest = sha256) -> dict[tree.Node, bytes]:
    return tree.grown(digest, 0, {}, [tree.leaf_hash(digest, str(n).encode()) for n in range(count)])


def defined(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 2.1 writes it down."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + defined(leaves[:split]) + defined(leaves[split:])).digest()


def test_published_roots() -> None:
    hashes = tree.grown(sha256, 0, {}, [tree.leaf_hash(sha256, leaf) for leaf in LEAVES])
    assert [tree.root_of(sha256, (0, n + 1), hashes).hex() for n in range(8)] == ROOTS
    assert tree.root_of(sha256, (0, 0), {}).hex() == EMPTY


def test_published_consistency_proof() -> None:
    hashes = tree.grown(sha256, 0, {}, [tree.leaf_hash(sha256, leaf) for leaf in LEAVES])
    proof = tree.proof_of(sha256, tree.consistency(1, 8), hashes)
    assert tuple(base64.b64encode(each).decode() for each in proof) == CONSISTENCY_1_8
    assert consistent(sha256, 1, 8, bytes.fromhex(ROOTS[0]), bytes.fromhex(ROOTS[7]), proof)


@pytest.mark.parametrize(
    ("index", "size", "nodes"),
    [  # transparency-dev/merkle, proof/proof_test.go: the stored nodes of each proof, whatever their order
        (0, 7, {(0, 1), (1, 1), (0, 6), (1, 2)}),
        (4, 7, {(0, 5), (0, 6), (2, 0)}),
        (6, 7, {(1, 2), (2, 0)}),
        (10, 15, {(0, 11), (1, 4), (0, 14), (1, 6), (3, 0)}),
        (24, 31, {(0, 25), (1, 13), (0, 30), (1, 14), (3, 2), (4, 0)}),
        (81, 95, {(0, 80), (1, 41), (2, 21), (0, 94), (1, 46), (2, 22), (4, 4), (6, 0)}),
    ],
)
def test_nodes_of_an_inclusion_proof(index: int, size: int, nodes: set[tree.Node]) -> None:
    assert set(tree.needed(tree.inclusion(index, size))) == nodes


@pytest.mark.parametrize(
    ("old", "size", "nodes"),
    [
        (3, 7, {(0, 2), (0, 3), (1, 0), (0, 6), (1, 2)}),
        (6, 7, {(1, 2), (0, 6), (2, 0)}),
        (10, 15, {(1, 4), (1, 5), (0, 14), (1, 6), (3, 0)}),
        (24, 31, {(3, 2), (0, 30), (1, 14), (2, 6), (4, 0)}),
        (81, 95, {(0, 80), (0, 81), (1, 41), (2, 21), (0, 94), (1, 46), (2, 22), (4, 4), (6, 0)}),
    ],
)
def test_nodes_of_a_consistency_proof(old: int, size: int, nodes: set[tree.Node]) -> None:
    assert set(tree.needed(tree.consistency(old, size))) == nodes


def test_every_proof_of_every_small_tree() -> None:
    leaves = [tree.leaf_hash(sha256, str(n).encode()) for n in range(34)]
    hashes = stored(34)
    roots = [defined(leaves[:n]) for n in range(35)]
    for size in range(1, 35):
        assert tree.root_of(sha256, (0, size), hashes) == roots[size]
        for index in range(size):
            proof = tree.proof_of(sha256, tree.inclusion(index, size), hashes)
            assert included(sha256, index, size, leaves[index], proof, roots[size])
            assert not included(sha256, index, size, leaves[index - 1] if size > 1 else b"", proof, roots[size])
            if proof:
                assert not included(sha256, index, size, leaves[index], proof[:-1], roots[size])
                assert not included(sha256, index, size, leaves[index], [*proof, proof[0]], roots[size])
        for old in range(size + 1):
            proof = tree.proof_of(sha256, tree.consistency(old, size), hashes)
            assert consistent(sha256, old, size, roots[old], roots[size], proof), (old, size)
            if 0 < old < size:
                assert not consistent(sha256, old, size, roots[old - 1], roots[size], proof)
                assert not consistent(sha256, old, size, roots[old], roots[size - 1], proof)
                assert not consistent(sha256, old, size, roots[old], roots[size], proof[:-1])


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 700), st.integers(0, 700))
def test_growing_in_batches_gives_the_same_nodes(first: int, more: int) -> None:
    leaves = [tree.leaf_hash(sha256, str(n).encode()) for n in range(first + more)]
    before = tree.grown(sha256, 0, {}, leaves[:first])
    edge = {node: before[node] for node in tree.perfect(0, first)}
    assert before | tree.grown(sha256, first, edge, leaves[first:]) == stored(first + more)
    growing = Growing(sha256, first, [before[node] for node in tree.perfect(0, first)])
    for leaf in leaves[first:]:
        growing.add(leaf)
    assert growing.root() == tree.root_of(sha256, (0, first + more), stored(first + more))


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_no_changed_proof_is_taken(data: st.DataObject) -> None:
    """The linear-fake class of faults: every hash of a proof counts."""
    size = data.draw(st.integers(2, 200))
    old = data.draw(st.integers(1, size - 1))
    hashes = stored(size)
    roots = [tree.root_of(sha256, (0, n), hashes) for n in (old, size)]
    proof = tree.proof_of(sha256, tree.consistency(old, size), hashes)
    at = data.draw(st.integers(0, len(proof) - 1))
    changed = [*proof[:at], bytes(32), *proof[at + 1 :]]
    assert not consistent(sha256, old, size, roots[0], roots[1], changed)
    index = data.draw(st.integers(0, size - 1))
    leaf = hashes[0, index]
    proof = tree.proof_of(sha256, tree.inclusion(index, size), hashes)
    at = data.draw(st.integers(0, len(proof) - 1))
    assert not included(sha256, index, size, leaf, [*proof[:at], bytes(32), *proof[at + 1 :]], roots[1])
