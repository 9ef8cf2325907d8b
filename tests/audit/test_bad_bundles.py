"""Bundles from somebody who may mean harm: a clear verdict, never a crash, never a file written."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.audit import verify
from infra.audit.verify import BROKEN, Unusable, exit_code
from infra.transparency.suites import SHA256_ED25519, new_signer
from tests.audit.tampering import changed, manifest_with
from tests.audit.world import ORIGIN, World, broken, verdicts

Change = Callable[[dict[str, bytes]], None]


@pytest.fixture
async def bundle(world: World) -> Path:
    """A period between two witnessed heads, from leaf 9 to 27."""
    await world.add("A-1")
    await world.keep()
    await world.add("A-2", "A-3")
    await world.keep()
    path, _ = await world.export("A-2", complete=True)
    return path


@pytest.fixture
async def later(world: World, bundle: Path) -> Path:
    """The same, but beginning at the first head."""
    from datetime import UTC, datetime

    signed = await world.pool.fetchval("SELECT signed_at FROM ledger.checkpoint WHERE size = 9")
    assert signed < datetime.now(UTC)
    path, told = await world.export(name="later.zip", period=True, since=signed)
    assert told.span == (9, 27)
    return path


def put(name: str, content: bytes | str) -> Change:
    def change(files: dict[str, bytes]) -> None:
        files[name] = content.encode() if isinstance(content, str) else content

    return change


def without(name: str) -> Change:
    def change(files: dict[str, bytes]) -> None:
        del files[name]

    return change


def edited(name: str, edit: Callable[[bytes], bytes]) -> Change:
    def change(files: dict[str, bytes]) -> None:
        files[name] = edit(files[name])

    return change


def content_of(path: Path) -> bytes:
    return path.read_bytes()


CASE, LEAVES = "cases/000001.ndjson", "range/leaves.ndjson"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param(put("more.txt", "x"), set(), id="a file more, listed"),
        pytest.param(edited(CASE, lambda c: c.replace("登记".encode(), b"x", 1)), {"事件在册", "流内连续"}, id="edit"),
        pytest.param(edited(CASE, lambda c: c[: c.rindex(b"\n", 0, -1) + 1]), {"无遗漏"}, id="last event left out"),
        pytest.param(edited(CASE, lambda c: c[:-30]), {"流内连续", "无遗漏"}, id="case cut in a line"),
        pytest.param(edited(CASE, lambda c: c + c), {"流内连续", "无遗漏"}, id="case twice"),
        pytest.param(edited(CASE, lambda c: b"[]\n" + c), {"流内连续"}, id="no object"),
        pytest.param(edited(CASE, lambda c: b"[" * 100000 + b"\n" + c), {"流内连续"}, id="deep nesting"),
        pytest.param(without(CASE), {"流内连续"}, id="no case"),
        pytest.param(without("proofs/9.tlog-proof"), {"事件在册"}, id="no proof"),
        pytest.param(
            put("proofs/9.tlog-proof", "c2sp.org/tlog-proof@v1\nindex 10\n\n"), {"事件在册"}, id="other proof"
        ),
        pytest.param(without("consistency/9-27.txt"), {"只增不改"}, id="no consistency proof"),
        pytest.param(put("consistency/9-27.txt", ""), {"只增不改"}, id="empty consistency proof"),
        pytest.param(put("consistency/9-27.txt", "!\n"), {"只增不改"}, id="no base64"),
        pytest.param(edited(LEAVES, lambda c: c[c.index(b"\n") + 1 :]), {"无遗漏"}, id="first leaf left out"),
        pytest.param(edited(LEAVES, lambda c: c[: c.rindex(b"\n", 0, -1) + 1]), {"无遗漏"}, id="last leaf left out"),
        pytest.param(put("range/left.txt", "AAAA\n"), {"无遗漏"}, id="left edge of too many"),
        pytest.param(without("keys/log.vkey"), {"检查点签名"}, id="no key"),
        pytest.param(put("keys/witnesses.vkey", "x\n"), set(), id="no witness key, but one was given"),
        pytest.param(without("checkpoints/27.txt"), {"检查点签名"}, id="no last head"),
        pytest.param(put("checkpoints/27.txt", b"\xff\xfe"), {"检查点签名"}, id="no text"),
        pytest.param(manifest_with(size=9), {"事件在册"}, id="an earlier head for later events"),
        pytest.param(manifest_with(size=99), {"检查点签名"}, id="a future head"),
        pytest.param(manifest_with(origin="mianzheng/other"), {"检查点签名"}, id="another origin"),
        pytest.param(manifest_with(cases=2), {"流内连续"}, id="another number of cases"),
        pytest.param(manifest_with(range={"start": "0", "end": 27}), {"无遗漏"}, id="no range"),
        pytest.param(manifest_with(range={"start": 9, "end": 27}), {"无遗漏"}, id="wrong left edge"),
        pytest.param(manifest_with(range={"start": 0, "end": 18}), {"无遗漏"}, id="wrong right edge"),
        pytest.param(manifest_with(kind="period"), {"无遗漏"}, id="a period that lacks cases"),
    ],
)
async def test_changed_bundle(world: World, bundle: Path, change: Change, found: set[str]) -> None:
    findings = world.verify(changed(bundle, change))
    assert broken(findings) == found, verify.report(findings)


async def test_file_that_the_manifest_does_not_know(world: World, bundle: Path) -> None:
    findings = world.verify(changed(bundle, put("more.txt", "x"), relist=False))
    assert broken(findings) == {"包完整"}


@pytest.mark.parametrize("start", [0, 8, 10])
async def test_wrong_left_edge_of_a_range(world: World, later: Path, start: int) -> None:
    assert broken(world.verify(later)) == set()
    assert "无遗漏" in broken(world.verify(changed(later, manifest_with(range={"start": start, "end": 27}))))


async def test_left_edge_moved_with_its_leaves(world: World, later: Path) -> None:
    """The first event after the head is dropped, and the edge set behind it: no signed head stands there."""
    from infra.transparency import tree
    from infra.transparency.log import MerkleLog
    from tests.audit.world import ORIGIN

    log = await MerkleLog.open(world.pool, ORIGIN, world.suite)
    left = await log.nodes(world.pool, tree.perfect(0, 10))
    import base64

    def move(files: dict[str, bytes]) -> None:
        files[LEAVES] = files[LEAVES].split(b"\n", 1)[1]
        files["range/left.txt"] = b"".join(base64.b64encode(left[node]) + b"\n" for node in tree.perfect(0, 10))
        manifest_with(range={"start": 10, "end": 27})(files)

    findings = world.verify(changed(later, move))
    assert broken(findings) == {"无遗漏"}
    assert any("左边界 10" in where for finding in findings for where in finding.where)


async def test_bundle_of_another_log(world: World, bundle: Path) -> None:
    other = new_signer("mianzheng/other", SHA256_ED25519).verifier_key()
    assert "检查点签名" in broken(verify.verify(bundle, [other]))


async def test_key_swapped_in_the_bundle(world: World, bundle: Path) -> None:
    """Everything signed again by another key under the same name."""
    thief = new_signer(ORIGIN, SHA256_ED25519)

    def swap(files: dict[str, bytes]) -> None:
        files["keys/log.vkey"] = thief.verifier_key().encode()
        for name in list(files):
            if name.startswith("checkpoints/"):
                text = files[name].decode().partition("\n\n")[0] + "\n"
                files[name] = f"{text}\n{thief.sign(text)}".encode()

    swapped = changed(bundle, swap)
    assert broken(world.verify(swapped)) == {"检查点签名"}
    assert exit_code(verify.verify(swapped)) == 5, "without a key from elsewhere it cannot be known, and it says so"


async def test_document_presented_later(world: World, bundle: Path) -> None:
    paper = world.folder / "paper.ofd"
    paper.write_bytes(b"not what was used")
    assert verdicts(world.verify(bundle, evidence=[paper]))["证据文件"] == verify.NOT_PROVED


async def test_truncated_anywhere(world: World, bundle: Path) -> None:
    content = content_of(bundle)
    path = world.folder / "short.zip"
    for length in range(0, len(content), 997):
        path.write_bytes(content[:length])
        with pytest.raises(Unusable):
            world.verify(path)


async def test_bytes_changed_anywhere_never_crash_and_are_never_proved(world: World, bundle: Path) -> None:
    content = content_of(bundle)
    chance = random.Random(7)
    path = world.folder / "bent.zip"
    expected = verdicts(world.verify(bundle))
    for _ in range(150):
        bent = bytearray(content)
        for _ in range(chance.choice((1, 1, 4))):
            bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
        path.write_bytes(bent)
        try:
            found = verdicts(world.verify(path))
        except Unusable:
            continue
        assert BROKEN in found.values() or found == expected, "a bit of no meaning, such as a time in the ZIP"


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "C:evil", "..\\evil"])
async def test_path_traversal(world: World, bundle: Path, name: str) -> None:
    path = world.folder / "traversal.zip"
    path.write_bytes(content_of(bundle))
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(name, "x")
    before = sorted(world.folder.rglob("*"))
    with pytest.raises(Unusable, match="越界"):
        world.verify(path)
    assert sorted(world.folder.rglob("*")) == before


async def test_zip_bomb(world: World, bundle: Path) -> None:
    path = world.folder / "bomb.zip"
    path.write_bytes(content_of(bundle))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("cases/bomb.ndjson", b"\0" * (64 << 20))
    with pytest.raises(Unusable, match="过大"):
        world.verify(path)


@pytest.mark.parametrize("name", ["台账.xlsx", "事件.xes", "files/withheld.ndjson", "proofs/99.tlog-proof"])
async def test_zip_bomb_in_what_is_for_reading(world: World, bundle: Path, name: str) -> None:
    """Of a real file, another put over it that says it is small: neither is unpacked beyond what it says."""
    path = world.folder / "bomb.zip"
    with zipfile.ZipFile(bundle) as before, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for each in before.namelist():
            if each != name:
                after.writestr(each, before.read(each))
        after.writestr(name, b"\0" * (64 << 20))
    with pytest.raises(Unusable, match="过大"):
        world.verify(path)
    content = path.read_bytes()
    size = (64 << 20).to_bytes(4, "little")
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, (1000).to_bytes(4, "little")))
    assert "包完整" in broken(world.verify(path))


@pytest.mark.parametrize("name", ["files/../../evil", "files/..", "/files/x", "proofs/..\\evil"])
async def test_path_traversal_among_the_files(world: World, bundle: Path, name: str) -> None:
    path = world.folder / "traversal.zip"
    path.write_bytes(content_of(bundle))
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(name, "x")
    with pytest.raises(Unusable, match="越界"):
        world.verify(path)


async def test_a_file_that_lies_about_its_size(world: World, bundle: Path) -> None:
    """A compressed size of exabytes asks for no memory."""
    content = bytearray(content_of(bundle))
    entry = content.rindex(b"manifest.json") - 46
    assert content[entry : entry + 4] == b"PK\1\2"
    extra = entry + 46 + len(b"manifest.json") + 4
    content[extra + 8 : extra + 16] = (1 << 60).to_bytes(8, "little")
    path = world.folder / "lie.zip"
    path.write_bytes(content)
    with pytest.raises(Unusable):
        world.verify(path)


async def test_a_name_twice(world: World, bundle: Path) -> None:
    path = world.folder / "twice.zip"
    path.write_bytes(content_of(bundle))
    with zipfile.ZipFile(path, "a") as file, pytest.warns(UserWarning):
        file.writestr("manifest.json", "{}")
    with pytest.raises(Unusable, match="重名"):
        world.verify(path)


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        "{}",
        "{",
        '{"format":"mianzheng-audit-bundle/v1"}',
        '{"format":1,"format":2}',
        "[" * 100000,
        json.dumps({"format": verify.FORMAT, "origin": "a", "size": 1, "files": []}),
    ],
)
def test_what_is_no_bundle(tmp_path: Path, manifest: str) -> None:
    path = tmp_path / "no.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("manifest.json", manifest)
    with pytest.raises(Unusable):
        verify.verify(path)


def test_what_is_no_zip(tmp_path: Path) -> None:
    path = tmp_path / "no.zip"
    path.write_text("no zip")
    assert verify.main([str(path)]) == 2
    assert verify.main([str(tmp_path / "missing.zip")]) == 2
