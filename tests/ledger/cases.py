"""Events of made-up cases, linked as the recorder links them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from schemas.admission import RaisedRequirement
from schemas.application import Act, Actor, CommandRef, Notice, application_stream
from schemas.catalogue import CatalogueRef
from schemas.codes import ActorKind, HolderCodeType, Mode, PartyKind, Platform, Route
from schemas.errors import FieldError
from schemas.events import (
    ActRefused,
    ApplicationAdmitted,
    ApplicationHandedOver,
    ApplicationReceived,
    ApplicationRefused,
    ApplicationWithdrawn,
    AttemptMade,
    Event,
    EventBody,
    PartyRecord,
    RequirementSettled,
    RungFinding,
    make_event_id,
)
from schemas.evidence import Evidence, Outcome, OutcomeKind

MASTER_KEY = bytes(range(32))
START = datetime(2025, 11, 24, 1, 30, tzinfo=UTC)
SYSTEM = Actor(kind=ActorKind.BUSINESS_SYSTEM, actor_id="yewu-01", department="11350526004086015N")

APPLICANT = "s_" + "a1" * 16
SPOUSE = "s_" + "b2" * 16
COMPANY = "s_" + "c3" * 16
PERSONAL_TEXTS = (
    "测试陈某",
    "测试林某",
    "德化白瓷𠮷祥有限公司",
    "350526199001010019",
    "350526199003071237",
    "1350526MA2XYZ",
    "德化县浔中镇瓷都大道一号",
    "1.2.156.3005.2.11100000",
)
"""Every personal text of the events below, or a telling part of it: none may stand anywhere in the open."""


def link(
    application_no: str,
    bodies: Sequence[EventBody],
    *,
    after: Event | None = None,
    at: datetime = START,
) -> tuple[Event, ...]:
    """The bodies as events of the case's stream, one second apart, after an event or from the beginning."""
    stream = application_stream(application_no)
    events: list[Event] = []
    previous = after
    for index, body in enumerate(bodies):
        sequence = previous.sequence + 1 if previous else 0
        previous_id = previous.event_id if previous else None
        occurred_at = at + timedelta(seconds=index)
        event = Event(
            event_id=make_event_id(stream, sequence, previous_id, occurred_at),
            stream=stream,
            application_no=application_no,
            sequence=sequence,
            previous_id=previous_id,
            occurred_at=occurred_at,
            actor=SYSTEM,
            body=body,
        )
        events.append(event)
        previous = event
    return tuple(events)


def received() -> ApplicationReceived:
    return ApplicationReceived(
        item_code="pottery_market_entry",
        purpose="办理陶瓷市场准入登记",
        mode=Mode.INTERACTIVE,
        party_ids=("applicant", "spouse", "company"),
        received_at=START,
    )


def refused() -> ApplicationRefused:
    return ApplicationRefused(errors=(FieldError(field="item_code", code="unknown_item", message="目录中没有此事项"),))


def ref(command_id: str) -> CommandRef:
    return CommandRef(command_id=command_id, act=Act.WITHDRAW, digest="a" * 64)


def withdrawn(command: str = "cmd-1") -> ApplicationWithdrawn:
    return ApplicationWithdrawn(command=ref(command), reason="申请人改日再来")


def act_refused(command: str = "cmd-2") -> ActRefused:
    error = FieldError(field="(whole)", code="case_ended", message="办件已结束")
    return ActRefused(command=ref(command), act=Act.WITHDRAW, errors=(error,))


def admitted() -> ApplicationAdmitted:
    people = (
        ("applicant", PartyKind.LIVING, APPLICANT, HolderCodeType.RESIDENT_ID, "350526199001010019", "测试陈某"),
        ("spouse", PartyKind.LIVING, SPOUSE, HolderCodeType.RESIDENT_ID, "350526199003071237", "测试林某"),
        ("company", PartyKind.ORGANISATION, COMPANY, HolderCodeType.USCC, "91350526MA2XYZ1234", "德化白瓷𠮷祥有限公司"),
    )
    return ApplicationAdmitted(
        catalogue=CatalogueRef(version="c2025_11", digest="0f" * 32),
        item_name="陶瓷市场准入",
        parties=tuple(
            PartyRecord(
                party_id=party_id,
                role=party_id,
                kind=kind,
                subject_ref=ref,
                id_type=id_type,
                id_number=number,
                name=name,
                facts={"domicile": "德化县浔中镇瓷都大道一号", "married": True, "children": 2},
            )
            for party_id, kind, ref, id_type, number, name in people
        ),
        requirements=tuple(
            RaisedRequirement(
                key=f"req_{n}/applicant",
                rule=f"req_{n}",
                party_id="applicant",
                evidence=(f"ev_{n}",),
                names=("不动产权证书",),
            )
            for n in range(3)
        ),
        notice_due=date(2025, 12, 1),
        notice_due_provisional=False,
    )


def attempt(n: int) -> AttemptMade:
    return AttemptMade(
        requirement=f"req_{n}/applicant",
        evidence=f"ev_{n}",
        route=Route.ELICENCE,
        platform=Platform.ELICENCE_PROVINCIAL,
        resource_code="11100000000013338W011",
        round=1,
        asked_at=START,
        outcome=Outcome(
            kind=OutcomeKind.HIT,
            platform_code="0",
            detail="one_valid_record",
            asked_at=START,
            answered_at=START + timedelta(milliseconds=180),
            evidence=Evidence(
                subject_ref=APPLICANT,
                evidence_type=f"ev_{n}",
                platform=Platform.ELICENCE_PROVINCIAL,
                resource_code="11100000000013338W011",
                identifier="1.2.156.3005.2.11100000000013338W011.11350526004086015N.0001.001.A",
                digest="ab" * 32,
                media_type="application/ofd",
                size=48_213,
                retrieved_at=START + timedelta(milliseconds=150),
                valid_until=date(2035, 1, 1),
                verdict="one_valid_record",
            ),
        ),
    )


def settled(n: int) -> RequirementSettled:
    return RequirementSettled(
        requirement=f"req_{n}/applicant",
        evidence=f"ev_{n}",
        ground="elicence",
        basis="《不动产登记暂行条例》第二十一条",
        evidence_digest="ab" * 32,
        findings=(
            RungFinding(route=Route.ABOLISHED, evidence=f"ev_{n}", reason="not_cancelled"),
            RungFinding(route=Route.ELICENCE, evidence=f"ev_{n}", reason="hit"),
        ),
    )


def handed_over() -> ApplicationHandedOver:
    return ApplicationHandedOver(notice=Notice(text="请补正。", due=date(2025, 12, 1), due_provisional=False))


def whole_case(application_no: str, at: datetime = START) -> tuple[Event, ...]:
    """The common case: three requirements, all shared; nine events, four of them with personal values."""
    asked, closed = [attempt(n) for n in range(3)], [settled(n) for n in range(3)]
    bodies: tuple[EventBody, ...] = (received(), admitted(), *asked, *closed, handed_over())
    return link(application_no, bodies, at=at)
