"""statistics: figures of a period, and what fails where; data as tables in Chinese or JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.failures import ExitCode, Failure
from infra.cli.output import Json, emit, working
from infra.cli.process import run
from infra.cli.session import StateOption, database, load_settings
from infra.cli.trail import stored
from schemas.clock import county_date
from schemas.statistics import By, Gaps, Period, Statistics
from schemas.texts import zh_statistics

if TYPE_CHECKING:
    from infra.settings import Settings

Day = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], help="自此日（含）；不写为本月一日。", show_default=False),
]
LastDay = Annotated[
    datetime | None,
    typer.Option("--to", formats=["%Y-%m-%d"], help="至此日（含）；不写为今日。", show_default=False),
]


def statistics(
    since: Day = None,
    until: LastDay = None,
    by: Annotated[By, typer.Option(help="按什么分列。By what figures are broken down.")] = By.DEPARTMENT,
    gaps: Annotated[bool, typer.Option("--gaps", help="堵点清单：何材料在何路径上办不到、因何。")] = False,
    as_of: Annotated[
        int | None,
        typer.Option(min=-1, help="截至台账日志第几条（从 0 起；检查点 n 写 n-1）；不写为最新。", show_default=False),
    ] = None,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """一段期间的统计，或堵点清单；口径见 docs/statistics.md。Figures of a period, or its gaps.

    同一 --as-of 任何时候得到同样的数。

    \b
    例：
      mianzheng statistics --from 2026-11-01 --to 2026-11-30
      mianzheng statistics --from 2026-11-01 --to 2026-11-30 --by township
      mianzheng statistics --from 2026-11-01 --to 2026-11-30 --gaps
    """
    period = _period(since, until)
    settings = load_settings(state_dir)
    with working("统计") as step, stored(state_dir, settings, step):
        found = run(_read(settings, period, by, as_of, gaps=gaps))
    from infra.cli import statistics_tables as tables

    if isinstance(found, Gaps):
        emit(found, lambda: tables.of_gaps(found))
    else:
        emit(found, lambda: tables.of_figures(found))


def _period(since: datetime | None, until: datetime | None) -> Period:
    today = county_date(datetime.now(UTC))
    last = until.date() if until is not None else today
    first = since.date() if since is not None else last.replace(day=1)
    if last < first:
        raise Failure("--to 不得早于 --from", ExitCode.INVALID)
    return Period(first=first, last=last)


async def _read(settings: Settings, period: Period, by: By, as_of: int | None, *, gaps: bool) -> Statistics | Gaps:
    from infra.statistics import read

    async with database(settings) as pool:
        try:
            return await (read.gaps(pool, period, as_of) if gaps else read.figures(pool, period, by, as_of))
        except read.NotCountedYet as behind:
            raise Failure(zh_statistics.NOT_COUNTED_YET.format(as_of=as_of), ExitCode.NOT_FOUND) from behind
