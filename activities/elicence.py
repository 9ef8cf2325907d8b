"""电子证照库: the two e-licence dialects are two platforms; a batch names the one it is for."""

from __future__ import annotations

from collections.abc import Mapping

from temporalio import activity

from activities.sharing import EvidenceStore, SharingClient, retrieve
from schemas.codes import Platform
from schemas.exchange import Batch, BatchResult


class ElicenceActivities:
    """Retrieves e-licences; ``clients`` holds one client for each e-licence platform."""

    def __init__(self, clients: Mapping[Platform, SharingClient], store: EvidenceStore) -> None:
        self._clients = clients
        self._store = store

    @activity.defn(name="elicence.retrieve")
    async def retrieve(self, batch: Batch) -> BatchResult:
        """One outcome for each query; raises ``PlatformUnavailable`` as ``activities.sharing.retrieve`` says."""
        return await retrieve(self._clients[batch.platform], self._store, batch)
