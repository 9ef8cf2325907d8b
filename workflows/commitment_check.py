"""The check of a commitment by our own lookup: each open source once, until one says something either way."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from schemas.commitment import CommitmentStart, CommitmentState
    from schemas.commitment_reports import check_batches, checked_by_sharing
    from schemas.evidence import Outcome, OutcomeKind
    from schemas.exchange import Batch
    from schemas.lookup import answer_of
    from schemas.texts import zh

from workflows.inquiry import RETRIEVE
from workflows.procedure import SYSTEM
from workflows.recorder import Recorder
from workflows.stuck import Snags, is_not_kept, kept_trying

LOOK_RETRY = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=10))


async def look_up(start: CommitmentStart, recorder: Recorder[CommitmentState]) -> None:
    """Ask the sources in their order; a person's word in the meantime ends it."""
    for batch in check_batches(start, workflow.now()):
        if recorder.state.found_true is not None:
            return
        outcome = await _outcome(start, batch, recorder.snags)
        recorder.record(answer_of(batch, outcome), SYSTEM)
        found = checked_by_sharing(batch.platform, outcome)
        if found is not None and recorder.state.found_true is None:
            recorder.record(found, SYSTEM)


async def _outcome(start: CommitmentStart, batch: Batch, snags: Snags) -> Outcome:
    """What a source says; one that is down is waited for as long as until it would be asked again."""
    asked_at = workflow.now()
    ask = timedelta(seconds=start.library.ask_seconds[batch.platform])
    platform, names = zh.PLATFORMS[batch.platform.value], f"「{start.kind.name}」"
    while True:
        try:
            result = await kept_trying(
                RETRIEVE[batch.platform],
                batch,
                snags=snags,
                stuck_on=zh.STUCK_PLATFORM.format(platform=platform),
                within=max(ask, timedelta(seconds=start.policy.reask_seconds)),
                start_to_close=ask,
                retry=LOOK_RETRY,
                task_queue=start.queues.get("platforms"),
                summary=zh.SUMMARY_ASK.format(platform=platform, names=names),
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            if not is_not_kept(error):
                now = workflow.now()
                return Outcome(
                    kind=OutcomeKind.TRANSIENT, detail="not_answered_in_time", asked_at=asked_at, answered_at=now
                )
        else:
            return result.outcomes[0]
