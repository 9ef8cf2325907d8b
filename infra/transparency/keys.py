"""Key files: one line, readable by their owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from infra.transparency.suites import Signer, Suite, new_signer, read_signer


class KeyExposed(ValueError):
    """The key file can be read by others than its owner."""


def load_key(path: Path) -> Signer:
    """The key in a file.  Raises KeyExposed, ValueError, OSError."""
    if path.stat().st_mode & 0o077:
        raise KeyExposed(f"{path} 可被他人读取，须为 0600")
    return read_signer(path.read_text(encoding="utf-8"))


def ensure_key(path: Path, name: str, suite: Suite, *, cosigns: bool = False) -> None:
    """Make a key (0600) where there is none; one made before is never replaced."""
    if path.exists():
        return
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(new_signer(name, suite, cosigns=cosigns).encoded() + "\n")
    fresh.replace(path)
