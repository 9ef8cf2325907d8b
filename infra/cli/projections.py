"""projections: what is built from the ledger and can be built anew from it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.output import emit, note, working
from infra.cli.process import run
from infra.cli.session import StateOption, database, load_settings

if TYPE_CHECKING:
    from infra.settings import Settings

app = typer.Typer(help="由台账生成的清单。What is built from the ledger.", no_args_is_help=True)


class Rebuildable(StrEnum):
    """What can be built anew without anybody outside noticing."""

    WORKLIST = "worklist"
    STATISTICS = "statistics"
    USES = "uses"


@app.callback()
def _projections() -> None:
    """由台账生成的清单。What is built from the ledger."""


@app.command()
def rebuild(
    name: Annotated[
        Rebuildable,
        typer.Argument(
            metavar="清单", help="worklist：待办与办件清单；statistics：统计；uses：使用记录", show_default=False
        ),
    ],
    state_dir: StateOption = None,
) -> None:
    """由台账重新生成一份清单；其间仍可查看原有内容。Build a list anew from the first event on.

    \b
    例：
      mianzheng projections rebuild worklist
      mianzheng projections rebuild statistics
      mianzheng projections rebuild uses
    """
    settings = load_settings(state_dir)
    with working("重新生成"):
        taken = run(_rebuild(settings, name))
    emit({"projection": name.value, "events": taken}, lambda: f"{name.value}：{taken} 个事件")
    note("已重新生成")


async def _rebuild(settings: Settings, name: Rebuildable) -> int:
    from infra.statistics import projection as statistics
    from infra.uses import projection as uses
    from infra.worklist import projection as worklist

    again = {
        Rebuildable.WORKLIST: worklist.rebuild,
        Rebuildable.STATISTICS: statistics.rebuild,
        Rebuildable.USES: uses.rebuild,
    }[name]
    async with database(settings) as pool:
        return await again(pool)
