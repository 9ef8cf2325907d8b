"""Bundles with the files of the evidence: whole, checked, and left out with the reason."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import asyncpg
import pytest

from infra.audit.export import export
from infra.audit.files import EvidenceFiles
from infra.audit.source import Told, Wanted
from infra.audit.verify import BROKEN, PROVED
from infra.evidence_store import FileEvidenceStore
from infra.identity.subject_keys import SubjectKeys
from schemas.ledger import AppendRequest
from schemas.texts import zh_export
from tests.audit.tampering import changed
from tests.audit.world import World, broken, verdicts
from tests.ledger.cases import APPLICANT, MASTER_KEY, SPOUSE, admitted, link, received, settled

PAPERS = (b"%PDF-1.7 one", b"PK\x03\x04 ofd", b"a plain file", b"of the spouse", b"damaged", b"never here")
DIGESTS = tuple(hashlib.sha256(paper).hexdigest() for paper in PAPERS)


@pytest.fixture
async def files(world: World, owner: asyncpg.Pool, tmp_path: Path) -> EvidenceFiles:
    """One case that uses all of the papers; the spouse is erased, one file is damaged, one was never stored."""
    keys = SubjectKeys(world.pool, MASTER_KEY)
    store = FileEvidenceStore(tmp_path / "evidence", keys, fsync=False)
    bodies = [settled(n).model_copy(update={"evidence_digest": digest}) for n, digest in enumerate(DIGESTS)]
    events = link("A-1", (received(), admitted(), *bodies))
    await world.ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=events))
    for paper in (*PAPERS[:3], PAPERS[4]):
        await store.put(APPLICANT, paper)
    await store.put(SPOUSE, PAPERS[3])
    (damaged,) = (tmp_path / "evidence").glob(f"*/{APPLICANT}/{DIGESTS[4]}")
    damaged.write_bytes(b"x" * 100)
    assert await SubjectKeys(owner, MASTER_KEY).destroy([SPOUSE]) == 1
    await world.add()
    await world.keep()
    return EvidenceFiles(store, keys)


async def bundle_of(world: World, files: EvidenceFiles) -> tuple[Path, Told]:
    path = world.folder / "files.zip"
    on_record = world.record
    wanted = Wanted(cases=["A-1"])
    return path, await export(world.pool, world.settings, world.signer, wanted, path, on_record=on_record, files=files)


async def test_files_are_in_it_and_what_is_left_out_says_why(world: World, files: EvidenceFiles) -> None:
    bundle, told = await bundle_of(world, files)
    assert (told.files, told.withheld) == (3, {"erased": 1, "damaged": 1, "erased_or_absent": 1})
    with zipfile.ZipFile(bundle) as read:
        content = {name: read.read(name) for name in read.namelist() if name.startswith("files/")}
        report = read.read("报告.md").decode()
    withheld = [json.loads(line) for line in content.pop(zh_export.WITHHELD).splitlines()]
    assert {each["digest"]: each["reason"] for each in withheld} == dict(
        zip(DIGESTS[3:], ("erased", "damaged", "erased_or_absent"), strict=True)
    )
    names = [f"files/{digest}{suffix}" for digest, suffix in zip(DIGESTS, (".pdf", ".ofd", ""), strict=False)]
    assert content == dict(zip(names, PAPERS, strict=False))
    assert "附原件 3 份" in report
    assert "当事人已依法清除 1 份" in report
    findings = world.verify(bundle)
    assert broken(findings) == set()
    assert verdicts(findings)["随附文件"] == PROVED
    assert "另有 3 份未附" in next(f.text for f in findings if f.check == "随附文件")


async def test_a_file_exchanged_or_slipped_in_is_found(world: World, files: EvidenceFiles) -> None:
    bundle, _ = await bundle_of(world, files)
    name, foreign = f"files/{DIGESTS[2]}", hashlib.sha256(b"foreign").hexdigest()
    for put in ({name: b"another"}, {f"files/{foreign}": b"foreign"}, {"files/x": b"?"}, {zh_export.WITHHELD: b"\xff"}):

        def slip_in(files: dict[str, bytes], put: dict[str, bytes] = put) -> None:
            files |= put

        found = verdicts(world.verify(changed(bundle, slip_in)))
        assert {check for check, verdict in found.items() if verdict == BROKEN} == {"随附文件"}, put


async def test_without_asking_there_are_none(world: World, files: EvidenceFiles) -> None:
    bundle, told = await world.export("A-1")
    assert told.files is None
    with zipfile.ZipFile(bundle) as read:
        assert not [name for name in read.namelist() if name.startswith("files/")]
        assert "只给出摘要" in read.read("报告.md").decode()
    assert "随附文件" not in verdicts(world.verify(bundle))
