"""Parameter sets written bit by bit, for syntax that common encoders never use; FFmpeg says whether they are right."""

from __future__ import annotations

import io

import av
from av.bitstream import BitStreamFilterContext
from tests.isobmff.encoded import Recipe, encode_video


def escaped(payload: bytes) -> bytes:
    """Emulation prevention as an encoder does it, byte by byte (ITU-T H.264, 7.4.1.1)."""
    out, zeros = bytearray(), 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


class Bits:
    """Bits in the order they are written."""

    def __init__(self) -> None:
        self.text = ""

    def u(self, count: int, *values: int) -> Bits:
        self.text += "".join(f"{value:0{count}b}" for value in values) if count else ""
        return self

    def ue(self, *values: int) -> Bits:
        for value in values:
            digits = f"{value + 1:b}"
            self.text += "0" * (len(digits) - 1) + digits
        return self

    def se(self, *values: int) -> Bits:
        return self.ue(*(2 * value - 1 if value > 0 else -2 * value for value in values))

    def unit(self, header: bytes) -> bytes:
        """A NAL unit: header, these bits, the stop bit, emulation prevention."""
        text = self.text + "1"
        text = text.ljust(-(-len(text) // 8) * 8, "0")
        return header + escaped(int(text, 2).to_bytes(len(text) // 8, "big"))


def avc_with_everything(picture_order: int = 1, color: tuple[int, int, int] = (9, 16, 9)) -> bytes:
    """High 4:4:4 Predictive, 80×64 in fields, cropped to 78×56, twelve scaling lists, both rate models, 12 bits."""
    b = Bits().u(8, 244, 0, 41).ue(0, 3).u(1, 1).ue(4, 3).u(1, 0, 1)
    for index in range(12):
        if index % 3 == 2:
            b.u(1, 0)
        elif index % 3 == 1:
            b.u(1, 1).se(-8)  # the default list: the next scale becomes 0 at once
        else:
            b.u(1, 1).se(*([3, -3] * (8 if index < 6 else 32)))
    b.ue(2, picture_order)
    if picture_order == 0:
        b.ue(3)
    elif picture_order == 1:
        b.u(1, 0).se(-2, 1).ue(3).se(1, -4, 700)
    b.ue(4).u(1, 0).ue(4, 1).u(1, 0, 1, 1)
    b.u(1, 1).ue(1, 1, 2, 2)
    b.u(1, 1)  # usability
    b.u(1, 1).u(8, 255).u(16, 123, 77)
    b.u(1, 1, 0)
    b.u(1, 1).u(3, 5).u(1, 1, 1).u(8, *color)
    b.u(1, 1).ue(1, 1)
    b.u(1, 1).u(32, 1001, 60000).u(1, 1)
    for _ in range(2):
        b.u(1, 1).ue(1).u(4, 2, 3)
        b.ue(1000, 2000).u(1, 1).ue(70000, 80000).u(1, 0)
        b.u(5, 23, 23, 23, 24)
    b.u(1, 0, 1)
    b.u(1, 1, 1).ue(2, 1, 11, 11, 3, 4)
    return b.unit(b"\x67")


def hevc_with_everything() -> bytes:
    """Three sub-layers, 4:2:2 of 10 bits, 144×88 cropped to 140×86, lists, PCM, predicted picture sets, rate models."""
    b = Bits().u(4, 0).u(3, 2).u(1, 1)
    b.u(2, 0).u(1, 1).u(5, 4).u(32, 0x08000000).u(8, 0x8C, 0x20, 0, 0, 0, 0).u(8, 123)
    b.u(1, 1, 1, 0, 1).u(2, *[0] * 6)
    b.u(8, 4, 8, 0, 0, 0, 0x8C, 0x20, 0, 0, 0, 0).u(8, 90).u(8, 93)
    b.ue(0, 2, 144, 88).u(1, 1).ue(1, 1, 1, 1).ue(2, 2, 4)
    b.u(1, 1).ue(1, 0, 0).ue(2, 1, 0).ue(4, 3, 2)
    b.ue(0, 1, 0, 2, 1, 1)
    b.u(1, 1, 1)
    for size in range(4):
        for matrix in range(0, 6, 3 if size == 3 else 1):
            if matrix % 2 and size < 3:
                b.u(1, 0).ue(1)
                continue
            b.u(1, 1)
            if size > 1:
                b.se(4)
            b.se(*([1, -1] * (min(64, 1 << 4 + 2 * size) // 2)))
    b.u(1, 1, 1)
    b.u(1, 1).u(4, 9, 9).ue(0, 1).u(1, 1)
    b.ue(3)
    b.ue(2, 1).ue(0).u(1, 1).ue(1).u(1, 1).ue(0).u(1, 1)  # 2 before, 1 behind
    b.u(1, 1).u(1, 1).ue(0).u(1, 1, 1, 0, 1, 1)  # predicted from it: used, used, not used but kept, used
    b.u(1, 0).ue(1, 0).ue(0).u(1, 1)
    b.u(1, 1).ue(2)
    for place, used in ((7, 1), (9, 0)):  # long-term pictures, in log2_max_pic_order_cnt_lsb bits
        b.u(8, place).u(1, used)
    return _hevc_usability(b.u(1, 1, 1))


def _hevc_usability(b: Bits) -> bytes:
    b.u(1, 1)
    b.u(1, 1).u(8, 14)
    b.u(1, 0)
    b.u(1, 1).u(3, 5).u(1, 0, 1).u(8, 1, 13, 1)
    b.u(1, 1).ue(2, 2)
    b.u(1, 0, 0, 0)
    b.u(1, 1).ue(1, 0, 0, 1)
    b.u(1, 1).u(32, 1001, 24000).u(1, 1).ue(0)
    b.u(1, 1)
    b.u(1, 1, 1, 1).u(8, 3).u(5, 4).u(1, 0).u(5, 6).u(4, 1, 2, 3).u(5, 23, 22, 21)
    for sub_layer in range(3):
        if sub_layer == 0:
            b.u(1, 1).ue(7).ue(1)  # a fixed rate, two buffers
            buffers = 2
        elif sub_layer == 1:
            b.u(1, 0, 0).u(1, 1)  # no fixed rate, low delay: one buffer
            buffers = 1
        else:
            b.u(1, 0, 1).ue(7).ue(0)
            buffers = 1
        for _ in range(2 * buffers):
            b.ue(1000, 2000, 3000, 4000).u(1, 0)
    b.u(1, 1).u(1, 0, 1, 0).ue(16, 2, 1, 15, 15)
    b.u(1, 0)
    return b.unit(b"\x42\x01")


def level_changed_by_ffmpeg(codec: str, unit: bytes, level: str) -> bytes:
    """The unit as FFmpeg's reader of coded bitstreams writes it again with another level; it refuses broken syntax."""
    layers = (("x265-params", "temporal-layers=3"),)
    recipe = Recipe("libx264") if codec == "h264" else Recipe("libx265", tag="hvc1", options=layers)
    with av.open(io.BytesIO(encode_video(recipe).file)) as container:
        rewrite = BitStreamFilterContext(f"{codec}_metadata=level={level}", container.streams.video[0])
        out = rewrite.filter(av.Packet(len(unit).to_bytes(4, "big") + unit))
    return bytes(out[0])[4:]
