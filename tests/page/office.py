"""The office page served as it is, over cases that came to different ends, and a browser that opens it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Error, Page, Request, async_playwright
from temporalio.client import Client

from infra.identity.subject_keys import SubjectKeys
from infra.ledger.sequencer import sequence
from infra.ledger.writer import PostgresLedger
from infra.sandbox.faults import Fault, FaultKind
from infra.settings import AuditSettings
from infra.transparency.keeper import Keeper, places_of
from infra.transparency.keys import ensure_key, load_key
from infra.transparency.log import MerkleLog
from infra.transparency.suites import SUITES
from schemas.acceptance import ClockStarted
from schemas.application import Actor, application_stream
from schemas.assignment import Assignee, AssignmentClosed, AssignmentOpened, Responsible, Rung, RungFired, Step
from schemas.authority import Role
from schemas.codes import SHARING_PLATFORMS, ActorKind
from schemas.ledger import AppendRequest
from schemas.timetable import ClockKind
from tests.e2e.stack import whole_stack
from tests.gateway.doors import Door, body_of, open_door
from tests.gateway.test_acts import CIVIL_AFFAIRS, JUSTICE, legal_aid, reply, verification_of
from tests.ledger.cases import MASTER_KEY, admitted, received
from tests.workflows.waiting import eventually_async
from tests.worklist.streams import Stream

CHROMIUM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
NO_CHROMIUM = "没有 Chromium：apt-get install chromium fonts-noto-cjk（.ci/run 会自动安装），网页测试未运行"
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>\u202e李四\' "&lt;𠮷'
DRIVEN, WITHDRAWN, STRANGE = "YM-2026-0001", "YM-2026-0002", "YM-2026-0003"
DATABASE = "test_office_page"
SYSTEM = Actor(kind=ActorKind.SYSTEM, actor_id="mianzheng")


@dataclass
class Office:
    """A door with a signed log, and what a browser said while it was looked at."""

    door: Door
    audit: AuditSettings
    base: str
    complaints: list[str] = field(default_factory=list)

    async def sign(self) -> None:
        """Let the log follow the ledger and sign its head."""
        await sequence(self.door.stack.pool)
        assert self.audit.key_path is not None
        signer = load_key(self.audit.key_path)
        log = await MerkleLog.open(self.door.stack.pool, signer.name, signer.suite)
        await Keeper(self.door.stack.pool, log, signer, places_of(self.audit, self.door.http), self.audit).once()

    @asynccontextmanager
    async def page(self, browser: Browser, *, token: str | None = "auditor-1") -> AsyncIterator[Page]:
        """A tab of its own; whatever it logs or asks outside is a complaint, and none may be left."""
        self.complaints.clear()
        opened = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        if token:
            await opened.add_init_script(f"sessionStorage.setItem('mianzheng.token', {token!r})")
        page = await opened.new_page()
        page.set_default_timeout(10_000)
        page.on("console", self._said)
        page.on("pageerror", self._threw)
        page.on("request", self._asked)
        try:
            yield page
        except BaseException as error:
            error.add_note("\n".join(self.complaints))
            raise
        finally:
            await opened.close()
        assert not self.complaints, self.complaints

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _threw(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.base, f"blob:{self.base}")):
            self.complaints.append(request.url)

    def expected(self, *parts: str) -> None:
        """Take away the complaints that a test brought about: each of these was made, and no other is."""
        for part in parts:
            assert any(part in each for each in self.complaints), (part, self.complaints)
        self.complaints[:] = [each for each in self.complaints if not any(part in each for part in parts)]

    async def open(self, page: Page, where: str = "#/cases") -> None:
        """Go to a view and wait until it stands."""
        await page.goto(f"{self.base}/office/{where}")
        await page.wait_for_selector("main:not([aria-busy]) h1")


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, without a window."""
    async with async_playwright() as player:
        browser = await player.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_office(client: Client, server: str, dsn: str, folder: Path) -> AsyncIterator[Office]:
    """The whole county with its page."""
    key = folder / "log-key"
    ensure_key(key, "mianzheng/350526", SUITES["sha256-ed25519"])
    changed: dict[str, Any] = {"long_routes": {"reask_seconds": 3600}, "audit": {"key_path": str(key)}}
    async with whole_stack(client, server, dsn, folder, **changed) as stack, open_door(stack) as door:
        door.callers.add("auditor-1", Role.AUDITOR)
        door.callers.add("clerk-9", Role.CLERK, department=JUSTICE)
        await _withdrawn(door)
        for platform in SHARING_PLATFORMS:
            stack.sandbox.faults.add(Fault(kind=FaultKind.NO_RECORD, platform=platform))
        await _driven(door)
        await _strange(door)
        office = Office(door, stack.settings.audit, str(door.http.base_url).rstrip("/"))
        await door.caught_up()
        await office.sign()
        yield office


