"""Which speakers channels feed, as the file says it: Core Audio's ``chan`` and MPEG's ``chnl``."""

from __future__ import annotations

from reelwright.isobmff.entry_boxes import EntryBoxes
from reelwright.isobmff.parse import Parser
from reelwright.model.errors import InvalidMediaError
from reelwright.model.layout import ChannelLayout

__all__ = ["read_channel_layout"]

_UNKNOWN = 0xFFFF
_EXPLICIT = 126


def read_channel_layout(boxes: EntryBoxes, channels: int, *, keep_order: bool) -> str | None:
    """The layout by FFmpeg's name; None where none is told, or none that is known here.

    Args:
        channels: that the sound has; a layout of another number is left out.
        keep_order: channels lie in the file in the layout's order, as those of linear PCM do: then a layout in another
            order than FFmpeg's is told by its speakers (``"FC+FL+FR"``).
    """
    for kind, reader in (("chan", _core_audio_layout), ("chnl", _mpeg_layout)):
        with boxes.tolerating():
            content = boxes.parser(kind)
            layout = None if content is None else reader(content, channels)
            if layout is None:
                continue
            if layout.channels != channels:
                raise InvalidMediaError(
                    f"the box {kind!r} speaks of {layout.channels} channels, the sound has {channels}."
                )
            if keep_order and layout != layout.native:
                return "+".join(speaker.name for speaker in layout.speakers)
            return layout.name
    return None


def _core_audio_layout(content: Parser, channels: int) -> ChannelLayout | None:
    """``AudioChannelLayout`` in big-endian numbers (QuickTime File Format, sound sample description extensions)."""
    content.full_header()
    tag, bitmap, count = content.u32(), content.u32(), content.u32()
    if tag >> 16 == _UNKNOWN or (tag == 0 and count == 0):
        return None
    labels = []
    for _ in range(min(count, channels + 1) if tag == 0 else 0):
        labels.append(content.u32())
        content.skip(16)
    if tag == 0:
        return ChannelLayout.of_labels(labels)
    return ChannelLayout.of_bitmap(bitmap) if tag == 1 << 16 else ChannelLayout.of_tag(tag)


def _mpeg_layout(content: Parser, channels: int) -> ChannelLayout | None:
    """ISO/IEC 14496-12, 12.2.4, versions 0 and 1."""
    version, _ = content.full_header()
    structure = content.u8()
    if version:
        structure >>= 4
        content.skip(1)
    if not structure & 1:
        return None
    defined = content.u8()
    if not defined:
        return ChannelLayout.of_positions(_positions(content, content.u8() if version else channels))
    if version and not content.u8() & 1:
        return ChannelLayout.of_chnl_configuration(defined)
    return ChannelLayout.of_chnl_configuration(defined, content.u64())


def _positions(content: Parser, count: int) -> list[int]:
    found = []
    for _ in range(count):
        found.append(content.u8())
        if found[-1] == _EXPLICIT:
            content.skip(3)
    return found
