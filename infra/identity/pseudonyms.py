"""Pseudonyms: one document gives one ``subject_ref``, in every case; without the pepper there is no way back."""

from __future__ import annotations

import hmac
import unicodedata

from schemas.codes import HolderCodeType


class HmacPseudonyms:
    """Derives ``subject_ref`` with a secret ``pepper`` of 32 bytes; changing it would split every person in two."""

    def __init__(self, pepper: bytes) -> None:
        if len(pepper) != 32:
            raise ValueError("pepper 须为 32 字节")
        self._pepper = pepper

    def subject_ref(self, id_type: HolderCodeType, id_number: str) -> str:
        """``s_`` and 32 hexadecimal digits, of the type and the number in its one normal form."""
        named = f"{id_type.value}:{normalised(id_number)}"
        return f"s_{hmac.digest(self._pepper, named.encode(), 'sha256').hex()[:32]}"


def normalised(id_number: str) -> str:
    """One form for the ways a number is typed: full-width forms, small letters and blanks make no other person."""
    return "".join(unicodedata.normalize("NFKC", id_number).split()).upper()
