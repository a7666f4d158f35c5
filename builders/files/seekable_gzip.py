"""Reads gzip files at any position without unpacking them to disk."""

from __future__ import annotations

import io
import zlib
from bisect import bisect_right
from typing import IO, Any

__all__ = ["SeekableGzip"]

SPACING = 16 << 20
"""Bytes between states that are kept, of 40 KB each; a read decompresses at most this much before its position."""

CHUNK = 1 << 16
GZIP = 16 + zlib.MAX_WBITS


class SeekableGzip(io.RawIOBase):
    """The uncompressed bytes of a gzip file of one or several members.

    States of the decompressor are kept while the file is read first, so that a later read starts at the nearest one.

    Args:
        stream: The compressed file, which must be seekable; it is closed with this.

    Raises:
        EOFError: Raised on reading if the file ends too early.
        zlib.error: Raised on reading if the file is damaged.

    Example:
        with SeekableGzip(open("train.tar.gz", "rb")) as stream:
            stream.seek(1 << 30)
    """

    def __init__(self, stream: IO[bytes], *, spacing: int = SPACING) -> None:
        self._stream, self._spacing = stream, spacing
        self._wanted = self._position = 0
        self._inflate = zlib.decompressobj(GZIP)
        self._input = self._output = b""
        # Before each position: the offset in the file, the input that was read but not used, and the decompressor.
        self._positions, self._states = [0], [(stream.tell(), b"", self._inflate.copy())]

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether it can be read at any position."""
        return True

    def tell(self) -> int:
        """The position of the next read."""
        return self._wanted

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Set the position of the next read, from the start or from the current position."""
        if whence == io.SEEK_END:
            raise io.UnsupportedOperation("the size of a gzip file is known only when it has been read")
        self._wanted = max(offset + (self._wanted if whence == io.SEEK_CUR else 0), 0)
        return self._wanted

    def readinto(self, buffer: Any) -> int:
        """Read at most one chunk."""
        self._approach()
        if not self._output and not self._fill():
            return 0
        count = min(len(buffer), len(self._output))
        buffer[:count], self._output = self._output[:count], self._output[count:]
        self._position += count
        self._wanted = self._position
        return count

    def close(self) -> None:
        """Close the compressed file as well."""
        if not self.closed:
            self._stream.close()
        super().close()

    def _approach(self) -> None:
        """Go to the wanted position, back to a state or ahead by decompressing."""
        state = bisect_right(self._positions, self._wanted) - 1
        if self._wanted < self._position or self._positions[state] > self._position + len(self._output):
            offset, self._input, inflate = self._states[state]
            self._stream.seek(offset)
            self._inflate, self._position, self._output = inflate.copy(), self._positions[state], b""
        while self._position < self._wanted and (self._output or self._fill()):
            passed = min(len(self._output), self._wanted - self._position)
            self._position, self._output = self._position + passed, self._output[passed:]

    def _fill(self) -> bool:
        """Decompress the next bytes; False at the end of the file."""
        while not self._output:
            self._keep_state()
            if self._inflate.eof:
                self._inflate, self._input = zlib.decompressobj(GZIP), self._inflate.unused_data
                self._input = (self._input or self._stream.read(CHUNK)).lstrip(b"\0")
                if not self._input:
                    self._inflate = _at_end()
                    return False
            self._input = self._input or self._stream.read(CHUNK)
            if not self._input:
                raise EOFError("the gzip file ends too early")
            self._output = self._inflate.decompress(self._input, CHUNK)
            self._input = self._inflate.unconsumed_tail
        return True

    def _keep_state(self) -> None:
        if self._position - self._positions[-1] >= self._spacing:
            self._positions.append(self._position)
            self._states.append((self._stream.tell(), self._input, self._inflate.copy()))


def _at_end() -> Any:
    inflate = zlib.decompressobj(GZIP)
    inflate.decompress(_EMPTY)
    return inflate


_EMPTY = zlib.compress(b"", wbits=GZIP)
