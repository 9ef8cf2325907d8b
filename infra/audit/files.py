"""The files of the evidence that a case's events name by their digests, as far as they are here and may be read."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Literal, NamedTuple

from infra.audit.reading.case import ReadCase
from infra.evidence_store import FileEvidenceStore
from infra.evidence_store.files import EvidenceDamaged, EvidenceMissing
from infra.identity.subject_keys import SubjectErased, SubjectKeys
from infra.platforms.transport import FILE_MAGIC

SUBJECT = re.compile(r"s_[0-9a-f]{32}")

Reason = Literal["erased", "erased_or_absent", "absent", "damaged"]
"""Why a file is left out; ``erased_or_absent`` where a person of the case was erased, and it may have been his."""


class Attached(NamedTuple):
    """A file, or why it is left out."""

    digest: str
    content: bytes | None
    reason: Reason | None

    @property
    def suffix(self) -> str:
        """By what it begins with."""
        kinds = [kind for kind, magic in FILE_MAGIC.items() if (self.content or b"").startswith(magic)]
        return f".{kinds[0].rpartition('/')[2]}" if kinds else ""


class EvidenceFiles:
    """Finds the files of cases in the store."""

    def __init__(self, store: FileEvidenceStore, keys: SubjectKeys) -> None:
        self._store = store
        self._keys = keys

    async def of_case(self, case: ReadCase) -> AsyncIterator[Attached]:
        """Each file that the case names, once; whose it is not every event says, so all its persons are asked."""
        digests = dict.fromkeys(digest for event in case.events for digest in event.documents)
        if not digests:
            return
        subjects = list(dict.fromkeys(ref for event in case.events for ref in _subjects(event.body)))
        erased = set(subjects) - set(await self._keys.existing(subjects))
        for digest in digests:
            yield await self._find(digest, subjects, bool(erased))

    async def _find(self, digest: str, subjects: list[str], some_erased: bool) -> Attached:
        reason: Reason = "erased_or_absent" if some_erased else "absent"
        for subject in subjects:
            try:
                return Attached(digest, await self._store.get(subject, digest), None)
            except EvidenceMissing:
                continue
            except SubjectErased:
                reason = "erased"
            except EvidenceDamaged:
                reason = "damaged"
        return Attached(digest, None, reason)


def _subjects(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "subject_ref" and isinstance(inner, str) and SUBJECT.fullmatch(inner):
                yield inner
            else:
                yield from _subjects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _subjects(inner)
