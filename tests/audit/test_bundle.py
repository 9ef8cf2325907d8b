"""The whole way: events, leaves, a signed and witnessed head, a bundle, and what the verifier says of it."""

from __future__ import annotations

import subprocess
import sys
import zipfile

from infra.audit.verify import NOT_PROVED, PROVED, exit_code, report
from tests.audit.world import World, verdicts
from tests.ledger.cases import PERSONAL_TEXTS


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
        content = "".join(files.read(name).decode() for name in files.namelist())
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
