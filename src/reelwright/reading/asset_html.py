"""An asset as a small HTML table, for notebooks: the file, how long it plays, and a row for each track.

Everything that comes out of the file is escaped: it may have been written by anybody.
"""

from __future__ import annotations

import os
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING

from reelwright.model.color import ColorProperties
from reelwright.model.kinds import MediaType

if TYPE_CHECKING:
    from reelwright.reading.asset import Asset
    from reelwright.reading.asset_track import AssetTrack

__all__ = ["asset_html"]


def asset_html(asset: Asset) -> str:
    """An HTML fragment.

    Raises:
        ReelwrightError, OSError: the file cannot be opened, or its tables cannot be read.
    """
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _cells(track))}</tr>" for track in asset.tracks
    )
    heads = "".join(f"<th>{head}</th>" for head in ("", "kind", "encoding", "what", "rate", "time", "language"))
    return (
        f'<div class="reelwright-asset"><div>{escape(_caption(asset))}</div>'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _caption(asset: Asset) -> str:
    name = "media" if asset.path is None else os.path.basename(os.fsencode(asset.path)).decode("utf-8", "replace")
    facts = [name, f"{asset.duration.seconds:.3f} s"]
    if asset.facts.size >= 0:
        facts.append(f"{asset.facts.size:,} bytes")
    facts += [f"{len(asset.chapters)} chapter{'s'[: len(asset.chapters) > 1]}"] if asset.chapters else []
    facts += ["protected"] if asset.has_protected_content else []
    return " · ".join(facts)


def _row(track: AssetTrack) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _cells(track))}</tr>"


def _cells(track: AssetTrack) -> tuple[str, ...]:
    return (
        str(track.track_id),
        track.media_type.name.lower().replace("_", " "),
        track.codec_string or "",
        _what(track),
        *_measured(track),
        track.extended_language_tag or track.language_code or "",
    )


def _measured(track: AssetTrack) -> tuple[str, str]:
    """Bit rate and time; nothing of files without tables, which would have to be gone through."""
    if not track.has_sample_tables:
        return "", ""
    span = track.time_range
    return f"{track.estimated_data_rate / 1000:,.0f} kbit/s", f"{span.start.seconds:.3f} – {span.end.seconds:.3f} s"


def _what(track: AssetTrack) -> str:
    """Size, rate and colour of pictures; rate and channels of sound."""
    format = next(iter(track.format_descriptions), None)
    if format is None:
        return ""
    if track.media_type is MediaType.AUDIO:
        channels = format.channel_layout or (f"{format.channels} channels" if format.channels else "")
        return ", ".join(fact for fact in (f"{format.sample_rate} Hz" if format.sample_rate else "", channels) if fact)
    if track.media_type is not MediaType.VIDEO:
        return ""
    width, height = track.natural_size
    rate = f"{_short(track.nominal_frame_rate)} fps" if track.has_sample_tables else ""
    facts = [f"{_short(width)}×{_short(height)}", rate, _color(format.color)]
    return ", ".join(fact for fact in facts if fact)


def _short(number: Fraction) -> str:
    return f"{float(number):.3f}".rstrip("0").rstrip(".")


def _color(color: ColorProperties | None) -> str:
    if color is None:
        return ""
    return color.primaries.name + (f" {color.transfer_function.name}" if color.is_hdr else "")
