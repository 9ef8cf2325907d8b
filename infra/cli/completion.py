"""completion …: have a licence completed that the library lacks or has wrong."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.failures import ExitCode, Failure
from infra.cli.output import Json, emit, working
from infra.cli.process import run
from infra.cli.session import StateOption, database, load_settings, temporal_client

if TYPE_CHECKING:
    from infra.settings import Settings
    from schemas.completion import CompletionStart
    from schemas.completion_start import CompletionRequest

app = typer.Typer(
    no_args_is_help=True, help="证照补齐：持证人核对或窗口发起。Have a missing or wrong licence completed."
)


@app.command()
def start(
    file: Annotated[Path, typer.Argument(metavar="FILE|-", help="请求（JSON）；- 为标准输入。", show_default=False)],
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """发起证照补齐；同一证照正在补齐的不再另发。Have a licence completed, once however often it is asked.

    由持证人本人（闽政通核对）或证照补齐服务窗口发起，只查询其本人。输入有误时退出码为 2，并逐项指出字段。

    \b
    例：
      mianzheng completion start 补齐.json
      补齐.json：{"evidence_type": "id_card", "opened_by": "counter", "lack": "no_record",
        "holder": {"party_id": "holder", "role": "holder", "kind": "living", "id_type": "111",
                   "id_number": "…", "name": "…"},
        "operator": {"kind": "clerk", "actor_id": "window-9", "department": "…"}}
    """
    from schemas.completion_start import CompletionRequest

    text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    if not text.strip():
        raise Failure("请求为空", ExitCode.INVALID)
    request = CompletionRequest.model_validate_json(text)
    settings = load_settings(state_dir)
    with working("发起证照补齐"):
        begun = run(_start(settings, request))
    told = {"application_no": begun.application_no, "workflow_id": begun.stream}
    emit(told, lambda: f"已发起「{begun.kind.name}」补齐\n查看：mianzheng trail {begun.application_no}")


async def _start(settings: Settings, request: CompletionRequest) -> CompletionStart:
    from infra.catalogue.store import StoredCatalogues
    from infra.identity.pseudonyms import HmacPseudonyms
    from infra.temporal.completion import start_completion
    from schemas.clock import county_date
    from schemas.completion_start import start_of
    from workers.resources import county_calendar

    client, today = await temporal_client(settings), county_date(datetime.now(UTC))
    async with database(settings) as pool:
        catalogue, _ = await StoredCatalogues(pool).in_force(today)
    holder = request.holder
    subject_ref = HmacPseudonyms(settings.identity.pepper_bytes).subject_ref(holder.id_type, holder.id_number)
    begun = start_of(request, catalogue, subject_ref, settings.case_policy, county_calendar(settings).since(today))
    await start_completion(client, settings.temporal.task_queue, begun)
    return begun
