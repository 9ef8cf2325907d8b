"""可信电子文件库."""

from __future__ import annotations

from temporalio import activity

from activities.sharing import EvidenceStore, SharingClient, retrieve, watch
from schemas.exchange import Batch, BatchResult, WatchRequest


class TrustedDocumentActivities:
    """Retrieves result documents of public services."""

    def __init__(self, client: SharingClient, store: EvidenceStore) -> None:
        self._client = client
        self._store = store

    @activity.defn(name="trusted_documents.retrieve")
    async def retrieve(self, batch: Batch) -> BatchResult:
        """One outcome for each query; raises ``PlatformUnavailable`` as ``activities.sharing.retrieve`` says."""
        return await retrieve(self._client, self._store, batch)

    @activity.defn(name="trusted_documents.watch")
    async def watch(self, request: WatchRequest) -> BatchResult:
        """One outcome for each query once one is news; retried until then as ``activities.sharing.watch`` says."""
        return await watch(self._client, self._store, request)
