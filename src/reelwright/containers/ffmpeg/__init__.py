"""Every container but the movie file, through FFmpeg's demuxers: looked at, listened to, or opened for reading.

``probe`` and ``open_sound`` are for a glance; ``FFmpegMedia`` is the engine behind an asset, and ``IsolatedMedia`` the
same engine in a process of its own, for files from strangers.
"""

from __future__ import annotations

from reelwright.containers.ffmpeg.probe import probe
from reelwright.containers.ffmpeg.sound import SoundSource, open_sound

__all__ = ["SoundSource", "open_sound", "probe"]
