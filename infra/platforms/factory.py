"""The clients of all platforms a county is connected to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from infra.platforms.assistance import Assistance
from infra.platforms.client import PlatformClient
from infra.platforms.collaboration import Collaboration
from infra.platforms.credit import Credit
from infra.platforms.data_sharing import DataSharing
from infra.platforms.elicence_national import ElicenceNational
from infra.platforms.elicence_provincial import ElicenceProvincial
from infra.platforms.notification import NotificationChannel
from infra.platforms.trusted_documents import TrustedDocuments
from infra.settings import PlatformSettings
from schemas.codes import CREDIT_PLATFORMS, Platform

_DIALECTS: Mapping[Platform, type[PlatformClient]] = {
    Platform.ELICENCE_NATIONAL: ElicenceNational,
    Platform.ELICENCE_PROVINCIAL: ElicenceProvincial,
    Platform.DATA_SHARING: DataSharing,
    Platform.TRUSTED_DOCUMENTS: TrustedDocuments,
}


def clients(settings: Mapping[Platform, PlatformSettings], http: httpx.AsyncClient) -> dict[Platform, PlatformClient]:
    """One ``SharingClient`` for each sharing platform set up, all over one client (``transport.http_client``)."""
    return {p: dialect(settings[p], http) for p, dialect in _DIALECTS.items() if p in settings}


@dataclass(frozen=True)
class ActingClients:
    """Those of the long routes; ``None``, or missing in ``credit``: the county is not connected."""

    collaboration: Collaboration | None
    assistance: Assistance | None
    notification: NotificationChannel | None
    credit: Mapping[Platform, Credit]


def acting_clients(settings: Mapping[Platform, PlatformSettings], http: httpx.AsyncClient) -> ActingClients:
    """The clients of the long routes' platforms that are set up."""
    collaboration = settings.get(Platform.COLLABORATION)
    assistance = settings.get(Platform.ASSISTANCE)
    notification = settings.get(Platform.NOTIFICATION)
    return ActingClients(
        collaboration=Collaboration(collaboration, http) if collaboration else None,
        assistance=Assistance(assistance, http) if assistance else None,
        notification=NotificationChannel(notification, http) if notification else None,
        credit={p: Credit(settings[p], http) for p in CREDIT_PLATFORMS if p in settings},
    )
