"""告知承诺 on a server whose clock skips: counted, taken back, checked weeks after, broken and dealt with."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError, WorkflowUpdateStage
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from infra.temporal.start import submit
from schemas.acceptance import Accept, ReportDecision
from schemas.application import LedgerPosition
from schemas.case_commands import CaseCommand, SignCommitment, SignedBy
from schemas.catalogue import Source
from schemas.clock import county_date
from schemas.codes import CheckBy, CheckMode, Consequence, PartyKind, Platform, Route
from schemas.commitment import CommitmentStart, apply
from schemas.commitment_acts import (
    ConfirmRectified,
    DecideConsequence,
    HearCommitter,
    RecordCheck,
    RecordCredit,
    RecordRepair,
)
from schemas.commitment_events import CommitmentAsked, CommitmentSampled, ConsequenceDecided
from schemas.commitment_guard import draw
from schemas.credit_check import CreditChecked, PartyFact
from schemas.credit_exchange import CreditQuery, CreditRecord, CreditStanding
from schemas.exchange import AnswerClass
from schemas.late_check import CloseCheck
from schemas.long_route import Carried, RouteView
from schemas.lookup import Library
from schemas.outside import PlatformReceipt, Refusal, RefusalKind
from schemas.route_events import CaseNews, CaseNewsKind, RouteReport
from tests.schemas.builders import evidence_rule
from tests.schemas.test_commitment_rules import terms
from tests.temporal_fixtures import settings_for
from tests.workflows.fakes import World, found, said
from tests.workflows.long_world import HEALTH, bodies_of, clerk, county, reply, serving
from tests.workflows.requests import request
from tests.workflows.starts import REQUIREMENT, ListeningCase, fields, number, week_off
from tests.workflows.waiting import eventually
from workers.serve import build_workers

SETTINGS = settings_for("unused:0")
PERSON = PartyFact(party_id="p1", role="applicant", kind=PartyKind.LIVING)
WAIVED: dict[str, Any] = {
    "check": CheckMode.NONE,
    "sample_percent": 100,
    "check_within_days": None,
    "check_by": None,
}
ALL: dict[str, Any] = {"check": CheckMode.ALL, "sample_percent": 100}
SHARED = ALL | {"check_by": CheckBy.SHARING}


class Committed:
    """A commitment on its own, with a case that listens."""

    def __init__(self, env: WorkflowEnvironment, world: World, start: CommitmentStart, queue: str) -> None:
        self.env, self.world, self.start, self._queue = env, world, start, queue
        self.handle: WorkflowHandle[Any, Any] = env.client.get_workflow_handle(start.stream)
        self._case: WorkflowHandle[Any, Any] = env.client.get_workflow_handle(f"application/{start.application_no}")

    async def begin(self) -> None:
        await self.env.client.start_workflow(
            "ListeningCase", id=self._case.id, task_queue=self._queue, execution_timeout=timedelta(days=4000)
        )
        await self.env.client.start_workflow(
            "CommitmentWorkflow", self.start, id=self.start.stream, task_queue=self._queue
        )

    async def until(self, *kinds: str) -> None:
        await eventually(lambda: all(kind in self.bodies for kind in kinds))

    async def tell(self, kind: CaseNewsKind) -> None:
        news = CaseNews(application_no=self.start.application_no, requirement=REQUIREMENT, kind=kind)
        await self.handle.signal("case_news", news)

    async def act(self, name: str, command: CaseCommand | CloseCheck) -> None:
        await self.handle.execute_update(name, command, id=command.command_id)

    async def begin_act(self, name: str, command: CaseCommand) -> None:
        """Sent and taken, and not yet done: what follows comes while it is being written down."""
        stage = WorkflowUpdateStage.ACCEPTED
        await self.handle.start_update(name, command, id=command.command_id, wait_for_stage=stage)

    async def refused(self, name: str, command: CaseCommand) -> str:
        before = self.bodies.count("act_refused")
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await self.act(name, command)
        assert self.bodies.count("act_refused") == before + 1
        return str(refused.value.cause)

    @property
    def bodies(self) -> list[str]:
        return bodies_of(self.world, self.start.stream)

    def events(self, kind: type[Any]) -> list[Any]:
        return [e.body for e in self.world.ledger.streams[self.start.stream] if isinstance(e.body, kind)]

    async def heard(self) -> list[RouteReport]:
        reports: list[RouteReport] = await self._case.query("heard", result_type=list[RouteReport])
        return reports

    async def told(self) -> list[tuple[str, str]]:
        return [(r.kind.value, r.detail) for r in await self.heard()]

    async def view(self) -> RouteView:
        view: RouteView = await self.handle.query("status", result_type=RouteView)
        return view

    async def ended(self, result: str) -> None:
        await self.until("commitment_ended")
        last = self.world.ledger.streams[self.start.stream][-1].body
        assert (last.type, getattr(last, "result", None)) == ("commitment_ended", result)
        state = None
        for event in self.world.ledger.streams[self.start.stream]:
            state = apply(state, event)
        assert state is not None and not any(t.open for t in state.assignments.values())

    async def leave(self) -> None:
        await self._case.signal("leave")
        with suppress(RPCError):  # it has ended by itself
            await self.handle.terminate()


def start_of(
    world: World, calendar: Any, signed: dict[str, Any], under: dict[str, Any], **over: Any
) -> CommitmentStart:
    assert world.policy.long is not None
    no = number()
    kind = evidence_rule(
        "hardship",
        name="经济困难证明",
        issuer_name="德化县卫生健康局",
        issuer_department=HEALTH,
        issuer_on_platform=True,
        paper_exempt=False,
        commitment_listed=True,
        sources=(
            Source(
                evidence_type="hardship",
                route=Route.DATA_SHARING,
                platform=Platform.DATA_SHARING,
                resource_code="res-hardship",
                provenance="synthetic",
            ),
        ),
    )
    base = fields("commitment", no, world.policy.long, calendar, kind=kind, evidence="hardship")
    letter: dict[str, Any] = {
        "command_id": "sign-1",
        "actor": clerk(),
        "requirement_code": "need",
        "party_id": "p1",
        "evidence_type": "hardship",
        "letter_version": "letter_2026_01",
        "letter_digest": "a" * 64,
        "signed_by": SignedBy.SELF,
        "signed_at": datetime(2026, 1, 5, tzinfo=UTC),
    }
    return CommitmentStart.model_validate(
        base
        | {
            "document_digest": "a" * 64,
            "terms": terms(**under),
            "signed": SignCommitment.model_validate(letter | signed),
            "parties": (PERSON,),
            "committer": base["subject"],
            "library": Library(home_area="350526", authorised=(), ask_seconds=dict.fromkeys(Platform, 5)),
            "sampling_seed": "d" * 64,
        }
        | over
    )


@asynccontextmanager
async def committed(
    env: WorkflowEnvironment,
    under: dict[str, Any] = ALL,
    signed: dict[str, Any] | None = None,
    credit: CreditStanding | Callable[[CreditQuery], CreditStanding] = CreditStanding.CLEAR,
    off: int = 400,
    **over: Any,
) -> AsyncIterator[Committed]:
    """A commitment under these terms; the week off begins ``off`` days from today."""
    today = county_date(await env.get_current_time())
    calendar = week_off(today + timedelta(days=off))
    world = county("r_commit", calendar=calendar)
    world.outside.credit.standing_of = credit if callable(credit) else lambda query: credit
    start = start_of(world, calendar, signed or {}, under, **over)
    queue = f"commitment-{start.application_no}"
    settings = SETTINGS.model_copy(update={"task_queue": queue})
    (worker,) = build_workers(env.client, settings, world.activities(), extra_workflows=(ListeningCase,))
    async with worker:
        one = Committed(env, world, start, queue)
        await one.begin()
        yield one
        await one.leave()


def check(found_true: bool, number: int = 1) -> RecordCheck:
    return RecordCheck(command_id="check-1", actor=clerk(number=number), found_true=found_true, finding="已实地核查")


def hearing(cleared: bool = False) -> HearCommitter:
    return HearCommitter(
        command_id="hear-1",
        actor=clerk(number=1),
        attended=True,
        record_digest="e" * 64,
        cleared=cleared,
        finding="已听取陈述申辩",
    )


def consequence(*wanted: Consequence, number: int = 2, command_id: str = "decide-1") -> DecideConsequence:
    return DecideConsequence(
        command_id=command_id,
        actor=clerk(number=number),
        consequences=wanted,
        reason="承诺不实",
        legal_basis="示例依据第一条",
    )


def credit_record(effective_on: date, command_id: str = "credit-1") -> RecordCredit:
    return RecordCredit(
        command_id=command_id,
        actor=clerk(number=2),
        document_no="示例罚决〔2026〕1号",
        document_digest="d" * 64,
        effective_on=effective_on,
        fact="以虚假承诺取得许可",
    )


async def test_a_clear_record_settles_provisionally_and_the_check_confirms(skipping: WorkflowEnvironment) -> None:
    async with committed(skipping, SHARED) as one:
        await one.until("commitment_counted")
        await eventually_told(one, ("provisional", "provisional"))
        assert len(one.world.outside.credit.asked) == 2, "the provincial and the city's platform"
        assert one.world.platforms[Platform.DATA_SHARING].asked == [], "nothing is checked before the decision"
        one.world.platforms[Platform.DATA_SHARING].answers["hardship"] = found
        await one.tell(CaseNewsKind.DECIDED)
        await one.ended("fulfilled")
        assert await one.told() == [("provisional", "provisional"), ("confirmed", "commitment_fulfilled")]
        (asked,) = one.world.platforms[Platform.DATA_SHARING].asked
        assert asked.startswith(f"{one.start.application_no}/{REQUIREMENT}/hardship/")


async def days_pass(env: WorkflowEnvironment, days: int) -> None:
    """Day by day: one call of the server must not take too long."""
    for _ in range(days):
        await env.sleep(timedelta(days=1))


async def eventually_told(one: Committed, *wanted: tuple[str, str]) -> None:
    async with asyncio.timeout(10):
        while await one.told() != list(wanted):
            await asyncio.sleep(0.02)


async def test_under_a_waived_check_the_letter_settles_for_good(skipping: WorkflowEnvironment) -> None:
    async with committed(skipping, WAIVED) as one:
        await one.ended("unchecked")
        assert await one.told() == [("settled", "commitment_unchecked")]
        assert (await one.heard())[0].evidence_digest == "a" * 64


@pytest.mark.parametrize(
    ("signed", "detail"),
    [
        ({"signed_by": SignedBy.PROXY, "signer_party_id": "p2"}, "signed_by_proxy"),
        ({"signed_by": SignedBy.GUARDIAN, "signer_party_id": "p2"}, "signer_not_guardian"),
        ({"signed_by": SignedBy.SEAL}, "person_has_no_seal"),
    ],
)
async def test_a_signature_by_the_wrong_person_is_refused_and_nobody_is_asked(
    skipping: WorkflowEnvironment, signed: dict[str, Any], detail: str
) -> None:
    async with committed(skipping, signed=signed) as one:
        await one.ended("refused")
        assert await one.told() == [("failed", detail)]
        assert one.bodies == ["commitment_opened", "act_refused", "commitment_ended"]
        assert one.world.outside.credit.asked == []


@pytest.mark.parametrize(
    ("standing", "detail"),
    [
        (CreditStanding.SERIOUS_DISCREDIT, "credit_serious"),
        (CreditStanding.FALSE_COMMITMENT, "credit_false_commitment"),
    ],
)
async def test_unrepaired_discredit_closes_the_route(
    skipping: WorkflowEnvironment, standing: CreditStanding, detail: str
) -> None:
    async with committed(skipping, credit=standing) as one:
        await one.ended("refused")
        assert await one.told() == [("failed", detail)]
        (report,) = await one.heard()
        assert report.evidence_digest in one.world.store.kept, "the platform's own words are kept"


async def test_a_silent_credit_platform_is_never_taken_for_clear(skipping: WorkflowEnvironment) -> None:
    async with committed(skipping, credit=CreditStanding.UNAVAILABLE) as one:
        await days_pass(skipping, 8)
        await one.ended("refused")
        assert await one.told() == [("failed", "credit_unavailable")]
        assert "commitment_counted" not in one.bodies
        (said,) = one.events(CreditChecked)
        assert said.standing is CreditStanding.UNAVAILABLE
        asks = len(one.world.outside.credit.asked) // 2
        assert 10 <= asks <= 80, "asked again over the five working days of the step, ever more rarely"


async def test_one_silent_platform_beside_a_clear_one_is_not_clear(skipping: WorkflowEnvironment) -> None:
    turns = itertools.cycle((CreditStanding.CLEAR, CreditStanding.UNAVAILABLE))
    async with committed(skipping, credit=lambda query: next(turns)) as one:
        await days_pass(skipping, 8)
        await one.ended("refused")
        assert await one.told() == [("failed", "credit_unavailable")]
        assert "commitment_counted" not in one.bodies


async def test_a_platform_that_comes_back_is_heard(skipping: WorkflowEnvironment) -> None:
    async with committed(skipping, credit=CreditStanding.UNAVAILABLE) as one:
        await eventually(lambda: len(one.world.outside.credit.asked) >= 2)
        one.world.outside.credit.standing_of = lambda query: CreditStanding.CLEAR
        await skipping.sleep(timedelta(hours=5))
        await one.until("commitment_counted")
        assert await one.told() == [("provisional", "provisional")]


async def test_it_can_be_taken_back_before_the_decision(skipping: WorkflowEnvironment) -> None:
    async with committed(skipping) as one:
        await one.until("commitment_counted")
        await one.tell(CaseNewsKind.REVOKED)
        await one.ended("revoked")
        assert await one.told() == [("provisional", "provisional")], "the case knows: it was told by him"
        assert one.world.outside.collaboration.requests == {}


async def test_taken_back_while_credit_is_asked_it_never_counts(skipping: WorkflowEnvironment) -> None:
    async with committed(skipping, credit=CreditStanding.UNAVAILABLE) as one:
        await eventually(lambda: len(one.world.outside.credit.asked) >= 2)
        await one.tell(CaseNewsKind.REVOKED)
        await skipping.sleep(timedelta(minutes=10))
        await one.ended("revoked")
        assert await one.told() == []


async def test_neither_the_end_of_the_case_nor_a_withdrawal_stops_the_check_once_decided(
    skipping: WorkflowEnvironment,
) -> None:
    async with committed(skipping) as one:
        await one.until("commitment_counted")
        for kind in (CaseNewsKind.DECIDED, CaseNewsKind.REVOKED, CaseNewsKind.APPLICATION_ENDED):
            await one.tell(kind)
        await eventually(lambda: bool(one.world.outside.collaboration.requests))
        (key,) = one.world.outside.collaboration.requests
        await reply(skipping.client, one.world, key, "confirmed", document_digest="b" * 64)
        await one.ended("fulfilled")
        assert (await one.heard())[-1].evidence_digest == "b" * 64


async def test_the_issuer_is_silent_and_the_department_checks_within_the_working_days_of_the_terms(
    skipping: WorkflowEnvironment,
) -> None:
    today = county_date(await skipping.get_current_time())
    async with committed(skipping, off=6) as one:
        await one.until("commitment_counted")
        await one.tell(CaseNewsKind.DECIDED)
        await one.until("commitment_asked", "assignment_opened")
        due = one.events(CommitmentAsked)[0].check_due_at
        assert county_date(due) == today + timedelta(days=27), "20 working days, and seven days off between them"
        await days_pass(skipping, 5)
        await eventually_task(one, "check")
        view = await one.view()
        (task,) = [t for t in view.tasks if t.assignment == "check"]
        assert task.due_at == due
        await days_pass(skipping, 26)
        assert {t.colour.value for t in (await one.view()).tasks if t.closed is None and t.colour} == {"red"}
        await one.act("record_check", check(found_true=True))
        await one.ended("fulfilled")


async def eventually_task(one: Committed, assignment: str) -> None:
    async with asyncio.timeout(10):
        while not any(t.assignment == assignment and t.closed is None for t in (await one.view()).tasks):
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("answer", [AnswerClass.NOT_FOUND, AnswerClass.TRANSIENT, AnswerClass.MISMATCH])
async def test_sharing_that_gives_nothing_leaves_the_check_to_the_department(
    skipping: WorkflowEnvironment, answer: AnswerClass
) -> None:
    async with committed(skipping, SHARED) as one:
        one.world.platforms[Platform.DATA_SHARING].answers["hardship"] = lambda q: said(answer)
        await one.until("commitment_counted")
        await one.tell(CaseNewsKind.DECIDED)
        await skipping.sleep(timedelta(hours=6))
        await eventually_task(one, "check")
        assert "library_answered" in one.bodies and "commitment_checked" not in one.bodies


async def test_the_draw_of_a_sample_is_recorded_and_can_be_repeated(skipping: WorkflowEnvironment) -> None:
    chosen: list[bool] = []
    for _ in range(6):
        async with committed(skipping, {"check": CheckMode.SAMPLE, "sample_percent": 50}) as one:
            await one.until("commitment_counted")
            await one.tell(CaseNewsKind.DECIDED)
            await one.until("commitment_sampled")
            (drawn,) = one.events(CommitmentSampled)
            again = draw(one.start.application_no, REQUIREMENT, drawn.draw.seed, 50)
            assert (again, again.chosen) == (drawn.draw, drawn.chosen)
            chosen.append(drawn.chosen)
            if drawn.chosen:
                await eventually(lambda: bool(one.world.outside.collaboration.requests))
            else:
                await one.ended("not_sampled")
                assert one.world.outside.collaboration.requests == {}


async def test_broken_heard_decided_recorded_repaired_each_in_its_turn(skipping: WorkflowEnvironment) -> None:
    under = ALL | {"consequences": (Consequence.REVOKE, Consequence.PENALISE), "rectify_days": None}
    async with committed(skipping, under) as one:
        await one.until("commitment_counted")
        await one.tell(CaseNewsKind.DECIDED)
        await eventually(lambda: bool(one.world.outside.collaboration.requests))
        (key,) = one.world.outside.collaboration.requests
        today = county_date(await skipping.get_current_time())
        await reply(skipping.client, one.world, key, "refuted", reason="查无此情况")
        await eventually_told(one, ("provisional", "provisional"), ("reversed", "commitment_broken"))
        assert "not_heard_yet" in await one.refused("decide_consequence", consequence(Consequence.REVOKE))
        await one.act("hear", hearing())
        early = credit_record(today, command_id="credit-0")
        assert "no_consequence_yet" in await one.refused("record_credit", early)
        beyond = consequence(Consequence.STOP, command_id="decide-0")
        assert "consequence_not_in_terms" in await one.refused("decide_consequence", beyond)
        await one.act("decide_consequence", consequence(Consequence.PENALISE, command_id="decide-2"))
        later = credit_record(today + timedelta(days=60), command_id="credit-2")
        assert "document_not_effective" in await one.refused("record_credit", later)
        assert one.world.outside.credit.records == []
        await days_pass(skipping, 61)
        await one.act("record_credit", credit_record(today + timedelta(days=60), command_id="credit-3"))
        await eventually(lambda: len(one.world.outside.credit.records) == 1)
        (record,) = one.world.outside.credit.records
        assert (record.document_no, record.subject.subject_ref) == (
            "示例罚决〔2026〕1号",
            one.start.committer.subject_ref,
        )
        await eventually(lambda: one.bodies.count("request_delivered") == 2)
        repair = RecordRepair(
            command_id="repair-1", actor=clerk(number=2), document_no="示例修复1号", document_digest="f" * 64
        )
        await one.act("record_repair", repair)
        await one.ended("repaired")


async def test_after_a_record_a_new_commitment_is_refused_until_it_is_repaired(skipping: WorkflowEnvironment) -> None:
    async with committed(skipping, credit=CreditStanding.FALSE_COMMITMENT) as barred:
        await barred.ended("refused")
        assert await barred.told() == [("failed", "credit_false_commitment")]
    async with committed(skipping) as free:
        await free.until("commitment_counted")


async def test_he_is_cleared_at_the_hearing_before_the_decision(skipping: WorkflowEnvironment) -> None:
    async with committed(skipping) as one:
        await one.until("commitment_counted")
        await one.act("record_check", check(found_true=False))
        await eventually_told(one, ("provisional", "provisional"), ("reversed", "commitment_broken"))
        await one.act("hear", hearing(cleared=True))
        await one.ended("cleared")
        assert (await one.told())[-1] == ("settled", "commitment_cleared")


async def test_who_checked_does_not_decide_and_a_rectification_not_made_has_consequences(
    skipping: WorkflowEnvironment,
) -> None:
    async with committed(skipping) as one:
        await one.until("commitment_counted")
        await one.act("record_check", check(found_true=False, number=1))
        await one.act("hear", hearing())
        same = consequence(Consequence.STOP, number=1, command_id="decide-0")
        assert "checker_cannot_decide" in await one.refused("decide_consequence", same)
        today = county_date(await skipping.get_current_time())
        await one.act("decide_consequence", consequence(Consequence.RECTIFY, command_id="decide-2"))
        (decided,) = one.events(ConsequenceDecided)
        assert county_date(decided.rectify_due_at) == one.start.calendar.due(today, 15).day
        await eventually_task(one, "rectification")
        await days_pass(skipping, 40)
        await one.act("decide_consequence", consequence(Consequence.STOP, command_id="decide-3"))
        closing = CloseCheck(command_id="close-1", actor=clerk(number=2), finding="已终止办理")
        await one.act("close_check", closing)
        await one.ended("dealt_with")


async def test_what_is_put_right_ends_the_matter(skipping: WorkflowEnvironment) -> None:
    async with committed(skipping) as one:
        await one.until("commitment_counted")
        await one.tell(CaseNewsKind.DECIDED)
        await one.act("record_check", check(found_true=False, number=1))
        await one.act("hear", hearing())
        await one.act("decide_consequence", consequence(Consequence.RECTIFY))
        await eventually_task(one, "rectification")
        confirmed = ConfirmRectified(command_id="rectify-1", actor=clerk(number=2), finding="已整改")
        await one.act("confirm_rectified", confirmed)
        await one.ended("rectified")
        assert one.world.outside.credit.records == []
        withdrawn = [w.key for w in one.world.outside.collaboration.withdrawn]
        assert withdrawn == list(one.world.outside.collaboration.requests), "nobody is left working on the question"


async def test_checked_and_heard_in_one_breath_the_settlement_still_falls(skipping: WorkflowEnvironment) -> None:
    async with committed(skipping) as one:
        await one.until("commitment_counted")
        await one.begin_act("record_check", check(found_true=False))
        await one.act("hear", hearing())
        await eventually_task(one, "consequence")
        assert (await one.told())[-1] == ("reversed", "commitment_broken")


async def test_a_platform_that_refuses_a_record_lets_it_be_ordered_anew(skipping: WorkflowEnvironment) -> None:
    async with committed(skipping) as one:
        await one.until("commitment_counted")
        await one.act("record_check", check(found_true=False))
        await one.act("hear", hearing())
        await one.act("decide_consequence", consequence(Consequence.STOP))
        credit, today = one.world.outside.credit, county_date(await skipping.get_current_time())
        taken = credit.report

        async def refuse(record: CreditRecord) -> PlatformReceipt | Refusal:
            return Refusal(kind=RefusalKind.REFUSED, detail="wrong_form")

        credit.report = refuse  # type: ignore[method-assign]
        await one.act("record_credit", credit_record(today))
        await one.until("request_undelivered")
        credit.report = taken  # type: ignore[method-assign]
        await one.act("record_credit", credit_record(today, command_id="credit-2"))
        await one.until("request_delivered")
        assert [r.key[-1] for r in credit.records] == ["2"], "another key: the platform must not take it for the first"


async def test_acts_of_another_department_are_refused_and_kept(skipping: WorkflowEnvironment) -> None:
    async with committed(skipping) as one:
        await one.until("commitment_counted")
        stranger = check(found_true=False).model_copy(update={"actor": clerk(HEALTH)})
        assert "wrong_department" in await one.refused("record_check", stranger)
        assert await one.told() == [("provisional", "provisional")]


async def test_a_new_run_goes_on_where_the_last_one_stood(skipping: WorkflowEnvironment) -> None:
    async with committed(skipping) as one:
        await one.until("commitment_counted")
        await one.tell(CaseNewsKind.DECIDED)
        await one.act("record_check", check(found_true=False))
        await eventually_task(one, "hearing")
        await one.handle.terminate()
        again = one.start.model_copy(update={"carried": carried_by(one)})
        await skipping.client.start_workflow("CommitmentWorkflow", again, id=one.start.stream, task_queue=one._queue)
        await one.act("hear", hearing())
        await eventually_task(one, "consequence")
        assert (await one.told()).count(("reversed", "commitment_broken")) == 1, "nothing is said twice"
        assert one.bodies.count("commitment_opened") == one.bodies.count("commitment_checked") == 1


async def test_from_the_signature_to_the_confirmed_check_with_the_case_itself(skipping: WorkflowEnvironment) -> None:
    world = county("r_commit")
    async with serving(skipping.client, SETTINGS, world) as queue:
        handle = await submit(skipping.client, queue, request())
        await eventually(lambda: bool(world.outside.collaboration.requests))
        letter = SignCommitment(
            command_id="sign-1",
            actor=clerk(),
            requirement_code="r_commit",
            party_id="p1",
            evidence_type="hardship",
            letter_version="letter_1",
            letter_digest="a" * 64,
            signed_by=SignedBy.SELF,
            signed_at=datetime(2020, 1, 2, tzinfo=UTC),
        )
        await handle.execute_update("sign_commitment", letter)
        await eventually(lambda: "requirement_provisionally_settled" in bodies_of(world, handle.id))
        stream = f"commitment/{handle.id.partition('/')[2]}/r_commit/p1"
        await handle.execute_update("accept", Accept(command_id="accept-1", actor=clerk()))
        decided = ReportDecision(command_id="decide-1", actor=clerk(), decision="granted", reference="R-1")
        await handle.execute_update("report_decision", decided)
        await eventually(lambda: "commitment_asked" in bodies_of(world, stream))
        key = f"{handle.id.partition('/')[2]}/r_commit/p1/commitment/1"
        await eventually(lambda: key in world.outside.collaboration.requests)
        await reply(skipping.client, world, key, "confirmed")
        await eventually(lambda: "commitment_ended" in bodies_of(world, stream))
    assert "application_completed" in bodies_of(world, handle.id)
    assert bodies_of(world, stream)[-1] == "commitment_ended"
    everything = "".join(e.model_dump_json() for e in world.ledger.streams[stream])
    assert "测试甲" not in everything and "350526199001010019" not in everything


def carried_by(one: Committed) -> Any:
    """What the run before would have handed on: the fold of its record."""
    stream = one.world.ledger.streams[one.start.stream]
    state = None
    for event in stream:
        state = apply(state, event)
    last = stream[-1]
    position = LedgerPosition(
        stream=last.stream, sequence=last.sequence, event_id=str(last.event_id), chain_hash="0" * 64
    )
    assert state is not None
    return Carried(state=state, last_id=last.event_id, position=position)
