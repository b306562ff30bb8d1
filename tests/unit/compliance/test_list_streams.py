"""Packed lists whose bytes are broken: read, or refused in a sentence, however they were packed."""

import gzip
import io
import struct
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.list_files import Unreadable
from compliance.list_streams import Stream

TEXT = b"\n".join(b"212555%04d" % (n * 7919 % 10_000) for n in range(2000))


def zipped(method: int) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as packed:
        packed.writestr("numbers.csv", TEXT)
    return content.getvalue()


PACKED = [gzip.compress(TEXT), *map(zipped, (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))]


def read(content: bytes) -> bytes:
    stream, parts = Stream(io.BytesIO(content)), []
    while part := stream.read(4096):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("packed", PACKED, ids=["gzip", "deflate", "bzip2", "lzma"])
def test_what_was_packed_is_read(packed: bytes) -> None:
    assert read(packed) == TEXT


@pytest.mark.parametrize("packed", PACKED, ids=["gzip", "deflate", "bzip2", "lzma"])
@given(broken=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_broken_bytes_are_refused_in_a_sentence(packed: bytes, broken: list[tuple[float, int]]) -> None:
    content = bytearray(packed)
    for place, byte in broken:
        content[int(place * len(content))] = byte
    with suppress(Unreadable):
        read(bytes(content))


@pytest.mark.parametrize("place", [2**40, 2**63, 2**64 - 2])
def test_an_archive_that_points_to_nowhere_is_refused_in_a_sentence(place: int) -> None:
    """In the form for large archives the place of a file has 64 bits (APPNOTE.TXT, 4.5.3)."""
    content = zipped(zipfile.ZIP_DEFLATED)
    directory, end = content.index(b"PK\x01\x02"), bytearray(content[content.index(b"PK\x05\x06") :])
    entry, large = bytearray(content[directory : -len(end)]), struct.pack("<HHQ", 1, 8, place)
    entry[42:46] = b"\xff" * 4
    entry[30:32] = struct.pack("<H", len(large))
    end[12:16] = struct.pack("<L", len(entry) + len(large))
    with pytest.raises(Unreadable, match="damaged"):
        read(content[:directory] + bytes(entry) + large + bytes(end))


def test_a_disk_that_fails_is_no_damaged_file() -> None:
    """It is tried again, where a damaged file would have to be sent again."""

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 1000:
                raise OSError(5, "Input/output error")
            return super().read(min(size or 0, 500))

    stream = Stream(Failing(gzip.compress(TEXT)))
    with pytest.raises(OSError, match="Input/output error"):
        stream.read(len(TEXT))
