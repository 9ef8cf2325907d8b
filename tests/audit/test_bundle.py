"""The whole way: events, leaves, a signed and witnessed head, a bundle, and what the verifier says of it."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile

import pytest

from infra.audit.source import ExportRefused
from infra.audit.verify import NOT_PROVED, PROVED, exit_code, report
from infra.catalogue.files import load
from infra.catalogue.store import publish
from schemas.catalogue import CatalogueRef
from schemas.events import Event
from schemas.ledger import AppendRequest
from schemas.texts import zh_export
from tests.audit.tampering import changed
from tests.audit.world import World, broken, verdicts
from tests.catalogue.folders import COUNTY
from tests.ledger.cases import PERSONAL_TEXTS, admitted, handed_over, link, received, settled, whole_case


async def test_a_case_is_proved_from_end_to_end(world: World) -> None:
    await world.add("A-1", "A-2")
    await world.keep()
    kept = await world.kept()
    await world.add("A-3", "A-4", "A-5")
    await world.keep()
    bundle, told = await world.export("A-2", complete=True)
    assert (told.cases, told.events, told.size) == (1, 9, 45)
    findings = world.verify(bundle, kept)
    expected = {
        "包完整": PROVED,
        "检查点签名": PROVED,
        "外部见证": PROVED,
        "只增不改": PROVED,
        "事件在册": PROVED,
        "流内连续": PROVED,
        "无遗漏": PROVED,
        "自存检查点": PROVED,
        "目录版本": NOT_PROVED,  # the made-up cases are pinned to a catalogue that was never published
    }
    assert verdicts(findings) == expected, report(findings)


async def test_nothing_personal_stands_in_a_bundle(world: World) -> None:
    await world.add("A-1")
    await world.keep()
    bundle, told = await world.export("A-1")
    assert told.sealed > 0
    with zipfile.ZipFile(bundle) as files:
        content = "".join(files.read(name).decode() for name in files.namelist() if name != zh_export.WORKBOOK)
        book = zipfile.ZipFile(io.BytesIO(files.read(zh_export.WORKBOOK)))
        content += "".join(book.read(name).decode() for name in book.namelist())
    assert not [text for text in PERSONAL_TEXTS if text in content]


async def test_the_verifier_in_the_bundle_runs_alone(world: World) -> None:
    """Isolated from every installed package, in a folder of its own."""
    await world.add("A-1")
    await world.keep()
    bundle, _ = await world.export("A-1")
    alone = world.folder / "alone"
    alone.mkdir()
    with zipfile.ZipFile(bundle) as files:
        (alone / "verify.py").write_bytes(files.read("verify.py"))
    command = [sys.executable, "-I", "-S", str(alone / "verify.py"), str(bundle), "--key", world.signer.verifier_key()]
    done = subprocess.run(command, capture_output=True, text=True, cwd=alone)  # noqa: ASYNC221 - short
    assert done.returncode == 5, done.stderr
    assert "【已证明】事件在册" in done.stdout
    assert "【不符】" not in done.stdout


async def test_what_was_not_given_is_not_proved(world: World) -> None:
    from infra.audit import verify

    await world.add("A-1")
    await world.keep()
    bundle, _ = await world.export("A-1")
    findings = verify.verify(bundle)
    told = verdicts(findings)
    assert exit_code(findings) == 5
    assert {check for check, verdict in told.items() if verdict == NOT_PROVED} == {
        "日志公钥",
        "外部见证",
        "无遗漏",
        "自存检查点",
        "目录版本",
    }


def pinned(number: str, catalogue: CatalogueRef, evidence: str) -> tuple[Event, ...]:
    """A case pinned to a published catalogue, settled with a known file."""
    admitted_ = admitted().model_copy(update={"catalogue": catalogue})
    settled_ = settled(0).model_copy(update={"evidence_digest": evidence})
    return link(number, (received(), admitted_, settled_, handed_over()))


async def test_all_is_proved(world: World) -> None:
    """Catalogue version, evidence file, witness, kept head: exit code 0, and nothing left open."""
    from infra.audit import verify

    digest = await publish(world.pool, load(COUNTY))
    version = await world.pool.fetchval("SELECT version FROM catalogue.version")
    paper = world.folder / "paper.ofd"
    paper.write_bytes(b"the file that was used")
    used = hashlib.sha256(b"the file that was used").hexdigest()
    events = pinned("A-1", CatalogueRef(version=version, digest=digest), used)
    await world.ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=events))
    await world.add("A-2")
    await world.keep()
    kept = await world.kept()
    bundle, told = await world.export("A-1", complete=True)
    assert told.catalogues == {digest: version}
    findings = world.verify(bundle, kept, evidence=[paper])
    assert {finding.verdict for finding in findings} == {PROVED}, report(findings)
    assert exit_code(findings) == 0
    assert findings[-1].where == ("application/A-1 第 2 条（日志第 2 条）",)
    with zipfile.ZipFile(bundle) as files:
        told_report = files.read("报告.md").decode()
    assert version in told_report
    assert "witness/city" in told_report

    def spoil(files: dict[str, bytes]) -> None:
        files[f"catalogue/{digest}.json"] = files[f"catalogue/{digest}.json"].replace(b'"', b" ", 1)

    assert verdicts(world.verify(changed(bundle, spoil), kept))["目录版本"] == verify.BROKEN


async def test_a_case_that_grew_after_the_head_is_exported_up_to_it(world: World) -> None:
    whole = whole_case("A-1")
    await world.ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=whole[:5]))
    await world.add()
    await world.keep()
    await world.ledger.append(AppendRequest(run_id="r", chain_run_id="r", events=whole[5:]))
    bundle, told = await world.export("A-1", complete=True)
    assert told.events == 5
    assert broken(world.verify(bundle)) == set()
    await world.add("A-2")
    with pytest.raises(ExportRefused, match="不在最近的检查点之内"):
        await world.export("A-2")


async def test_nothing_is_left_of_an_export_that_fails(world: World) -> None:
    await world.add("A-1")
    await world.keep()
    old, _ = await world.export("A-1")
    before = hashlib.sha256(old.read_bytes()).digest()
    with pytest.raises(ExportRefused):
        await world.export("A-1", "A-9")
    assert hashlib.sha256(old.read_bytes()).digest() == before, "the old bundle is whole"
    assert [path.name for path in world.folder.iterdir() if "zip" in path.name] == ["bundle.zip"]
    again, _ = await world.export("A-1", name="again.zip")
    assert hashlib.sha256(again.read_bytes()).digest() == before, "the same content, the same bytes"
