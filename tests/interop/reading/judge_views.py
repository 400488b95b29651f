"""One media file as FFmpeg's ffprobe and MediaInfo see it, in the words of ``views.py``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.interop import tools
from tests.interop.reading.views import View, date_of, known
from tests.interop.reading.words import (
    CHANNELS,
    COLOURS,
    CONTAINERS,
    FFPROBE_TAGS,
    MEDIAINFO_CODECS,
    MEDIAINFO_TAGS,
)

# ---------------------------------------------------------------- ffprobe


def ask_ffprobe(path: Path) -> dict[str, Any]:
    """Like ``tools.ffprobe`` without its packets."""
    wanted = ["-show_format", "-show_streams", "-show_chapters", "-of", "json"]
    answer = tools.run(tools.find("ffprobe", "ffmpeg"), "-v", "error", *wanted, path)
    report: dict[str, Any] = json.loads(answer.out or b"{}")
    return report


def ffprobe_view(report: dict[str, Any], asset: View) -> View:
    """ffprobe's report in our words, its streams given the numbers of our tracks."""
    if "format" not in report:
        return {}
    streams = [item for item in report["streams"] if not item["disposition"]["attached_pic"]]
    view: View = {0: _ffprobe_file(report, streams)}
    is_movie = asset[0]["container"] == "mov"
    begin = 0.0 if is_movie else _number(report["format"].get("start_time")) or 0.0
    numbers = _numbered(
        asset,
        [(int(item["id"], 0) if "id" in item and is_movie else None, item["codec_type"]) for item in streams],
        {"subtitle": "text", "data": "other"},
    )
    for number, stream in zip(numbers, streams, strict=True):
        if number is not None:
            view[number] = _ffprobe_track(stream, begin)
    return {place: known(fields) for place, fields in view.items()}


def _numbered(asset: View, found: list[tuple[int | None, str]], kinds: dict[str, str]) -> list[int | None]:
    """Numbers of our tracks for a judge's: those it gives, else one after the other among those of one kind."""
    numbers: list[int | None] = []
    taken: set[int] = set()
    for stated, kind in found:
        same = [place for place in asset if place and asset[place]["kind"] == kinds.get(kind, kind)]
        left = (place for place in same if place not in taken)
        number = stated if stated in asset else next(left, None) if stated is None else None
        if number is not None:
            taken.add(number)
        numbers.append(number)
    return numbers


def _ffprobe_file(report: dict[str, Any], streams: list[dict[str, Any]]) -> dict[str, Any]:
    facts = report["format"]
    tags = {name.lower(): value for name, value in facts.get("tags", {}).items()}
    names = facts["format_name"].split(",")
    fields = {
        "container": CONTAINERS.get(names[0], names[0]),
        "major brand": (tags.get("major_brand") or "").strip() if names[0] == "mov" else None,
        "duration": _number(facts.get("duration")),
        "created": date_of(tags.get("creation_time")),
        "video tracks": sum(item["codec_type"] == "video" for item in streams),
        "sound tracks": sum(item["codec_type"] == "audio" for item in streams),
        "chapters": [
            [round(float(item["start_time"]) * 1000), item.get("tags", {}).get("title", "")]
            for item in report["chapters"]
        ],
        "file size": int(facts["size"]),
    }
    for name, keys in FFPROBE_TAGS.items():
        fields[name] = next((tags[key].strip() for key in keys if key in tags), None)
    fields["lyrics"] = (fields["lyrics"] or "").replace("\r\n", "\n")
    return fields


def _ffprobe_track(stream: dict[str, Any], begin: float) -> dict[str, Any]:
    kind = {"subtitle": "text", "data": "other"}.get(stream["codec_type"], stream["codec_type"])
    tags = {name.lower(): value for name, value in stream.get("tags", {}).items()}
    code = stream["codec_tag_string"]
    is_pcm = stream.get("codec_name", "").startswith("pcm_")
    start = _number(stream.get("start_time"))
    fields: dict[str, Any] = {
        "kind": kind,
        "codec": stream.get("codec_name") if kind != "other" else None,
        "fourcc": None if "[" in code else code.strip(),
        "language": None if tags.get("language") in (None, "und") else tags["language"],
        "enabled": bool(stream["disposition"]["default"]),
        "start": None if start is None else start - begin,
        "duration": _number(stream.get("duration")),
        "samples": None if is_pcm else _number(stream.get("nb_frames")),
        "created": date_of(tags.get("creation_time")),
    }
    if kind == "video":
        fields |= _ffprobe_picture(stream)
    if kind == "audio":
        fields |= {
            "sample rate": _number(stream.get("sample_rate")) or None,
            "channels": stream.get("channels") or None,
            "layout": stream.get("channel_layout"),
            "bit depth": _number(stream.get("bits_per_raw_sample")) or stream.get("bits_per_sample") or None,
        }
    return fields


