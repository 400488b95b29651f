"""A source seen through one of FFmpeg's demuxers, with everything else shut: ``Demuxer``.

FFmpeg itself opens nothing. It reads the one source through us, only demuxers on the list below may look at it, and
whatever other file one of them asks for is empty; so a playlist leads nowhere, neither to the network nor to the disk.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import av
from av.container import InputContainer

from reelwright.codecs._av import FFmpegError, reason
from reelwright.model.errors import InvalidMediaError
from reelwright.storage.source import Source, SourceFile

__all__ = ["Demuxer", "refuse_pointers"]

# Movie files are not among them: our own engine reads those, and what it refuses (protection!) FFmpeg must not open.
# Neither are demuxers that open other files, those of still pictures and text, nor those that go by the name alone.
_DEMUXERS = """
aac ac3 ac4 aea aiff amr amrnb amrwb amv ape apng asf asf_o au av1 avi avr bonk caf cavsvideo cine dhav dirac dnxhd
dsf dss dts dtshd dv eac3 flac flv gif gsm gxf h261 h263 h264 hevc iamf iff ilbc ipmovie ircam ivf kux lc3 loas lxf
m4v matroska mjpeg mlp mp3 mpc mpc8 mpeg mpegts mpegvideo mtv mxf nistsphere nsv nut nuv obu ogg oma pva pvf qcp qoa
rm rso sbc ser shn smjpeg sox spdif tak truehd tta ty vc1 vc1test vivo voc vvc w64 wav webm wsd wtv wv xwma
yuv4mpegpipe
"""
_OPTIONS = {"format_whitelist": ",".join(_DEMUXERS.split()), "protocol_whitelist": "none"}
_NOT_LISTED = "it is of a kind that is not read here, or damaged where it begins"
_BUFFER = 1 << 16
_LONGEST_SUFFIX = 8
# Files that only say where the media is, by how they begin.
_POINTERS = (
    (b"#EXTM3U", "an HLS playlist"),
    (b"ffconcat version", "a list of files for FFmpeg"),
    (b"<MPD", "a DASH manifest"),
    (b"<SmoothStreamingMedia", "a Smooth Streaming manifest"),
    (b"<smil", "a SMIL presentation"),
    (b"<asx", "a playlist"),
    (b"[playlist]", "a playlist"),
    (b"[Reference]", "a playlist"),
    (b"RTSPtext", "a pointer to a stream"),
    (b"SMILtext", "a SMIL presentation"),
    (b"v=0", "a session description (SDP)"),
)


class _Window(SourceFile):
    """The source as FFmpeg reads it. An error ends the file for FFmpeg and is kept for whoever asked it to read.

    (An exception that travels through FFmpeg may surface in another file's call, so none is let in.)
    """

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        suffix = os.path.splitext(source.path or "")[1]
        plain = suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= _LONGEST_SUFFIX
        self.name = f"media{suffix if plain else ''}"  # all that demuxers may learn about the name
        self.trouble: Exception | None = None

    def readinto(self, buffer: Any) -> int:
        try:
            return super().readinto(buffer)
        except Exception as error:
            self.trouble = self.trouble or error
            return 0


class Demuxer:
    """One opening of a source by FFmpeg. Used by one thread at a time; nothing it hands out outlives ``close``.

    Raises:
        InvalidMediaError: no media, a kind that is not read here, or a file that only points elsewhere.
        OSError: the source cannot be read.
    """

    def __init__(self, source: Source) -> None:
        refuse_pointers(source)
        self._source = source
        self._window = _Window(source)
        with self.watched():
            self.container: InputContainer = av.open(
                self._window,
                "r",
                options=dict(_OPTIONS),
                metadata_errors="replace",
                buffer_size=_BUFFER,
                io_open=lambda *_: io.BytesIO(),
            )

    @contextmanager
    def watched(self) -> Iterator[None]:
        """What FFmpeg raises within, in our words; what the source raised, as it was.

        Raises:
            InvalidMediaError: FFmpeg's complaint. OSError: the disk's.
        """
        trouble: str | None = None
        try:
            yield
        except FFmpegError as error:
            trouble = _NOT_LISTED if error.errno == errno.EINVAL and not hasattr(self, "container") else reason(error)
        except MemoryError:
            trouble = "it asks for more memory than there is"
        except InvalidMediaError:
            raise
        except (ValueError, OverflowError, AssertionError, RuntimeError) as error:
            trouble = str(error) or type(error).__name__
        if self._window.trouble is not None:
            raise self._window.trouble
        if trouble is not None:
            raise self.unreadable(trouble)

    def unreadable(self, trouble: str) -> InvalidMediaError:
        """The error to raise for a file that is no media, or is damaged."""
        return InvalidMediaError(
            f"{self._source.name} is no media that can be read: {trouble.rstrip('.')}.",
            path=self._source.path,
            hint="Check that it is whole, that a player plays it, and that it is film or sound in a file of its own.",
        )

    def close(self) -> None:
        self.container.close()
        self._window.close()


def refuse_pointers(source: Source) -> None:
    """Refuse files that hold no media but say where some is: nothing here follows them.

    Raises:
        InvalidMediaError: such a file. OSError: the source cannot be read.
    """
    head = source.read(0, 1024).removeprefix(b"\xef\xbb\xbf").lstrip()
    is_markup = head.startswith(b"<")
    for start, kind in _POINTERS:
        if head.startswith(start) or (is_markup and start.startswith(b"<") and start in head):
            raise InvalidMediaError(
                f"{source.name} is {kind}: it holds no media itself, and what it points to is not opened.",
                path=source.path,
                hint="Open the files that it names, one by one, or download the whole as one file first.",
            )
