"""report …: make the monthly and the quarterly report, send it, and make one again to compare."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.failures import ExitCode, Failure
from infra.cli.output import Json, emit, working
from infra.cli.process import run
from infra.cli.session import StateOption, database, load_settings, temporal_client
from infra.cli.trail import stored
from schemas.report import ReportFault, ReportKind, Subject
from schemas.report_run import Issue, ReportAsked
from schemas.report_tables import title_of
from schemas.texts import zh_report

if TYPE_CHECKING:
    import asyncpg

    from infra.report.desk import Compared, ReportDesk
    from infra.settings import Settings

app = typer.Typer(no_args_is_help=True, help="月报、季报：编制、发送、复算。Monthly and quarterly reports.")

OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="把 XLSX 与 HTML 写到这个目录。", show_default=False)
]
SendOption = Annotated[bool, typer.Option("--send", help="发送给设置中的收件人；已发送过的不再发送。")]
AnewOption = Annotated[bool, typer.Option("--anew", help="已有报告时，按最新检查点另编一版。")]


@app.command()
def monthly(
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", show_default=False)],
    out_dir: OutOption = None,
    send: SendOption = False,
    anew: AnewOption = False,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """编制一个月的月报（报县行政服务中心管委会）；已编制的不重编，报送截止前编过的除外。The report of a month.

    \b
    例：
      mianzheng report monthly 2026-11 --out 月报
      mianzheng report monthly 2026-11 --send
    """
    _make(Subject(kind=ReportKind.MONTHLY, name=month), out_dir, send, anew, state_dir)


@app.command()
def quarterly(
    quarter: Annotated[str, typer.Argument(metavar="YYYY-Qn", show_default=False)],
    out_dir: OutOption = None,
    send: SendOption = False,
    anew: AnewOption = False,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """编制一个季度的情况（报县人民政府），口径与月报相同。The summary of a quarter.

    \b
    例：
      mianzheng report quarterly 2026-Q4 --out 季报
    """
    _make(Subject(kind=ReportKind.QUARTERLY, name=quarter), out_dir, send, anew, state_dir)


@app.command()
def check(
    what: Annotated[str, typer.Argument(metavar="期间或报告文件", show_default=False)],
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """从登记的检查点复算一份报告，与登记的摘要逐字节比对。Make a report again and compare.

    退出码：0 数据相同；1 不同；3 没有登记过这份报告。

    \b
    例：
      mianzheng report check 2026-11
      mianzheng report check 月报/“无证明城市”建设月报（2026年11月）.xlsx
    """
    settings = load_settings(state_dir)
    file = Path(what)
    digest = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None
    kind = ReportKind.QUARTERLY if "Q" in what else ReportKind.MONTHLY
    of = digest or Subject(kind=kind, name=what)
    with working("复算") as step, stored(state_dir, settings, step):
        compared = run(_check(settings, of))
    emit(_told(compared), lambda: _verdict(compared))
    if not compared.figures_same:
        raise Failure("复算的数据与登记的不同")


def _make(subject: Subject, out_dir: Path | None, send: bool, anew: bool, state_dir: Path | None) -> None:
    from infra.report.desk import recipients_of

    settings = load_settings(state_dir)
    told = settings.report
    if told.directory is None:
        raise Failure(zh_report.REFUSED["no_directory"], ExitCode.INVALID)
    if send and told.smtp is None:
        raise Failure(zh_report.REFUSED["no_mail"], ExitCode.INVALID)
    if send and not recipients_of(told, subject):
        raise Failure(zh_report.REFUSED["no_recipients"], ExitCode.INVALID)
    asked = ReportAsked(subject=subject, send=send, anew=anew, queue=settings.temporal.queues.get("audit"))
    with working(f"编制{title_of(subject)}"):
        issue = run(_issued(settings, asked))
        written = _write(out_dir, issue, run(_files(settings, issue))) if out_dir is not None else []
    sent = "，已发送" if issue.sent else ""
    emit(
        issue.model_dump(mode="json") | {"files": written},
        lambda: "\n".join(
            [
                f"{title_of(subject)} 第 {issue.edition} 版{sent}：数据计至日志 {issue.basis.head.origin}"
                f" 第 {issue.basis.head.size} 条",
                *written,
            ]
        ),
    )


async def _issued(settings: Settings, asked: ReportAsked) -> Issue:
    from temporalio.client import WorkflowFailureError
    from temporalio.common import WorkflowIDConflictPolicy
    from temporalio.exceptions import ActivityError, ApplicationError

    client = await temporal_client(settings)
    assert asked.subject is not None  # noqa: S101 - a command names one
    try:
        issues: tuple[Issue, ...] = await client.execute_workflow(
            "ReportWorkflow",
            asked,
            id=f"report/{asked.subject.report_id}",
            task_queue=settings.temporal.task_queue,
            result_type=tuple[Issue, ...],
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=title_of(asked.subject),
        )
    except WorkflowFailureError as error:
        cause = error.cause.cause if isinstance(error.cause, ActivityError) else None
        if isinstance(cause, ApplicationError) and cause.details and cause.details[0] in zh_report.REFUSED:
            told = zh_report.REFUSED[cause.details[0]]
            raise Failure(f"{told}（{cause.message}）") from error
        raise
    return issues[0]


async def _files(settings: Settings, issue: Issue) -> tuple[bytes, bytes]:
    async with database(settings) as pool:
        try:
            return await _desk(settings, pool).files(issue)
        except ReportFault as fault:
            raise Failure(zh_report.REFUSED[fault.code]) from fault


def _write(out_dir: Path, issue: Issue, files: tuple[bytes, bytes]) -> list[str]:
    from infra.report.message import title_of_edition

    out_dir.mkdir(parents=True, exist_ok=True)
    written = []
    for ending, content in zip(("xlsx", "html"), files, strict=True):
        path = out_dir / f"{title_of_edition(issue.subject, issue.edition)}.{ending}"
        path.write_bytes(content)
        written.append(str(path))
    return written


async def _check(settings: Settings, of: Subject | str) -> Compared:
    """``of``: a report, or the digest of a file of one."""
    async with database(settings) as pool:
        desk = _desk(settings, pool)
        issue = await (desk.record.with_file(of) if isinstance(of, str) else desk.newest(of))
        if issue is None:
            raise Failure(zh_report.REFUSED["unknown"], ExitCode.NOT_FOUND)
        try:
            return await desk.check(issue)
        except ReportFault as fault:
            raise Failure(f"{zh_report.REFUSED[fault.code]}（{fault.told}）") from fault


def _desk(settings: Settings, pool: asyncpg.Pool) -> ReportDesk:
    from infra.identity.subject_keys import SubjectKeys
    from workers.resources import report_desk

    return report_desk(settings, pool, SubjectKeys(pool, settings.identity.master_key_bytes))


def _told(compared: Compared) -> dict[str, Any]:
    issue, again = compared.issue, compared.again
    return {
        "report_id": issue.subject.report_id,
        "edition": issue.edition,
        "size": issue.basis.head.size,
        "root": issue.basis.head.root,
        "same": {name: getattr(issue.drawn, name) == getattr(again, name) for name in ("figures", "xlsx", "html")},
        "recorded": issue.drawn.model_dump(),
        "again": again.model_dump(),
    }


def _verdict(compared: Compared) -> str:
    issue = compared.issue
    lines = [f"{title_of(issue.subject)} 第 {issue.edition} 版，检查点第 {issue.basis.head.size} 条："]
    for name, called in (("figures", "数据（JSON）"), ("xlsx", "XLSX"), ("html", "HTML")):
        same = getattr(issue.drawn, name) == getattr(compared.again, name)
        lines.append(f"  {called}：{'相同' if same else '不同'} {getattr(issue.drawn, name)}")
    if compared.figures_same and not compared.all_same:
        lines.append("数据相同；文件不同是因为绘制文件的程序版本不同。")
    return "\n".join(lines)
