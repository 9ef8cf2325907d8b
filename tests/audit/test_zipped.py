"""The ZIP writer against the library that reads it."""

from __future__ import annotations

import io
import zipfile

import pytest

from infra.audit.zipped import ZipStream, ZipTooLarge


def written(files: dict[str, list[bytes]], most: int = 1 << 30) -> bytes:
    out = io.BytesIO()
    stream = ZipStream(out, most)
    try:
        for name, pieces in files.items():
            with stream.file(name) as write:
                for piece in pieces:
                    write(piece)
        stream.finish()
    finally:
        stream.close()
    return out.getvalue()


def test_what_is_written_is_read() -> None:
    files = {"空.txt": [], "一/二.bin": [b"a" * 70_000, b"", bytes(range(256)) * 999], "c": [b"x"]}
    content = written(files)
    with zipfile.ZipFile(io.BytesIO(content)) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == {n: b"".join(p) for n, p in files.items()}
    assert written(files) == content, "the same content, the same bytes"


def test_more_files_than_the_old_format_counts() -> None:
    with zipfile.ZipFile(io.BytesIO(written({f"p/{n}": [b"%d" % n] for n in range(66_000)}))) as read:
        assert len(read.namelist()) == 66_000
        assert read.read("p/65999") == b"65999"


def test_what_is_too_large_is_broken_off() -> None:
    with pytest.raises(ZipTooLarge):
        written({"a": [bytes(range(256)) * 4000, bytes(1 << 20)] * 50}, most=4000)
