"""Reading numbers bit by bit: what parameter sets and audio configurations are made of.

Nothing here trusts its input: every read is checked against the end, every exp-Golomb number against the limit its
standard gives it, so that a broken configuration ends in ``InvalidMediaError`` after a bounded amount of work.
"""

from __future__ import annotations

from reelwright.model.errors import InvalidMediaError

__all__ = ["BitReader"]


class BitReader:
    """The bits of some bytes, most significant first (ITU-T H.264, 7.2 and 9.1; ISO/IEC 14496-1, 8).

    >>> bits = BitReader(bytes([0b0101_0110]), "an example")
    >>> bits.bits(1), bits.ue(), bits.flag()
    (0, 0, False)

    Args:
        data: the bytes, without emulation prevention.
        what: what they are, for error messages: "a sequence parameter set".
    """

    __slots__ = ("_data", "_end", "_what", "position")

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._end = len(data) * 8
        self._what = what
        self.position = 0

    @property
    def left(self) -> int:
        """Bits not yet read."""
        return self._end - self.position

    def bits(self, count: int) -> int:
        """The next ``count`` bits as an unsigned number.

        Raises:
            InvalidMediaError: fewer are left.
        """
        first, last = self.position, self.position + count
        if last > self._end:
            raise InvalidMediaError(f"{self._what} of {len(self._data)} bytes ends too early.")
        self.position = last
        stop = last + 7 >> 3
        word = int.from_bytes(self._data[first >> 3 : stop], "big")
        return word >> (stop << 3) - last & (1 << count) - 1

    def flag(self) -> bool:
        return self.bits(1) == 1

    def skip(self, count: int) -> None:
        """Pass over ``count`` bits."""
        self.bits(count)

    def ue(self, limit: int = (1 << 32) - 2) -> int:
        """The next unsigned exp-Golomb number (ITU-T H.264, 9.1).

        Raises:
            InvalidMediaError: it is greater than ``limit``, longer than 32 bits, or not all there.
        """
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > 32:
                raise InvalidMediaError(f"{self._what} holds a number of more than 32 bits.")
        value = (1 << zeros) - 1 + self.bits(zeros)
        if value > limit:
            raise InvalidMediaError(f"{self._what} holds {value} where its standard allows at most {limit}.")
        return value

    def se(self) -> int:
        """The next signed exp-Golomb number (ITU-T H.264, 9.1.1)."""
        value = self.ue()
        return value + 1 >> 1 if value & 1 else -(value >> 1)
