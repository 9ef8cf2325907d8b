"""A witness: every answer of C2SP tlog-witness, and what it keeps."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from infra.audit.verify import Bad, read_key, read_note
from infra.transparency import tree
from infra.transparency.checkpoints import body
from infra.transparency.suites import SUITES, Signer, Suite, new_signer
from infra.transparency.witness import WitnessService, read_request

ORIGIN = "mianzheng/test"


class Scene:
    def __init__(self, folder: Path, suite: Suite) -> None:
        self.suite, self.folder = suite, folder
        self.log = new_signer(ORIGIN, suite)
        self.key = new_signer("witness/city", suite, cosigns=True)
        self.nodes = self.grown("")
        self.other = self.grown("other ")
        self.service = self.opened()

    def opened(self) -> WitnessService:
        return WitnessService(self.key, [self.log.verifier_key()], self.folder, now=lambda: 1_700_000_000.7)

    def grown(self, prefix: str) -> dict[tree.Node, bytes]:
        digest = self.suite.digest
        return tree.grown(digest, 0, {}, [tree.leaf_hash(digest, f"{prefix}{n}".encode()) for n in range(40)])

    def root(self, size: int, nodes: dict[tree.Node, bytes] | None = None) -> bytes:
        return tree.root_of(self.suite.digest, (0, size), nodes or self.nodes)

    def ask(
        self,
        old: int,
        size: int,
        *,
        nodes: dict[tree.Node, bytes] | None = None,
        signer: Signer | None = None,
        origin: str = ORIGIN,
        proved: tuple[int, int] | None = None,
    ) -> tuple[int, str]:
        text = body(origin, size, self.root(size, nodes))
        spans = tree.consistency(*(proved or (old, size))) if proved or 0 < old <= size else []
        proof = tree.proof_of(self.suite.digest, spans, nodes or self.nodes)
        lines = "".join(f"{base64.b64encode(each).decode()}\n" for each in proof)
        answer = self.service.add_checkpoint(f"old {old}\n{lines}\n{text}\n{(signer or self.log).sign(text)}".encode())
        return answer.status, answer.body


@pytest.fixture(params=SUITES.values(), ids=lambda suite: suite.name)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Scene:
    return Scene(tmp_path / "witness", request.param)


def test_growth_is_cosigned(scene: Scene) -> None:
    key = read_key(scene.key.verifier_key())
    for old, size in ((0, 7), (7, 7), (7, 20), (20, 21), (21, 40)):
        status, line = scene.ask(old, size)
        assert status == 200
        assert key.signs(read_note(f"{body(ORIGIN, size, scene.root(size))}\n{line}")) == 1_700_000_000


def test_the_size_it_knows_is_told(scene: Scene) -> None:
    scene.ask(0, 7)
    assert scene.ask(0, 20) == (409, "7\n")
    assert scene.ask(5, 20) == (409, "7\n")
    assert scene.ask(8, 20) == (409, "7\n")


def test_what_does_not_continue_is_not_cosigned(scene: Scene) -> None:
    scene.ask(0, 7)
    assert scene.ask(7, 7, nodes=scene.other) == (409, "")
    assert scene.ask(7, 20, nodes=scene.other) == (422, "")
    assert scene.ask(7, 20, proved=(6, 20)) == (422, "")
    assert scene.ask(7, 6)[0] == 400
    assert scene.ask(6, 6)[0] == 409, "rolled back"
    assert scene.ask(7, 20)[0] == 200, "it goes on with the history that it knows"


def test_whom_it_does_not_know(scene: Scene) -> None:
    assert scene.ask(0, 7, origin="mianzheng/other")[0] == 404
    assert scene.ask(0, 7, signer=new_signer(ORIGIN, scene.suite))[0] == 403
    assert scene.ask(0, 7, signer=new_signer("mianzheng/other", scene.suite))[0] == 403


def test_what_it_knows_outlives_it(scene: Scene) -> None:
    scene.ask(0, 7)
    scene.service = scene.opened()
    assert scene.ask(0, 20) == (409, "7\n")
    assert scene.ask(7, 20, nodes=scene.other)[0] == 422


def test_a_damaged_memory_signs_nothing(scene: Scene) -> None:
    scene.ask(0, 7)
    for path in scene.folder.glob("*.json"):
        path.write_text("{")
    with pytest.raises(ValueError, match="Expecting"):
        scene.ask(0, 7)


@pytest.mark.parametrize(
    "request_body",
    [
        b"",
        b"\xff",
        b"old\n\n",
        b"old -1\n\n",
        b"old 01\n\n",
        b"new 1\n\n",
        "old １\n\n".encode(),
        b"old 1\n!\n\n",
        b"old 1\n" + b"AAAA\n" * 64 + b"\n",
        b"old 1\n\nnot a checkpoint",
    ],
)
def test_bad_requests(request_body: bytes) -> None:
    with pytest.raises(Bad):
        read_request(request_body)


def test_only_the_right_kinds_of_keys(tmp_path: Path) -> None:
    log = new_signer(ORIGIN, SUITES["sha256-ed25519"])
    witness = new_signer("w", SUITES["sha256-ed25519"], cosigns=True)
    with pytest.raises(ValueError, match="见证"):
        WitnessService(log, [log.verifier_key()], tmp_path)
    with pytest.raises(ValueError, match="见证"):
        WitnessService(witness, [witness.verifier_key()], tmp_path)
