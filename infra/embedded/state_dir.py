"""Where one stack keeps everything: settings, data, logs, and the record of what runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEFAULT = Path(".mianzheng")
ENVIRONMENT = "MIANZHENG_STATE_DIR"


@dataclass(frozen=True)
class StateDir:
    """The paths below the state directory of one stack."""

    root: Path

    @classmethod
    def at(cls, path: Path) -> StateDir:
        """The state directory at a path, made absolute, so that it means the same to every process of the stack."""
        return cls(path.expanduser().resolve())

    @property
    def settings(self) -> Path:
        """The settings file (TOML, 0600): what ``infra.settings`` reads through ``MIANZHENG_CONFIG``."""
        return self.root / "settings.toml"

    @property
    def record(self) -> Path:
        """What runs, by process id and start time."""
        return self.root / "stack.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor as long as it lives."""
        return self.root / "lock"

    @property
    def postgres(self) -> Path:
        """The database's data directory."""
        return self.root / "postgres"

    @property
    def temporal(self) -> Path:
        """The Temporal server's database file."""
        return self.root / "temporal.db"

    @property
    def evidence(self) -> Path:
        """The evidence store."""
        return self.root / "evidence"

    @property
    def reports(self) -> Path:
        """The files of reports."""
        return self.root / "reports"

    @property
    def sandbox_secrets(self) -> Path:
        """What the sandbox platforms check signatures with (0600)."""
        return self.root / "sandbox-secrets.json"

    @property
    def issuer_key(self) -> Path:
        """What the stack signs its own access tokens with (0600)."""
        return self.root / "issuer-key.pem"

    @property
    def log_key(self) -> Path:
        """What the stack signs the heads of its ledger's log with (0600)."""
        return self.root / "log-key"

    @property
    def checkpoints(self) -> Path:
        """Every signed head, a line each."""
        return self.root / "checkpoints.jsonl"

    @property
    def logs(self) -> Path:
        """One log for each part."""
        return self.root / "logs"

    def log(self, part: str) -> Path:
        """The log of a part."""
        return self.logs / f"{part}.log"

    def ready(self, part: str) -> Path:
        """The file a part touches when it serves."""
        return self.root / "ready" / part

    def create(self) -> None:
        """Make the directories.  The root may be passed through, for the database can run as a user of its own."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o711)
        self.lock.touch(mode=0o600)
        for private in (self.logs, self.evidence, self.root / "ready"):
            private.mkdir(exist_ok=True, mode=0o700)
