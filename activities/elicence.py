"""电子证照库: the two e-licence dialects are two platforms; a batch names the one it is for."""

from __future__ import annotations

from collections.abc import Mapping

from temporalio import activity

from activities.sharing import EvidenceStore, SharingClient, retrieve, watch
from schemas.codes import Platform
from schemas.exchange import Batch, BatchResult, WatchRequest


class ElicenceActivities:
    """Retrieves e-licences; ``clients`` holds one client for each e-licence platform."""

    def __init__(self, clients: Mapping[Platform, SharingClient], store: EvidenceStore) -> None:
        self._clients = clients
        self._store = store

    @activity.defn(name="elicence.retrieve")
    async def retrieve(self, batch: Batch) -> BatchResult:
        """One outcome for each query; raises ``PlatformUnavailable`` as ``activities.sharing.retrieve`` says."""
        return await retrieve(self._clients[batch.platform], self._store, batch)

    @activity.defn(name="elicence.watch")
    async def watch(self, request: WatchRequest) -> BatchResult:
        """One outcome for each query once one is news; retried until then as ``activities.sharing.watch`` says."""
        return await watch(self._clients[request.batch.platform], self._store, request)
