"""The doubles of the long routes' platforms that a sandbox serves: those whose caller it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.sandbox.acting import ActingDouble
from infra.sandbox.assistance import Assistance
from infra.sandbox.collaboration import Collaboration
from infra.sandbox.credit import Credit, CreditRegister
from infra.sandbox.notification import NotificationChannel
from infra.sandbox.state import State
from schemas.codes import CREDIT_PLATFORMS, Platform


@dataclass(frozen=True)
class Offices:
    """The doubles by platform, and the credit register behind two of them."""

    doubles: Mapping[Platform, ActingDouble]
    register: CreditRegister


def open_offices(state: State) -> Offices:
    """The doubles of every platform whose caller the state knows."""
    register = CreditRegister(state.population.seed)
    doubles: dict[Platform, ActingDouble] = {
        p: Credit(state, p, register) for p in CREDIT_PLATFORMS if p in state.guards
    }
    if Platform.COLLABORATION in state.guards:
        doubles[Platform.COLLABORATION] = Collaboration(state, state.reply_seconds)
    if Platform.ASSISTANCE in state.guards:
        doubles[Platform.ASSISTANCE] = Assistance(state, state.reply_seconds)
    if Platform.NOTIFICATION in state.guards:
        doubles[Platform.NOTIFICATION] = NotificationChannel(state)
    return Offices(doubles, register)