def _ffprobe_picture(stream: dict[str, Any]) -> dict[str, Any]:
    sides: dict[str, Any] = {side["side_data_type"]: side for side in stream.get("side_data_list", [])}
    turned = sides.get("Display Matrix", {}).get("rotation", 0)
    depth, chroma = _pixels(stream.get("pix_fmt", ""))
    average, nominal = stream["avg_frame_rate"], stream["r_frame_rate"]
    fields = {
        "width": stream.get("width") or None,
        "height": stream.get("height") or None,
        "pixel aspect": _ratio(stream.get("sample_aspect_ratio")),
        "display aspect": _ratio(stream.get("display_aspect_ratio")),
        "rotation": -turned % 360,
        "nominal rate": _fraction(nominal),
        "average rate": _fraction(average),
        "bit depth": depth,
        "chroma": chroma,
        "range": {"tv": "video", "pc": "full"}.get(stream.get("color_range", "")),
        "primaries": COLOURS["primaries"].get(stream.get("color_primaries", "")),
        "transfer": COLOURS["transfer"].get(stream.get("color_transfer", "")),
        "matrix": COLOURS["matrix"].get(stream.get("color_space", "")),
    }
    if light := sides.get("Content light level metadata"):
        fields["content light"] = [light["max_content"], light["max_average"]]
    if display := sides.get("Mastering display metadata"):
        order = ["red_x", "red_y", "green_x", "green_y", "blue_x", "blue_y", "white_point_x", "white_point_y"]
        order += ["max_luminance", "min_luminance"]
        fields["mastering display"] = [round(float(Fraction(display[name])), 5) for name in order]
    if vision := sides.get("DOVI configuration record"):
        fields["Dolby Vision"] = [vision["dv_profile"], vision["dv_level"]]
    return fields


def _pixels(name: str) -> tuple[int | None, str | None]:
    found = re.fullmatch(r"yuvj?(4\d\d)p(?:(\d+)[lb]e)?", name)
    if found is None:
        return None, None
    return int(found[2] or 8), ":".join(found[1])


def _number(text: Any) -> float | None:
    return None if text in (None, "N/A") else float(text)


def _fraction(text: str) -> float | None:
    above, below = text.split("/")
    return int(above) / int(below) if int(above) and int(below) else None


def _ratio(text: str | None) -> float | None:
    return None if text is None else _fraction(text.replace(":", "/"))


# ---------------------------------------------------------------- MediaInfo


def ask_mediainfo(path: Path) -> dict[str, Any]:
    return tools.mediainfo(path)


def mediainfo_view(report: dict[str, Any], asset: View) -> View:
    """MediaInfo's report in our words, its tracks given the numbers of ours."""
    if not report["general"]:
        return {}
    tracks = [track for track in report["tracks"] if track["@type"] not in ("Image",)]
    menus = [track for track in tracks if track["@type"] == "Menu"]
    view: View = {0: _mediainfo_file(report["general"], menus)}
    kinds = {"Video": "video", "Audio": "audio", "Text": "text", "Other": "other", "Menu": "other"}
    counts_same = asset[0]["container"] in ("mov", "matroska")
    real = [track for track in tracks if track["@type"] != "Menu" or "ID" in track]
    numbers = _numbered(
        asset,
        [(_id(track) if counts_same else None, kinds[track["@type"]]) for track in real],
        {},
    )
    for number, track in zip(numbers, real, strict=True):
        if number is not None and track["@type"] != "Menu":
            view[number] = _mediainfo_track(track, kinds[track["@type"]])
    return {place: known(fields) for place, fields in view.items()}


def _id(track: dict[str, Any]) -> int | None:
    found = re.match(r"\d+", track.get("ID", ""))
    return int(found[0]) if found else None


