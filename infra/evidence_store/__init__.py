"""The bytes that prove, kept by their digest."""

from infra.evidence_store.files import EvidenceDamaged, EvidenceMissing, FileEvidenceStore

__all__ = ["EvidenceDamaged", "EvidenceMissing", "FileEvidenceStore"]
