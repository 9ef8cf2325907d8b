"""The evidence store: by digest, per subject, unreadable without the subject's key."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import asyncpg
import pytest

from infra.evidence_store import EvidenceDamaged, EvidenceMissing, FileEvidenceStore
from infra.identity.subject_keys import SubjectErased, SubjectKeys

MASTER = bytes(32)
A, B = "s_" + "a1" * 16, "s_" + "b2" * 16
CONTENT = "不动产权证书：测试陈某，德化县浔中镇".encode() * 1000


@pytest.fixture
def store(database: asyncpg.Pool, tmp_path: Path) -> FileEvidenceStore:
    return FileEvidenceStore(tmp_path / "deep" / "evidence", SubjectKeys(database, MASTER, ttl_seconds=0))


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


async def test_what_was_put_is_found(store: FileEvidenceStore, tmp_path: Path) -> None:
    digest = await store.put(A, CONTENT)
    assert digest == hashlib.sha256(CONTENT).hexdigest()
    assert await store.get(A, digest) == CONTENT
    (file,) = files(tmp_path)
    assert file.relative_to(tmp_path / "deep" / "evidence") == Path("a1") / A / digest
    assert "测试陈某".encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert {d.stat().st_mode & 0o777 for d in (file.parent, file.parent.parent, file.parents[2])} == {0o700}


async def test_the_same_again_changes_nothing(store: FileEvidenceStore, tmp_path: Path) -> None:
    await store.put(A, CONTENT)
    (file,) = files(tmp_path)
    before = file.read_bytes()
    assert len(set(await asyncio.gather(*(store.put(A, CONTENT) for _ in range(20))))) == 1
    assert files(tmp_path) == [file]
    assert file.read_bytes() == before
    assert await store.put(A, b"") == hashlib.sha256(b"").hexdigest()
    await asyncio.gather(*(store.put(B, CONTENT) for _ in range(20)))
    assert len(files(tmp_path)) == 3, "each subject has a copy of his own, to be erased with him"


async def test_missing_damaged_and_malformed(store: FileEvidenceStore, tmp_path: Path) -> None:
    digest = await store.put(A, CONTENT)
    with pytest.raises(EvidenceMissing):
        await store.get(B, digest)
    with pytest.raises(EvidenceMissing):
        await store.get(A, "0" * 64)
    for ref, wanted in (("../../etc", digest), (A, "../" + digest), (A + "/..", digest), (A, digest.upper())):
        with pytest.raises(ValueError):
            await store.get(ref, wanted)
    with pytest.raises(ValueError):
        await store.put("测试陈某", CONTENT)
    (file,) = files(tmp_path)
    kept = bytearray(file.read_bytes())
    for damage in (bytes(kept[:-1]), b"", bytes([kept[0] ^ 1, *kept[1:]])):
        file.write_bytes(damage)
        with pytest.raises(EvidenceDamaged):
            await store.get(A, digest)
    other = await store.put(A, b"another")
    file.write_bytes((file.parent / other).read_bytes())
    with pytest.raises(EvidenceDamaged):
        await store.get(A, digest)


async def test_nothing_half_written_is_left(
    store: FileEvidenceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        await store.put(A, CONTENT)
    assert files(tmp_path) == []


async def test_erasing_the_subject_erases_the_evidence(
    store: FileEvidenceStore, owner: asyncpg.Pool, tmp_path: Path
) -> None:
    digest = await store.put(A, CONTENT)
    await SubjectKeys(owner, MASTER).destroy([A])
    with pytest.raises(SubjectErased):
        await store.get(A, digest)
    with pytest.raises(SubjectErased):
        await store.put(A, b"more")
