"""What is in a file as it was sent: as it is, packed by gzip, or one file in a zip."""

import gzip
import lzma
import struct
import zipfile
import zlib
from typing import IO, Protocol

from compliance.list_files import Unreadable

_DAMAGED = "The packed file is damaged or was cut off. Send it again."
_STEP = 1 << 20


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class Stream:
    """The text of a file, from some place on. Whatever is wrong with its packing is Unreadable, in a sentence."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._text = self._opened()

    def _opened(self) -> _Readable:
        magic = self._file.read(4)
        self._file.seek(0)
        if magic.startswith(b"\x1f\x8b"):
            return gzip.GzipFile(fileobj=self._file)
        if magic == b"PK\x03\x04":
            return self._only_one_of_zip()
        return self._file

    def _only_one_of_zip(self) -> _Readable:
        try:
            packed = zipfile.ZipFile(self._file)
            names = [one for one in packed.infolist() if not one.is_dir()]
            if any(one.filename == "[Content_Types].xml" for one in names):
                raise Unreadable("This is a spreadsheet. Save the numbers as CSV.")
            if len(names) != 1:
                raise Unreadable(f"There are {len(names)} files in this archive. Send one at a time.")
            return packed.open(names[0])
        except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, OverflowError, ValueError, OSError):
            raise Unreadable(_DAMAGED) from None
        except RuntimeError:
            raise Unreadable("The archive is locked with a password. Send it without one.") from None

    def read(self, size: int) -> bytes:
        """So many bytes of the text, fewer at its end only."""
        found = []
        try:
            while size > 0 and (part := self._text.read(size)):
                found.append(part)
                size -= len(part)
        except (EOFError, zlib.error, lzma.LZMAError, struct.error, zipfile.BadZipFile):
            raise Unreadable(_DAMAGED) from None
        except OSError as error:
            if error.errno is not None:  # the disk's; without a number it is what bz2 and gzip say of their content
                raise
            raise Unreadable(_DAMAGED) from None
        return b"".join(found)

    def go_to(self, place: int) -> None:
        """From the beginning to a place in the text. Packed text is unpacked on the way."""
        if self._text is self._file:
            self._file.seek(place)
            return
        while place > 0 and (part := self.read(min(place, _STEP))):
            place -= len(part)

    @property
    def bytes_read(self) -> int:
        """How far this has come in the file as it lies there."""
        return self._file.tell()