def _mediainfo_file(general: dict[str, Any], menus: list[dict[str, Any]]) -> dict[str, Any]:
    extra = general.get("extra", {})
    chapters = [
        [_clock(name), re.sub(r"^[a-z]{2}:", "", title)]
        for menu in menus[:1]
        for name, title in menu.get("extra", {}).items()
        if name.startswith("_0")
    ]
    fields = {
        "container": CONTAINERS.get(general.get("Format", ""), general.get("Format")),
        "major brand": general.get("CodecID", "").strip(),
        "duration": _number(general.get("Duration")),
        "created": date_of(general.get("Encoded_Date")),
        "video tracks": int(general.get("VideoCount", 0)),
        "sound tracks": int(general.get("AudioCount", 0)),
        "chapters": chapters,
        "file size": int(general["FileSize"]),
    }
    for name, keys in MEDIAINFO_TAGS.items():
        values = [general.get(key) or extra.get(key) for key in keys]
        fields[name] = next((value.strip() for value in values if value), None)
    fields["lyrics"] = (fields["lyrics"] or "").replace(" / ", "\n")
    fields["compilation"] = {"Yes": "1", "No": "0"}.get(fields["compilation"])
    for name in ("track number", "disc number"):
        part = name.split()[0].replace("disc", "Part").replace("track", "Track")
        if f"{part}_Position" in general:
            fields[name] = general[f"{part}_Position"] + "/" + general.get(f"{part}_Position_Total", "0")
    return fields


def _clock(name: str) -> int:
    hours, minutes, seconds, rest = (int(part) for part in name.strip("_").split("_"))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def _mediainfo_track(track: dict[str, Any], kind: str) -> dict[str, Any]:
    def value(name: str, make: Callable[[str], Any] = float) -> Any:
        text = track.get(f"Source_{name}", track.get(name))
        return make(text) if text else None

    code = track.get("CodecID", "").split(" / ")[0].partition("-")[0]
    fields: dict[str, Any] = {
        "kind": kind,
        "codec": MEDIAINFO_CODECS.get(track.get("Format", "")),
        "fourcc": code.strip() if len(code) == 4 else None,
        "language": track.get("Language"),
        "enabled": {"Yes": True, "No": False}.get(track.get("Default", "")),
        "duration": _number(track.get("Duration")),
        "samples": value("FrameCount", int),
        "bytes": value("StreamSize", int),
        "alternate group": _number(track.get("AlternateGroup")),
        "created": date_of(track.get("Encoded_Date")),
        "bit depth": value("BitDepth", int),
    }
    if kind == "video":
        fields |= {
            "width": value("Sampled_Width", int),
            "height": value("Sampled_Height", int),
            "pixel aspect": value("PixelAspectRatio"),
            "display aspect": value("DisplayAspectRatio"),
            "rotation": value("Rotation", lambda text: round(float(text))),
            "nominal rate": value("FrameRate"),
            "chroma": track.get("ChromaSubsampling"),
            "range": {"Limited": "video", "Full": "full"}.get(track.get("colour_range", "")),
            "primaries": COLOURS["primaries"].get(track.get("colour_primaries", "")),
            "transfer": COLOURS["transfer"].get(track.get("transfer_characteristics", "")),
            "matrix": COLOURS["matrix"].get(track.get("matrix_coefficients", "")),
        }
        fields |= _mediainfo_hdr(track)
    if kind == "audio":
        fields |= {
            "sample rate": value("SamplingRate"),
            "channels": value("Channels", int),
            "layout": _layout(track.get("ChannelLayout_Original") or track.get("ChannelLayout")),
        }
        if track.get("Format") == "PCM":
            fields["samples"] = None
    return fields


def _layout(text: str | None) -> str | None:
    return None if text is None else CHANNELS.get(frozenset(text.split()), text)


def _mediainfo_hdr(track: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "MaxCLL" in track:
        found["content light"] = [int(track[name].split()[0]) for name in ("MaxCLL", "MaxFALL")]
    if "MasteringDisplay_ColorPrimaries" in track:
        texts = track["MasteringDisplay_ColorPrimaries"], track["MasteringDisplay_Luminance"]
        values = [float(number) for text in texts for number in re.findall(r"(?<![A-Za-z\d])\d+(?:\.\d+)?", text)]
        *primaries, low, high = values
        found["mastering display"] = [round(value, 5) for value in (*primaries, high, low)]
    if track.get("HDR_Format", "").startswith("Dolby Vision"):
        profile = re.search(r"\.(\d+)", track["HDR_Format_Profile"])
        level = re.search(r"\d+", track["HDR_Format_Level"])
        if profile and level:
            found["Dolby Vision"] = [int(profile[1]), int(level[0])]
    return found
