"""What comes out of a video encoder: one packet a picture, with what a file and its players need to know of it.

FFmpeg does not tell everything (or tells it of the shown picture only, where a packet brings hidden ones along), so a
few bits are read from the packets themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reelwright.model.errors import EncodeError
from reelwright.model.kinds import VideoCodec

__all__ = ["EncodedPacket", "encoded"]

_HEAD = 4096  # bytes of a packet in which its first slice begins, whatever information comes before it
_ALPHA = "matroska_block_additional"  # FFmpeg's name of VP9's second film
_ALPHA_ID = 8  # bytes of Matroska's BlockAddID before it
_FRAME_OBUS = (3, 6)  # OBU_FRAME_HEADER, OBU_FRAME (AV1, 6.2.2)


@dataclass(frozen=True, slots=True)
class EncodedPacket:
    """One encoded picture.

    Attributes:
        data: its bytes, valid as long as the view itself. H.264 and HEVC come with Annex B start codes and without
            parameter sets, AV1 as one temporal unit, VP9 as one frame or superframe.
        ticks: presentation time as given to ``encode``.
        is_key: whether decoding can begin with it. disposable: whether no other picture needs it.
        alpha: the same picture of the film's alpha where the codec keeps it apart (VP9), else None.
    """

    data: memoryview
    ticks: int
    is_key: bool
    disposable: bool
    alpha: memoryview | None = None


def encoded(packet: Any, codec: VideoCodec, has_alpha: bool) -> EncodedPacket:
    """FFmpeg's packet as ours.

    Raises:
        EncodeError: alpha that was given to the encoder and did not come out.
    """
    data = memoryview(packet)
    alpha = _alpha(packet) if has_alpha and codec is VideoCodec.VP9 else None
    return EncodedPacket(data, packet.pts, packet.is_keyframe, _is_disposable(packet, data, codec), alpha)


def _is_disposable(packet: Any, data: memoryview, codec: VideoCodec) -> bool:
    if codec is VideoCodec.H264:
        return packet.is_disposable or _is_unreferenced(data)
    if codec is VideoCodec.AV1:
        # FFmpeg speaks of the shown picture; hidden ones in the same packet are needed by others.
        return packet.is_disposable and _frames(data) == 1
    return bool(packet.is_disposable)


def _is_unreferenced(packet: memoryview) -> bool:
    """Whether an H.264 picture is no reference: nal_ref_idc of its first slice is 0 (FFmpeg does not tell for x264)."""
    head = bytes(packet[:_HEAD])
    start = head.find(b"\0\0\1")
    while 0 <= start < len(head) - 3:
        header = head[start + 3]
        if 1 <= header & 0x1F <= 5:
            return not header & 0x60
        start = head.find(b"\0\0\1", start + 3)
    return False


def _frames(unit: memoryview) -> int:
    """How many frames a temporal unit of AV1 holds, shown or hidden (5.3, 5.4; every OBU says its size)."""
    at = count = 0
    while at < len(unit):
        header = unit[at]
        count += (header >> 3 & 15) in _FRAME_OBUS
        at += 2 if header & 4 else 1
        if not header & 2:
            break
        size = shift = 0
        while at < len(unit):
            byte = unit[at]
            at, size, shift = at + 1, size | (byte & 0x7F) << shift, shift + 7
            if not byte & 0x80:
                break
        at += size
    return count


def _alpha(packet: Any) -> memoryview:
    if not packet.has_sidedata(_ALPHA):
        raise EncodeError(
            f"the encoder gave no alpha for the picture at tick {packet.pts}.",
            hint="Write it with preserve_alpha_channel=False and a background.",
        )
    return memoryview(packet.get_sidedata(_ALPHA))[_ALPHA_ID:]
