"""demo: the whole of it in a minute and a half, on real parts, with people who act and platforms that fail."""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.cli import demo_summary
from infra.cli.demo_settings import FAULTS, SETTINGS
from infra.cli.failures import Failure
from infra.cli.output import Json, emit, err, note, working
from infra.cli.places import case_list, case_page
from infra.cli.process import run
from infra.cli.session import StateOption, load_settings, program, state_of
from infra.cli.stack import option_for
from infra.embedded import control, record
from infra.embedded.plan import Plan
from infra.embedded.state_dir import StateDir

if TYPE_CHECKING:
    from infra.cli.demo_cases import Ran, Sample
    from infra.embedded.record import Stack

PEOPLE = 400
"""Size of the county's population in the sandbox."""


def demo(
    count: Annotated[int, typer.Option(min=1, max=5000, help="样例件数。Number of sample cases.")] = 200,
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=200, help="同时在办的件数。")] = 32,
    seed: Annotated[int, typer.Option(help="随机种子：同一种子得到同样的人和申请。")] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="办完后继续运行，按 Ctrl-C 结束。")] = False,
    state_dir: StateOption = None,
    json: Json = False,
) -> None:
    """演示：起全套真实部件，办 200 件样例，走遍各条路径，约一分半钟。Run the demo.

    申请人、窗口、主管部门、管委会由演示中的人扮演，以同样的操作办件；部分平台故意出故障，部分单位故意不答。
    一个工作日缩短为数秒，各项时限照走不跳。每次从空白开始，数据留在 .mianzheng/demo，办完可离线查台账，或再启动查看。

    \b
    例：
      mianzheng demo
      mianzheng demo --count 1000 --keep
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped from outside, the stack is still taken down
    state = StateDir.at(state_of(state_dir).root / "demo")
    if record.is_held(state):
        raise Failure(f"{state.root} 中的演示正在运行", hint=f"mianzheng down{option_for(state)}")
    with working("准备演示") as step:
        with suppress(control.StackFailed):
            control.down(state, step)
        control.forget(state)
    try:
        with working("启动全套服务") as step:
            try:
                stack, _ = control.up(state, Plan(people=PEOPLE, seed=seed, settings=SETTINGS, tied=True), step)
            except control.StackFailed as error:
                raise Failure(f"服务未能启动\n{error}") from error
        ran = _run(state, stack, count, at_once, seed)
        told = demo_summary.summary(ran)
        emit(told, lambda: demo_summary.tables(told))
        _tell_where(state, stack, ran, keep)
        if keep:
            with suppress(KeyboardInterrupt):
                signal.pause()
    finally:
        with working("停止服务") as step:
            control.down(state, step)
    _judge(ran)


def _run(state: StateDir, stack: Stack, count: int, at_once: int, seed: int) -> Ran:
    from infra.cli.demo_cases import check_ledger, run_cases
    from infra.cli.sandbox import set_faults

    settings = load_settings(state.root)
    sample = _sample(count, seed)
    set_faults(stack, FAULTS)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task("办理样例", total=count)

        def afterwards() -> None:
            progress.update(task, description="办件已毕，等事后核查、补录、迟到答复")

        port = stack.ports.sandbox if stack.ports else 0
        ran = run(run_cases(settings, sample, port, at_once, lambda: progress.advance(task), afterwards))
    with working("核验全部台账"):
        run(check_ledger(settings, ran, [request.application_no for request in sample.requests]))
    return ran


def _sample(count: int, seed: int) -> Sample:
    """Sample applications of the sandbox's own people under the catalogue that was published."""
    from infra.catalogue.files import load
    from infra.cli.demo_cases import Sample
    from infra.embedded.plan import default_catalogue
    from infra.sandbox.applications import sample_applications
    from infra.sandbox.population import Population

    catalogue = load(default_catalogue())
    requests = tuple(sample_applications(catalogue, Population(catalogue, seed, PEOPLE), count, seed))
    return Sample(requests, catalogue, seed)


def _tell_where(state: StateDir, stack: Stack, ran: Ran, keep: bool) -> None:
    """Where to look next: all of it works after the demo has ended, too."""
    look_at = demo_summary.look_at(ran)
    if stack.ports is None or not look_at:
        return
    option = option_for(state)
    first = next(iter(look_at.values()))
    note("[bold]接下来看什么[/]")
    for name, number in look_at.items():
        note(f"  {name}：{program()} trail {number}{option}")
    if not keep:
        note(f"  再启动看这些办件：{program()} up{option}　（看完：{program()} down{option}）")
    then = "" if keep else "启动后，"
    note(f"  {then}各证明为何走这条路：{program()} application explain {first}{option}")
    note(f"  {then}办件一览：{escape(case_list(stack.ports))}")
    note(f"  {then}这一件的时间线：{escape(case_page(stack.ports, first))}")
    if keep:
        note("[bold]服务在运行，按 Ctrl-C 结束[/]")


def _judge(ran: Ran) -> None:
    """Raises Failure when a case did not come to its outcome or its record does not hold."""
    if ran.failures:
        number, reason = ran.failures[0]
        raise Failure(f"{len(ran.failures)} 件未办成，如 {number}：{reason}")
    if ran.unsound:
        raise Failure(f"{len(ran.unsound)} 件的台账核验未通过，如 {ran.unsound[0]}")
