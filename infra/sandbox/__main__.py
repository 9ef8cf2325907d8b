"""``python -m infra.sandbox``: serve the doubles until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.catalogue.files import load
from infra.sandbox.guard import load_callers, load_senders
from infra.sandbox.population import Population
from infra.sandbox.server import create_app, serve
from infra.sandbox.state import State


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.sandbox", description="外部平台的模拟服务")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 为任意空闲端口")
    parser.add_argument("--catalogue", type=Path, required=True, help="目录文件夹，如 infra/catalogue/350526")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=400, help="模拟人口数")
    parser.add_argument("--secrets", type=Path, required=True, help="各平台的 access_id 与 secret（JSON）")
    parser.add_argument("--ready-file", type=Path, help='开始监听后写入 {"port": …}')
    parser.add_argument("--callbacks", help="各平台回送答复的地址，如 http://127.0.0.1:8082/callbacks")
    parser.add_argument("--reply-seconds", type=float, default=1.0, help="受理后多久回送答复")
    chosen = parser.parse_args(arguments)
    try:
        population = Population(load(chosen.catalogue), chosen.seed, chosen.size)
        state = State(
            population,
            load_callers(chosen.secrets),
            call_back_to=chosen.callbacks,
            senders=load_senders(chosen.secrets),
            reply_seconds=chosen.reply_seconds,
        )
        asyncio.run(_run(state, chosen.host, chosen.port, chosen.ready_file))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


async def _run(state: State, host: str, port: int, ready_file: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serve(create_app(state), host, port) as base_url:
        if ready_file is not None:
            fresh = ready_file.with_name(f".{ready_file.name}.new")
            fresh.write_text(json.dumps({"port": int(base_url.rpartition(":")[2])}), encoding="utf-8")
            fresh.replace(ready_file)
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
