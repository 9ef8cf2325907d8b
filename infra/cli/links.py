"""links: what a supervisor asks the list of cases, as links of today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape

from infra.cli.output import Json, emit
from infra.cli.places import filtered, ui
from infra.cli.session import StateOption, state_of
from infra.embedded import record
from infra.embedded.ports import LOOPBACK, USUAL
from schemas.clock import COUNTY_TIME
from schemas.codes import Platform
from schemas.list_filters import WAITS, questions

OFFICE = "德化县公安局"


def links(
    office: Annotated[str, typer.Option(help="问在等哪个单位。The office waited for.")] = OFFICE,
    platform: Annotated[Platform, typer.Option(help="问卡在哪个平台。The platform.")] = Platform.COLLABORATION,
    days: Annotated[int, typer.Option(min=1, max=365, help="问几日没有进展。Days without progress.")] = 7,
    base: Annotated[
        str | None, typer.Option("--ui", help="界面网址，默认本机服务的。Address of the UI.", show_default=False)
    ] = None,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """督办常问的，作为当天的链接：点开即筛选。The questions of a supervisor as links.

    \b
    例：
      mianzheng links
      mianzheng links --office 德化县卫生健康局 --days 10
    """
    stack = record.read(state_of(state_dir))
    here = ui(stack.ports) if stack is not None and stack.ports is not None else f"http://{LOOPBACK}:{USUAL['ui']}"
    today = datetime.now(UTC).astimezone(COUNTY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    asked = (*WAITS, *questions(today - timedelta(days=days), days, office, platform))
    told = [
        {"question": f.question, "name": f.name, "query": f.query, "link": filtered(base or here, f)} for f in asked
    ]
    emit(told, lambda: "\n".join(f"[bold]{escape(t['question'])}[/]\n  {escape(t['link'])}" for t in told))
