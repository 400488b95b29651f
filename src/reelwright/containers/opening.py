"""One door for every media file: ``open_media`` finds the engine.

Movie files are read by our own engine, whatever their name; everything else by FFmpeg's demuxers. A movie file that our
engine refuses is never shown to FFmpeg, which opens some protected files as if they were clear.
"""

from __future__ import annotations

from typing import Any

from reelwright.containers.media import Media
from reelwright.containers.movie_media import MovieMedia, is_movie
from reelwright.model.reference_restrictions import ReferenceRestrictions
from reelwright.storage.source import Source, open_source

__all__ = ["open_media"]


def open_media(
    target: Any,
    *,
    reference_restrictions: ReferenceRestrictions = ReferenceRestrictions.NONE,
    alias_references: bool = False,
    isolated: bool = False,
) -> Media:
    """Open a media file for reading; the caller closes it.

    Args:
        target: a path, a ``file://`` URL, bytes or a binary file object.
        reference_restrictions: which references to other files a movie may not follow
            (``AVURLAssetReferenceRestrictionsKey``).
        alias_references: follow a movie's Macintosh alias records to files in its own folder.
        isolated: let FFmpeg's demuxers run in a process of their own, with limits: for files from strangers. Movie
            files, which no foreign code reads, stay in this one.

    Raises:
        MediaNotFoundError: no such file. InvalidMediaError: no media, damaged, or of a kind that is not read here.
        InvalidArgumentError: nothing that can be opened. OSError: it cannot be read.
    """
    source = open_source(target)
    try:
        if is_movie(source):
            return MovieMedia(source, restrictions=reference_restrictions, alias_references=alias_references)
        return _foreign(source, isolated)
    except BaseException:
        source.close()
        raise


def _foreign(source: Source, isolated: bool) -> Media:
    """FFmpeg is loaded here and not before: who opens movies only need not wait for it."""
    from reelwright.containers.ffmpeg.isolated import IsolatedMedia
    from reelwright.containers.ffmpeg.media import FFmpegMedia

    return IsolatedMedia(source) if isolated else FFmpegMedia(source)
