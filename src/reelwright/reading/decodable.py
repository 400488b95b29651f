"""Whether a decoder for a kind of samples is here, found out the only sure way: by asking for one.

Text, metadata and timecodes need no decoder; they can always be read.
"""

from __future__ import annotations

from reelwright.model.errors import DecoderNotFoundError, InvalidMediaError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType

__all__ = ["can_decode"]


def can_decode(format: FormatDescription) -> bool:
    """Whether samples of a format can be decoded here."""
    # FFmpeg is loaded here and not before: who only asks what is in a movie need not wait for it.
    from reelwright.codecs.sound_decoders import sound_codec
    from reelwright.codecs.video_decoder import VideoDecoder

    try:
        if format.media_type is MediaType.AUDIO:
            sound_codec(format)
        elif format.media_type in (MediaType.VIDEO, MediaType.AUXILIARY_PICTURE):
            VideoDecoder(format, threads=1).close()
    except (DecoderNotFoundError, InvalidMediaError):  # the second: encrypted, or described too badly
        return False
    return format.media_type not in (MediaType.OTHER, MediaType.MUXED)
