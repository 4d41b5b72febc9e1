"""The ZIP archive of an Inspect log (`.eval`), member by member, in the memory of one chunk.

Since version 0.3.206 Inspect writes members with Zstandard, which Python reads by itself only from
3.14 on. Inspect's own reader is not used at all: it holds every sample of a log in memory, and
where it is installed, so is `zstandard`, which is all that is missing here.
"""

import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self, TypeAlias, cast

from evalreport.errors import DataError, Problem
from evalreport.importers.json_walk import Readable
from evalreport.importers.reading import refuse_unreadable

LARGEST_MEMBER: Final = 1 << 31  # bytes, unpacked
_ZSTANDARD: Final = 93
_IS_ENCRYPTED: Final = 0x1
_LOCAL_HEAD: Final = 30  # bytes of a member's own header, before its name
CONVERT: Final = "inspect log convert --to json --output-dir FOLDER LOG"
_COPY: Final = "copy the whole file again"
_Damages: TypeAlias = tuple[type[Exception], ...]
_DAMAGES: Final[_Damages] = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    zlib.error,
    zipfile.BadZipFile,
)


class DamagedMember(Exception):
    """A member of the archive cannot be read to its end.

    Attributes:
        why: In words.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class LogArchive:
    """An open archive.

    Attributes:
        path: The file.
        names: Of its members, each once, in order; of members with one name the last counts, as it
            does for Inspect.
    """

    path: Path
    names: tuple[str, ...]
    _zip: zipfile.ZipFile

    @classmethod
    def at(cls, path: Path) -> Self:
        """The archive in a file.

        Raises:
            DataError: It cannot be read, or is no archive.
        """
        try:
            archive = zipfile.ZipFile(path)
        except zipfile.BadZipFile as error:
            what = "the ZIP archive is damaged, or was cut when it was copied"
            raise DataError(Problem(str(path), what, _COPY)) from error
        except OSError as error:
            refuse_unreadable(path, error)
        except (ValueError, NotImplementedError, UnicodeError) as error:
            what = "the ZIP archive has a list of members that cannot be read"
            raise DataError(Problem(str(path), what, _COPY)) from error
        return cls(path, tuple(dict.fromkeys(archive.namelist())), archive)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._zip.close()

    def has(self, name: str) -> bool:
        """Whether there is such a member."""
        return name in self._zip.NameToInfo

    @contextmanager
    def opened(self, name: str) -> Iterator[Readable]:
        """A member, unpacked while it is read.

        Raises:
            DamagedMember: It is too large, or cannot be opened; also while it is read.
            DataError: Something has to be installed first.
        """
        if not self.has(name):
            raise DamagedMember("a part is missing")
        info = self._zip.getinfo(name)
        if info.file_size > LARGEST_MEMBER:
            raise DamagedMember(f"a part is larger than {LARGEST_MEMBER >> 30} GiB")
        if info.flag_bits & _IS_ENCRYPTED:
            raise DamagedMember("a part is encrypted")
        with self.path.open("rb") as raw, _unpacked(self.path, self._zip, info, raw) as found:
            stream, damages = found
            yield _Checked(stream, info.file_size, info.CRC, damages)


@contextmanager
def _unpacked(
    path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, raw: BinaryIO
) -> Iterator[tuple[Readable, _Damages]]:
    """The unpacked bytes, and what reading them raises where they are damaged."""
    if info.compress_type == _ZSTANDARD and sys.version_info < (3, 14):
        try:
            import zstandard
        except ImportError as error:
            what = "the log is packed with Zstandard, which this Python does not read by itself"
            hint = f"pip install 'evalreport[inspect]', or: {CONVERT}"
            raise DataError(Problem(str(path), what, hint)) from error
        packed = _Slice(raw, _start(raw, info), info.compress_size)
        frames = zstandard.ZstdDecompressor()
        stream = frames.stream_reader(cast("BinaryIO", packed), read_across_frames=True)
        yield stream, (*_DAMAGES, zstandard.ZstdError)
        return
    try:
        member = archive.open(info)
    except _DAMAGES as error:
        raise DamagedMember("a part cannot be unpacked") from error
    with member:
        yield member, (*_DAMAGES, *_zstandard_errors())


def _zstandard_errors() -> _Damages:
    if sys.version_info >= (3, 14):
        from compression.zstd import ZstdError

        return (ZstdError,)
    return ()


def _start(raw: BinaryIO, info: zipfile.ZipInfo) -> int:
    """Where the bytes of a member begin: behind its own header, whose lengths may differ."""
    raw.seek(info.header_offset)
    head = raw.read(_LOCAL_HEAD)
    if len(head) < _LOCAL_HEAD or not head.startswith(b"PK\x03\x04"):
        raise DamagedMember("a part cannot be unpacked")
    lengths = (int.from_bytes(head[at : at + 2], "little") for at in (26, 28))
    return info.header_offset + _LOCAL_HEAD + sum(lengths)


class _Slice:
    """So many bytes of a file from some place on."""

    def __init__(self, raw: BinaryIO, start: int, size: int) -> None:
        raw.seek(start)
        self._raw, self._left = raw, size

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes of what is left."""
        wanted = self._left if size < 0 else min(size, self._left)
        found = self._raw.read(wanted)
        self._left -= len(found)
        return found


class _Checked:
    """What a member holds, which must be as long as the archive says, and have its checksum."""

    def __init__(self, stream: Readable, size: int, checksum: int, damages: _Damages) -> None:
        self._stream, self._left, self._damages = stream, size, damages
        self._checksum, self._so_far = checksum, 0

    def read(self, size: int, /) -> bytes:
        """At most so many bytes.

        Raises:
            DamagedMember: The member is not what the archive says.
        """
        try:
            found = self._stream.read(size)
        except self._damages as error:
            raise DamagedMember("a part cannot be unpacked") from error
        self._left -= len(found)
        self._so_far = zlib.crc32(found, self._so_far)
        if self._left < 0 or (not found and (self._left or self._so_far != self._checksum)):
            raise DamagedMember("a part is not as long as the archive says, or was changed")
        return found
