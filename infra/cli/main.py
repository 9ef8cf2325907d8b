"""The commands, put together."""

from __future__ import annotations

import typer

from infra.cli import (
    application,
    audit,
    catalogue,
    completion,
    demo,
    links,
    operate,
    projections,
    report,
    sandbox,
    stack,
    statistics,
    tasks,
    token,
    trail,
)
from infra.cli.process import Commands, end

HELP = """免证 Mianzheng：每一项证明走哪条路径办到、为何、凭谁的话，可查可验。

\b
初次使用：
  mianzheng demo                       办 200 件样例，看结果（约一分半钟）
  mianzheng up                         启动本机全套服务
  mianzheng application start 申请.json --wait
  mianzheng application explain 办件编号
  mianzheng trail 办件编号
  mianzheng down

\b
退出码：0 成功；1 失败；2 用法或输入有误（逐项指出字段）；3 没有找到；4 服务无法连接或没有运行；130 被中断；
5 审计包没有不符，但有未能证明的。
数据输出到标准输出（--json 为 JSON），其余到标准错误。
"""

app = typer.Typer(
    cls=Commands,
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

LOCAL, CASES, COUNTY = "本机服务", "办件", "部署与运维"
app.command(rich_help_panel=LOCAL)(demo.demo)
app.command(rich_help_panel=LOCAL)(stack.up)
app.command(rich_help_panel=LOCAL)(stack.down)
app.command(rich_help_panel=LOCAL)(stack.status)
app.command("ps", hidden=True)(stack.status)
app.command(rich_help_panel=LOCAL)(token.token)
app.add_typer(sandbox.app, name="sandbox", rich_help_panel=LOCAL)
application.app.command()(tasks.tasks)
app.add_typer(application.app, name="application", rich_help_panel=CASES)
app.add_typer(completion.app, name="completion", rich_help_panel=CASES)
app.command(rich_help_panel=CASES)(trail.trail)
app.command(rich_help_panel=CASES)(links.links)
app.command(rich_help_panel=CASES)(statistics.statistics)
app.add_typer(audit.app, name="audit", rich_help_panel=CASES)
app.add_typer(report.app, name="report", rich_help_panel=CASES)
app.add_typer(catalogue.app, name="catalogue", rich_help_panel=COUNTY)
app.command(rich_help_panel=COUNTY)(operate.migrate)
app.command(rich_help_panel=COUNTY)(operate.worker)
app.command("codec-server", rich_help_panel=COUNTY)(operate.codec_server)
app.command(rich_help_panel=COUNTY)(operate.gateway)
app.command(rich_help_panel=COUNTY)(operate.relay)
app.command(rich_help_panel=COUNTY)(audit.witness)
app.command(hidden=True)(operate.supervise)
app.add_typer(projections.app, name="projections", rich_help_panel=COUNTY)
app.command(rich_help_panel=COUNTY)(operate.version)


def main() -> None:
    """The program ``mianzheng``; leaves the process."""
    end(app)
