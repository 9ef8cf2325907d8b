"""Stand-ins for the people and platforms of the long routes: what was sent is kept, what is said is up to the test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from activities.assistance import AssistanceActivities
from activities.calendar import CalendarActivities
from activities.collaboration import CollaborationActivities
from activities.credit import CreditActivities
from activities.notification import NotificationActivities
from activities.sharing import EvidenceStore
from schemas.assistance_exchange import AssistanceOrder, AssistanceRevocation
from schemas.clock import WorkingCalendar
from schemas.codes import Platform
from schemas.collaboration_exchange import CollaborationNudge, CollaborationRequest, CollaborationWithdrawal
from schemas.credit_exchange import CreditQuery, CreditRecord, CreditReply, CreditStanding
from schemas.identifiers import Uscc
from schemas.notification_exchange import DeskAnswer, Notification
from schemas.outside import PlatformReceipt, Refusal, RefusalKind
from workers.registry import Activity


def receipt(key: str) -> PlatformReceipt:
    return PlatformReceipt(platform_ref=f"ref-{len(key)}", received_at=datetime.now(UTC), repeated=False)


class FakeCollaboration:
    """The integrated platform: takes everything in; ``down`` makes it unavailable, ``strangers`` are not on it."""

    def __init__(self) -> None:
        self.requests: dict[str, CollaborationRequest] = {}
        self.reminded: list[CollaborationNudge] = []
        self.withdrawn: list[CollaborationWithdrawal] = []
        self.down = False
        self.strangers: tuple[str, ...] = ()

    async def request(self, request: CollaborationRequest) -> PlatformReceipt | Refusal:
        if self.down:
            return Refusal(kind=RefusalKind.UNAVAILABLE, detail="down")
        if request.to_department in self.strangers:
            return Refusal(kind=RefusalKind.NOT_ON_PLATFORM, detail="unknown_department")
        self.requests[request.key] = request
        return receipt(request.key)

    async def remind(self, nudge: CollaborationNudge) -> PlatformReceipt | Refusal:
        self.reminded.append(nudge)
        return receipt(nudge.key)

    async def withdraw(self, withdrawal: CollaborationWithdrawal) -> PlatformReceipt | Refusal:
        self.withdrawn.append(withdrawal)
        return receipt(withdrawal.key)


class FakeAssistance:
    """The unified assistance system."""

    def __init__(self) -> None:
        self.orders: dict[str, AssistanceOrder] = {}
        self.revoked: list[AssistanceRevocation] = []
        self.connected = True
        self.down = False

    async def open(self, order: AssistanceOrder) -> PlatformReceipt | Refusal:
        if self.down:
            return Refusal(kind=RefusalKind.UNAVAILABLE, detail="down")
        if not self.connected:
            return Refusal(kind=RefusalKind.NOT_ON_PLATFORM, detail="not_connected")
        self.orders[order.key] = order
        return receipt(order.key)

    async def revoke(self, revocation: AssistanceRevocation) -> PlatformReceipt | Refusal:
        self.revoked.append(revocation)
        return receipt(revocation.key)


class FakeCredit:
    """A credit platform; everybody is clear unless ``standing`` says otherwise."""

    def __init__(self) -> None:
        self.standing_of: Callable[[CreditQuery], CreditStanding] = lambda query: CreditStanding.CLEAR
        self.asked: list[CreditQuery] = []
        self.records: list[CreditRecord] = []

    async def standing(self, query: CreditQuery) -> CreditReply:
        self.asked.append(query)
        standing = self.standing_of(query)
        return CreditReply(standing=standing, detail=standing.value, body=b"{}", answered_at=datetime.now(UTC))

    async def report(self, record: CreditRecord) -> PlatformReceipt | Refusal:
        self.records.append(record)
        return receipt(record.key)


class FakeNotification:
    """The notification channel: two desks a department; ``away`` are the desks where nobody is."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Notification]] = []
        self.away: tuple[str, ...] = ()

    async def desks(self, department: Uscc) -> tuple[str, ...] | Refusal:
        return (f"{department}-1", f"{department}-2")

    async def send_to(self, notification: Notification, desk: str) -> DeskAnswer | Refusal:
        if desk in self.away:
            return DeskAnswer(recipient=None, channel="fake", detail="away", at=datetime.now(UTC))
        self.sent.append((desk, notification))
        return DeskAnswer(recipient=desk, channel="fake", at=datetime.now(UTC))


class Outside:
    """Everything of the long routes that is not ours."""

    def __init__(self, calendar: WorkingCalendar, store: EvidenceStore) -> None:
        self.collaboration = FakeCollaboration()
        self.assistance = FakeAssistance()
        self.credit = FakeCredit()
        self.notification = FakeNotification()
        self.calendar = calendar
        self._store = store

    def activities(self) -> tuple[Activity, ...]:
        collaboration = CollaborationActivities(self.collaboration)
        assistance = AssistanceActivities(self.assistance)
        clients = dict.fromkeys((Platform.CREDIT_PROVINCIAL, Platform.CREDIT_CITY), self.credit)
        credit = CreditActivities(clients, self._store)
        notification = NotificationActivities(self.notification)
        return (
            collaboration.request,
            collaboration.remind,
            collaboration.withdraw,
            assistance.open,
            assistance.revoke,
            credit.check,
            credit.report,
            notification.deliver,
            CalendarActivities(lambda: self.calendar).current,
        )
