"""市汇聚共享平台."""

from __future__ import annotations

from temporalio import activity

from activities.sharing import EvidenceStore, SharingClient, retrieve
from schemas.exchange import Batch, BatchResult


class DataSharingActivities:
    """Retrieves shared data of departments."""

    def __init__(self, client: SharingClient, store: EvidenceStore) -> None:
        self._client = client
        self._store = store

    @activity.defn(name="data_sharing.retrieve")
    async def retrieve(self, batch: Batch) -> BatchResult:
        """One outcome for each query; raises ``PlatformUnavailable`` as ``activities.sharing.retrieve`` says."""
        return await retrieve(self._client, self._store, batch)
