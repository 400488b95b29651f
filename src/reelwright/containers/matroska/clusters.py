"""Blocks, the clusters they lie in, and the index of clusters (RFC 9559, 5.1.3 and 5.1.5).

A cluster is collected until it is long enough and then written in one piece, its size known: nothing of it has to be
patched, and memory holds one at a time. Every cluster begins with a key frame where there are any.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Protocol

from reelwright.containers.matroska.ebml import binary, element, head, signed, size_of, unsigned, vint, void
from reelwright.containers.movie import Buffer

__all__ = ["Block", "Clusters", "Output", "TrimPlace"]

_LONGEST = 5  # seconds of a cluster
_LARGEST = 4 << 20
_CUE_APART = 2  # halves: a track's cues are half a second apart at least
_KEY, _DISCARDABLE = 0x80, 0x01
_TRIM = 11  # bytes of a DiscardPadding: two of its id, one of its length, eight of its value
_CUE_PLACE = 8  # bytes of a cluster's place in a cue, so that moving clusters changes no length


class Output(Protocol):
    """The part of a ``storage`` destination that a Matroska file needs. It is open."""

    @property
    def size(self) -> int:
        """Bytes so far."""

    def write(self, *buffers: Buffer) -> int:
        """Append buffers and return the offset of the first."""

    def overwrite(self, offset: int, data: Buffer) -> None:
        """Replace bytes written before."""

    def insert(self, offset: int, *data: Buffer) -> str:
        """Make room and fill it; returns the method for the report."""


@dataclass(slots=True)
class TrimPlace:
    """Room in a block for a length of sound that is not heard, to be told when the end is known."""

    offset: int = 0

    @staticmethod
    def element(nanoseconds: int) -> bytes:
        return signed(0x75A2, nanoseconds, 8)  # DiscardPadding


@dataclass(slots=True)
class Block:
    """One sample, or a run of linear PCM, on its way into a cluster.

    Attributes:
        track: its number. tick: when it is presented. payload: its bytes, in pieces.
        is_cue: whether decoding can begin there, in a track that seeking goes by.
        duration: ticks, where it has to be said. reference: tick of a block that it needs, None for a key frame.
        alpha: the picture of its alpha. trim: room for a trim.
    """

    track: int
    tick: int
    payload: list[Buffer]
    is_key: bool
    is_cue: bool = False
    is_disposable: bool = False
    duration: int | None = None
    reference: int | None = None
    alpha: Buffer | None = None
    trim: TrimPlace | None = None

    def buffers(self, base: int) -> tuple[list[Buffer], int]:
        """The block as an element in pieces, with its size; ``base``: the cluster's tick."""
        size = sum(memoryview(piece).nbytes for piece in self.payload)
        start = vint(self.track) + (self.tick - base).to_bytes(2, "big", signed=True)
        if self.duration is None and self.alpha is None and self.trim is None:
            flags = (_KEY if self.is_key else 0) | (_DISCARDABLE if self.is_disposable else 0)
            opening = start + bytes([flags])
            opening = head(0xA3, len(opening) + size) + opening  # SimpleBlock
            return [opening, *self.payload], len(opening) + size
        opening = head(0xA1, len(start) + 1 + size) + start + b"\0"  # Block
        behind = self._behind()
        inner = len(opening) + size + size_of(*behind)
        outer = head(0xA0, inner)  # BlockGroup
        return [outer + opening, *self.payload, *behind], len(outer) + inner

    def _behind(self) -> list[bytes]:
        """What a group says of its block."""
        behind = []
        if self.alpha is not None:
            more = element(0xA6, unsigned(0xEE, 1), binary(0xA5, bytes(self.alpha)))  # BlockMore: BlockAddID, its data
            behind.append(element(0x75A1, more))  # BlockAdditions
        if self.duration is not None:
            behind.append(unsigned(0x9B, self.duration))  # BlockDuration
        if not self.is_key:
            behind.append(signed(0xFB, (self.reference or 0) - self.tick))  # ReferenceBlock
        if self.trim is not None:
            behind.append(void(_TRIM))
        return behind


@dataclass(slots=True)
class _Cues:
    """The index: flat columns, a row for each place where reading can begin."""

    ticks: array[int] = field(default_factory=lambda: array("Q"))
    tracks: array[int] = field(default_factory=lambda: array("H"))
    clusters: array[int] = field(default_factory=lambda: array("Q"))
    inside: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, tick: int, track: int, cluster: int, inside: int) -> None:
        self.ticks.append(tick)
        self.tracks.append(track)
        self.clusters.append(cluster)
        self.inside.append(inside)

    def box(self, shift: int) -> bytes:
        """``Cues``, for clusters that lie ``shift`` bytes farther than they were written; empty without any."""
        rows = zip(self.ticks, self.tracks, self.clusters, self.inside, strict=True)
        points = [
            element(
                0xBB,  # CuePoint
                unsigned(0xB3, tick),
                element(
                    0xB7,  # CueTrackPositions: track, cluster, place within it
                    unsigned(0xF7, track),
                    unsigned(0xF1, cluster + shift, _CUE_PLACE),
                    unsigned(0xF0, inside),
                ),
            )
            for tick, track, cluster, inside in rows
        ]
        return element(0x1C53BB6B, *points) if points else b""


class Clusters:
    """Writes blocks in clusters.

    Args:
        origin: offset in the file that places in the index count from. scale: ticks a second.
    """

    def __init__(self, output: Output, origin: int, scale: int) -> None:
        self.cues = _Cues()
        self._output = output
        self._origin = origin
        self._scale = scale
        self._pieces: list[Buffer] = []
        self._size = 0
        self._base = 0
        self._trims: list[TrimPlace] = []
        self._last_cue: dict[int, int] = {}

    def add(self, block: Block) -> None:
        """Put a block behind all others."""
        if not self._pieces or self._must_end(block):
            self.close()
            self._base = block.tick
            timestamp = unsigned(0xE7, block.tick)
            self._pieces, self._size = [timestamp], len(timestamp)
        if self._is_cue(block):
            # The cluster will lie where the file ends now.
            self.cues.add(block.tick, block.track, self._output.size - self._origin, self._size)
            self._last_cue[block.track] = block.tick
        pieces, size = block.buffers(self._base)
        self._pieces += pieces
        self._size += size
        if block.trim is not None:
            block.trim.offset = self._size - _TRIM
            self._trims.append(block.trim)

    def _must_end(self, block: Block) -> bool:
        """Whether a block belongs into a new cluster."""
        passed = block.tick - self._base
        if not -(1 << 15) <= passed < 1 << 15 or passed >= _LONGEST * self._scale or self._size >= _LARGEST:
            return True
        return block.is_cue and self._is_cue(block)

    def _is_cue(self, block: Block) -> bool:
        if not block.is_cue:
            return False
        last = self._last_cue.get(block.track)
        return last is None or abs(block.tick - last) * _CUE_APART >= self._scale

    def close(self) -> None:
        """Write the cluster that is collected."""
        if not self._pieces:
            return
        opening = head(0x1F43B675, self._size, 8)
        start = self._output.write(opening, *self._pieces) + len(opening)
        for trim in self._trims:
            trim.offset += start
        self._pieces, self._size = [], 0
        self._trims = []
