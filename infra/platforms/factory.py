"""The clients of all platforms a county is connected to."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from infra.platforms.client import PlatformClient
from infra.platforms.data_sharing import DataSharing
from infra.platforms.elicence_national import ElicenceNational
from infra.platforms.elicence_provincial import ElicenceProvincial
from infra.platforms.trusted_documents import TrustedDocuments
from infra.settings import PlatformSettings
from schemas.codes import Platform

_DIALECTS: Mapping[Platform, type[PlatformClient]] = {
    Platform.ELICENCE_NATIONAL: ElicenceNational,
    Platform.ELICENCE_PROVINCIAL: ElicenceProvincial,
    Platform.DATA_SHARING: DataSharing,
    Platform.TRUSTED_DOCUMENTS: TrustedDocuments,
}


def clients(settings: Mapping[Platform, PlatformSettings], http: httpx.AsyncClient) -> dict[Platform, PlatformClient]:
    """One ``SharingClient`` for each platform set up, all over one HTTP client (``transport.http_client`` makes it)."""
    return {platform: _DIALECTS[platform](configured, http) for platform, configured in settings.items()}