async def _withdrawn(door: Door) -> None:
    """All shared; then the applicant takes it back."""
    (request,) = door.applications(1, 3)
    request = request.model_copy(update={"application_no": WITHDRAWN})
    system = door.system_of(request)
    started = await door.http.post("/applications", json=body_of(request), headers=system | {"Prefer": "wait=30"})
    assert started.status_code == 200, started.text
    await door.http.post(
        f"/applications/{WITHDRAWN}/withdraw", json={"command_id": "w-1", "reason": "改日再来"}, headers=system
    )


async def _driven(door: Door) -> None:
    """A department is asked and answers, the applicant hands in the rest himself; handed over."""
    door.case = DRIVEN
    window = door.callers.add("clerk-1", Role.CLERK, department=JUSTICE)
    started = await door.http.post("/applications", json=legal_aid(DRIVEN), headers=window | {"Prefer": "wait=30"})
    assert started.status_code == 200, started.text
    stream = await verification_of(door, window)
    asked = door.callers.add("civil-7", Role.DEPARTMENT, department=CIVIL_AFFAIRS)
    answered = await door.http.post(f"/routes/{stream}/reply", json=reply(reason="低保信息核对一致"), headers=asked)
    assert answered.status_code == 200, answered.text
    card = {"requirement_code": "legal_aid_identity", "party_id": "p1", "evidence_type": "resident_id_card"}
    given = {"command_id": "v-1", "evidence": card | {"document_digest": "c" * 64}}
    volunteered = await door.http.post(f"/applications/{DRIVEN}/volunteered", json=given, headers=window)
    assert volunteered.status_code == 200, volunteered.text

    async def settled() -> set[str]:
        seen = (await door.http.get(f"/applications/{DRIVEN}", headers=window)).json()
        return {r["requirement"] for r in seen["requirements"] if r["status"]["code"] == "settled"}

    await eventually_async(settled, {"legal_aid_hardship/p1", "legal_aid_identity/p1"})


async def _strange(door: Door) -> None:
    """A case of made-up events with every hostile text, a branch that was replaced, and alarms."""
    writer = PostgresLedger(door.stack.pool, SubjectKeys(door.stack.pool, MASTER_KEY))
    stream = Stream(application_stream(STRANGE), STRANGE)
    at = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    staff = Actor(kind=ActorKind.DEPARTMENT, actor_id="justice-7", department=JUSTICE)
    hour = timedelta(hours=1)
    opened = AssignmentOpened(
        assignment="acceptance", step=Step.ACCEPTANCE, requirement=None,
        assignee=Assignee(responsible=Responsible.DEPARTMENT, name=HOSTILE, department=JUSTICE),
        task=HOSTILE, then=HOSTILE, working_days=2, due_at=at + 48 * hour, due_provisional=False,
        calendar_version="c", ends_at=None,
    )  # fmt: skip
    first = received().model_copy(update={"purpose": HOSTILE})
    second = admitted().model_copy(update={"item_name": HOSTILE, "department_name": HOSTILE})
    for body, moment in ((first, at), (second, at + hour), (opened, at + 2 * hour)):
        stream.add(body, SYSTEM, moment)
    gone = AssignmentClosed(assignment="acceptance", how="withdrawn")
    before = [*stream.events, stream.add(gone, SYSTEM, at + 3 * hour)]
    await writer.append(AppendRequest(run_id="r1", chain_run_id="r1", events=tuple(before)))
    stream.events.pop()
    from_now = len(stream.events)
    for rung, hours in ((Rung.REMINDER, 24), (Rung.BLUE, 48), (Rung.ORANGE, 72)):
        stream.add(RungFired(assignment="acceptance", rung=rung), SYSTEM, at + hours * hour)
    stream.add(clock(at), SYSTEM, at + 73 * hour)
    stream.add(AssignmentClosed(assignment="acceptance", how="done"), staff, at + 80 * hour)
    await writer.append(AppendRequest(run_id="r2", chain_run_id="r1", events=tuple(stream.events[from_now:])))


def clock(at: datetime) -> ClockStarted:
    return ClockStarted(
        clock=ClockKind.STATUTORY, working_days=10, started_at=at, due_at=at + timedelta(days=14),
        due_provisional=True, calendar_version="c",
    )  # fmt: skip


async def shoot(page: Page, name: str) -> None:
    """Keep a picture where ``MIANZHENG_SCREENSHOTS`` says, for people to look at."""
    if folder := os.environ.get("MIANZHENG_SCREENSHOTS"):
        await page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
