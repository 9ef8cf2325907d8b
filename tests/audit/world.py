"""A ledger with a signed log and a witness, on a real database, and bundles of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from infra.audit import verify
from infra.audit.export import export
from infra.audit.source import Told, Wanted
from infra.audit.verify import Finding
from infra.ledger.sequencer import sequence
from infra.ledger.writer import PostgresLedger
from infra.settings import AuditSettings
from infra.transparency import checkpoints
from infra.transparency.keeper import Keeper, places_of
from infra.transparency.log import MerkleLog
from infra.transparency.suites import SHA256_ED25519, Signer, Suite, new_signer
from infra.transparency.witness import WitnessService
from schemas.ledger import AppendRequest
from tests.ledger.cases import whole_case

ORIGIN = "mianzheng/test"
WITNESS_URL = "http://witness.test"


@dataclass
class World:
    pool: asyncpg.Pool
    ledger: PostgresLedger
    folder: Path
    suite: Suite = SHA256_ED25519
    signer: Signer = field(init=False)
    witness_key: Signer = field(init=False)
    settings: AuditSettings = field(init=False)
    client: httpx.AsyncClient = field(init=False)
    exported: list[list[str]] = field(default_factory=list)
    """The cases of each bundle, as it was told before the bundle was there."""

    def __post_init__(self) -> None:
        self.signer = new_signer(ORIGIN, self.suite)
        self.witness_key = new_signer("witness/city", self.suite, cosigns=True)
        self.settings = AuditSettings.model_validate(
            {
                "key_path": self.folder / "key",
                "file": self.folder / "checkpoints.jsonl",
                "witnesses": [{"url": WITNESS_URL, "key": self.witness_key.verifier_key()}],
            }
        )
        service = WitnessService(self.witness_key, [self.signer.verifier_key()], self.folder / "witness")
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(service.app()))

    async def add(self, *numbers: str) -> None:
        """Cases with nine events each, appended and sequenced."""
        for number in numbers:
            request = AppendRequest(run_id="r", chain_run_id="r", events=whole_case(number))
            await self.ledger.append(request)
        await sequence(self.pool)

    async def keep(self, signer: Signer | None = None) -> Keeper:
        """Grow, sign, place."""
        keys = signer or self.signer
        log = await MerkleLog.open(self.pool, ORIGIN, self.suite)
        keeper = Keeper(self.pool, log, keys, places_of(self.settings, self.client), self.settings)
        await keeper.once()
        return keeper

    async def kept(self, name: str = "kept.txt") -> Path:
        """The newest head, as an auditor keeps it."""
        log = await MerkleLog.open(self.pool, ORIGIN, self.suite)
        head = await checkpoints.last(self.pool, log)
        assert head is not None
        path = self.folder / name
        path.write_text(await checkpoints.cosigned(self.pool, log, head))
        return path

    async def export(self, *cases: str, name: str = "bundle.zip", **wanted: object) -> tuple[Path, Told]:
        path = self.folder / name
        told = await export(
            self.pool,
            self.settings,
            self.signer,
            Wanted(cases=cases, **wanted),  # type: ignore[arg-type]
            path,
            on_record=self.record,
        )
        return path, told

    async def record(self, told: Told) -> None:
        """Keep what an export was told to hold."""
        self.exported.append(told.numbers)

    def verify(self, bundle: Path, *kept: Path, evidence: list[Path] | None = None) -> list[Finding]:
        """As an auditor who has the keys from elsewhere."""
        keys = [self.signer.verifier_key(), self.witness_key.verifier_key()]
        return verify.verify(bundle, keys, list(kept), evidence)


def verdicts(findings: list[Finding]) -> dict[str, str]:
    return {finding.check: finding.verdict for finding in findings}


def broken(findings: list[Finding]) -> set[str]:
    return {finding.check for finding in findings if finding.verdict == verify.BROKEN}
