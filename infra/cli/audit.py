"""audit …: take a bundle away, check one, keep a head, make a key; witness: see other people's logs grow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli import retention
from infra.cli.audit_export import export
from infra.cli.failures import ExitCode, Failure
from infra.cli.output import Json, emit, note, out, working
from infra.cli.process import run
from infra.cli.session import StateOption, database, load_settings
from infra.cli.trail import stored
from schemas.texts import zh_audit

if TYPE_CHECKING:
    from infra.settings import Settings
    from infra.transparency.suites import Signer

app = typer.Typer(
    no_args_is_help=True, help="审计：导出、核验、使用情况、留存与清除。Export, verify, who used what, hold and erase."
)
app.command()(retention.erase)
app.command()(retention.purge)
app.add_typer(retention.hold, name="hold")


app.command()(export)


@app.command()
def verify(
    bundle: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)],
    key: Annotated[str | None, typer.Option(help="日志公钥或其文件，得自被查单位之外。", show_default=False)] = None,
    witness: Annotated[list[str] | None, typer.Option(help="见证方公钥或其文件；可多次。", show_default=False)] = None,
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="自存的检查点文件；可多次。", show_default=False)
    ] = None,
    evidence: Annotated[list[Path] | None, typer.Option(help="待核对的证据文件；可多次。", show_default=False)] = None,
    json: Json = False,
) -> None:
    """离线核验审计包；与包内 verify.py 是同一程序。Verify a bundle, offline.

    退出码：0 全部已证明；1 有不符；2 不是可用的导出包；5 没有不符，但有未能证明的。
    """
    from infra.audit import verify as verifier

    keys = [*([key] if key is not None else []), *(witness or ())]
    try:
        findings = verifier.verify(bundle, keys, checkpoint, evidence)
    except verifier.Unusable as unusable:
        raise Failure(f"无法核验：{unusable}", ExitCode.INVALID) from unusable
    out_text = verifier.report(findings)
    emit([finding._asdict() for finding in findings], lambda: _plain(out_text))
    raise typer.Exit(verifier.exit_code(findings))


@app.command()
def uses(
    subject_ref: Annotated[str, typer.Argument(metavar="假名", help="subject_ref，s_ 开头", show_default=False)],
    limit: Annotated[int, typer.Option(min=1, max=500, help="至多几条，新的在前。")] = 100,
    cursor: Annotated[str | None, typer.Option(help="上一页的 next。", show_default=False)] = None,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """某人数据的使用情况：何时、由谁、在哪一办件、为何。What of a person was used, by whom, when.

    \b
    例：
      mianzheng audit uses s_0123456789abcdef0123456789abcdef
    """
    from infra.cli.uses import show_uses

    show_uses(subject_ref, limit, cursor, state_dir)


@app.command()
def checkpoint(state_dir: StateOption = None) -> None:
    """显示最近的检查点（含见证签名），供核验人自存。The newest head, to be kept by the auditor."""
    settings = load_settings(state_dir)
    signer = _signer(settings)

    async def command() -> str | None:
        from infra.transparency import checkpoints
        from infra.transparency.log import MerkleLog

        async with database(settings) as pool:
            log = await MerkleLog.open(pool, signer.name, signer.suite)
            head = await checkpoints.last(pool, log)
            return await checkpoints.cosigned(pool, log, head) if head is not None else None

    with working("读取检查点") as step, stored(state_dir, settings, step):
        found = run(command())
    if found is None:
        raise Failure(zh_audit.REFUSED["no_checkpoint"], ExitCode.NOT_FOUND)
    out.print(found, end="", markup=False, soft_wrap=True)


@app.command()
def key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="密钥文件（0600）。", show_default=False)],
    origin: Annotated[str, typer.Option(help="密钥名称；日志的名称即其 origin，如 mianzheng/350526。")] = "",
    suite: Annotated[str, typer.Option(help="sha256-ed25519 或 sm3-sm2。")] = "sha256-ed25519",
    cosigns: Annotated[bool, typer.Option("--witness", help="见证方的密钥，不是日志的。")] = False,
) -> None:
    """显示一个密钥的公钥；没有这个文件时先生成。Show a key's public half; made first where there is none."""
    from infra.transparency.keys import ensure_key, load_key
    from infra.transparency.suites import SUITES

    if suite not in SUITES:
        raise Failure(f"没有这个算法套件；可用：{'、'.join(SUITES)}", ExitCode.INVALID)
    try:
        ensure_key(file, origin, SUITES[suite], cosigns=cosigns)
        out.print(load_key(file).verifier_key(), markup=False, soft_wrap=True)
    except ValueError as error:
        raise Failure(str(error), ExitCode.INVALID) from error


def witness(
    directory: Annotated[Path, typer.Option("--dir", help="存放见证密钥与各日志最近检查点的目录。")],
    name: Annotated[str, typer.Option(help="见证方名称，如 witness/quanzhou；密钥已有时不用。")] = "witness",
    log: Annotated[list[str] | None, typer.Option(help="所见证的日志的公钥或其文件；可多次。")] = None,
    suite: Annotated[str, typer.Option(help="sha256-ed25519 或 sm3-sm2。")] = "sha256-ed25519",
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8083,
    ready_file: Annotated[Path | None, typer.Option("--ready-file", hidden=True)] = None,
) -> None:
    """运行见证服务（C2SP tlog-witness）：只为一致增长的日志签名；应由被查单位之外的单位运行。Run a witness.

    不需要数据库和设置；公钥在 GET /key，也显示在标准错误。

    \b
    例：
      mianzheng witness --dir /var/lib/witness --name witness/quanzhou --log mianzheng/350526+…
    """
    from infra.audit.verify import Bad
    from infra.cli.operate import serve
    from infra.transparency.keys import ensure_key, load_key
    from infra.transparency.suites import SUITES
    from infra.transparency.witness import WitnessService

    if not log or suite not in SUITES:
        raise Failure("须以 --log 给出所见证的日志的公钥，--suite 须为已知的算法套件", ExitCode.INVALID)
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        ensure_key(directory / "key", name, SUITES[suite], cosigns=True)
        signer = load_key(directory / "key")
        logs = [each if "+" in each else Path(each).read_text(encoding="utf-8") for each in log]
        service = WitnessService(signer, logs, directory / "logs")
    except (Bad, ValueError) as error:
        raise Failure(str(error), ExitCode.INVALID) from error
    note(f"见证方公钥：{signer.verifier_key()}")
    run(serve("见证服务", service.app(), host, port, ready_file))


def _signer(settings: Settings) -> Signer:
    from infra.transparency.keys import load_key

    if settings.audit.key_path is None:
        raise Failure(zh_audit.REFUSED["no_key"], ExitCode.INVALID)
    try:
        return load_key(settings.audit.key_path)
    except ValueError as error:
        raise Failure(str(error), ExitCode.INVALID) from error


def _plain(text: str) -> Any:
    from rich.text import Text

    return Text(text)
