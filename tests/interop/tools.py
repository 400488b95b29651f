"""Ask an independent reader about a film: one function for each judge.

Every function takes a path and returns what the judge saw as plain Python values, with its complaints under ``errors``
(an empty list for a film without fault). A judge that is not installed raises ``ToolMissing``: ``tests/conftest.py``
makes it a skip, or a failure where ``REELWRIGHT_REQUIRE_TOOLS=1`` says that all judges must be there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
SECONDS = 90.0  # No judge may think longer than this about one of our short films.

Film = str | os.PathLike[str]
Report = dict[str, Any]


class ToolMissing(Exception):
    """A judge that is not installed here; the message says which, and how to get it."""


class JudgeError(Exception):
    """A judge that answered nothing that can be read."""


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit status."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8", "replace")

    def json(self) -> Any:
        try:
            return json.loads(self.out)
        except ValueError as error:
            raise JudgeError(
                f"no JSON came back (status {self.status}): {self.text[:200]!r} {self.err[-500:]!r}"
            ) from error


def find(program: str, package: str) -> str:
    """The path of a program, or ``ToolMissing`` with the Debian package that brings it."""
    path = shutil.which(program)
    if path is None:
        raise ToolMissing(f"{program} is not installed (Debian: apt-get install {package})")
    return path


def find_module(name: str) -> Path:
    """The folder of an npm package of ``tests/interop/package.json``."""
    folder = MODULES / name
    if not folder.is_dir():
        raise ToolMissing(f"the npm package {name} is not installed (run: npm ci --prefix tests/interop)")
    return folder


def run(*command: str | os.PathLike[str], env: dict[str, str] | None = None, seconds: float = SECONDS) -> Answer:
    """Run a command without a terminal, in a neutral language; never raises for an exit status."""
    words = [os.fspath(word) for word in command]
    setting = {**os.environ, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1", **(env or {})}
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, env=setting, timeout=seconds)
    except subprocess.TimeoutExpired as late:
        raise JudgeError(f"{words[0]} did not finish within {seconds:g} s") from late
    return Answer(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


# FFmpeg: the decoder, and a demuxer of the same family as the one inside PyAV, so never the only judge of a container.


def ffmpeg(build: str = "system") -> str:
    """The ``ffmpeg`` program: the ``system``'s own, or the newer one of the ``wheel`` imageio-ffmpeg."""
    if build == "system":
        return find("ffmpeg", "ffmpeg")
    if build != "wheel":
        raise ValueError(f"build is 'system' or 'wheel', not {build!r}")
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise ToolMissing("imageio-ffmpeg is not installed (pip install imageio-ffmpeg)") from error
    return str(imageio_ffmpeg.get_ffmpeg_exe())


EVERYTHING = ("-map", "0:v?", "-map", "0:a?")  # Text and data tracks have no decoder to fail.


def ffprobe(path: Film, *, packets: bool = True, frames: bool = False) -> Report:
    """``format``, ``streams``, ``chapters``, ``packets`` (pts, dts, duration, flags, size ...); ``frames`` if asked."""
    wanted = ["-show_format", "-show_streams", "-show_chapters"]
    wanted += ["-show_packets"] * packets + ["-show_frames"] * frames
    answer = run(find("ffprobe", "ffmpeg"), "-v", "error", *wanted, "-of", "json", path)
    report: Report = answer.json()
    mixed = report.pop("packets_and_frames", [])
    if mixed:
        for kind in ("packet", "frame"):
            report[f"{kind}s"] = [item for item in mixed if item["type"] == kind]
    report["errors"] = lines(answer.err) + ([f"exit status {answer.status}"] if answer.status else [])
    return report


def ffmpeg_decode_errors(path: Film, *, build: str = "system") -> str:
    """What ``ffmpeg`` complains of while it decodes everything: nothing, for a sound film."""
    answer = run(ffmpeg(build), "-v", "error", "-nostdin", "-i", path, *EVERYTHING, "-f", "null", "-")
    return answer.err.strip() or (f"exit status {answer.status}" if answer.status else "")


# Readers with parsers of their own.


def mediainfo(path: Film) -> Report:
    """MediaInfo's fields, as it writes them: ``general`` and ``tracks`` (each with its ``@type``)."""
    answer = run(find("mediainfo", "mediainfo"), "--Output=JSON", path)
    media = answer.json().get("media") or {"track": []}
    general: Report = next((track for track in media["track"] if track["@type"] == "General"), {})
    tracks = [track for track in media["track"] if track["@type"] != "General"]
    errors = [] if tracks else ["no track was found"]
    for track in media["track"]:
        extra = track.get("extra", {})
        if extra.get("IsTruncated") == "Yes":
            errors.append("the file is truncated")
        errors += [f"{key}: {extra[key]}" for key in extra if "Error" in key or "Conformance" in key]
    return {"general": general, "tracks": tracks, "errors": errors}


def exiftool(path: Film) -> Report:
    """Every tag ExifTool finds, the embedded ones too: ``{"Track1:MediaTimeScale": 600, ...}`` under ``tags``.

    Tags of one timed sample carry their number: ``Doc3:Track2:...``. Values are unconverted numbers and strings.
    """
    program = find_module("exiftool-vendored.pl") / "bin" / "exiftool"
    answer = run(find("perl", "perl"), program, "-json", "-ee", "-a", "-n", "-G3:1", "-api", "LargeFileSupport=1", path)
    tags = {name.removeprefix("Main:"): value for name, value in answer.json()[0].items()}
    errors = [str(tags[name]) for name in tags if name.rpartition(":")[2] in ("Warning", "Error")]
    if "QuickTime:Duration" not in tags:
        errors.append("no movie header was found")
    return {"tags": tags, "errors": errors}


def _node(script: str, module: str, path: Film) -> Report:
    find_module(module)
    report: Report = run(find("node", "nodejs"), HERE / "judges" / script, path).json()
    return report


def mp4box(path: Film) -> Report:
    """MP4Box.js: ``info`` (the movie), ``boxes`` (a tree: type, size, fields, children), ``samples`` by track."""
    return _node("mp4box.cjs", "mp4box", path)


def boxes_of(report: Report, *kinds: str) -> list[Report]:
    """All boxes of these types in an ``mp4box`` report, in the order of the file."""

    def walk(boxes: Sequence[Report]) -> Iterator[Report]:
        for box in boxes:
            yield box
            yield from walk(box["children"])

    return [box for box in walk(report["boxes"]) if box["type"] in kinds]


def mediabunny(path: Film) -> Report:
    """Mediabunny: ``format``, ``duration``, ``mime``, ``tags``; ``tracks``, ``packets`` (time, duration, key, size)."""
    return _node("mediabunny.mjs", "mediabunny", path)


def qtdump(path: Film) -> Report:
    """libquicktime's outline of the atoms (``text``, ``lines``): an old parser that knows QuickTime and little else."""
    answer = run(find("qtdump", "quicktime-utils"), path)
    # It opens decoders that Debian leaves out; only the container is its business here.
    errors = [line for line in lines(answer.err) if not line.startswith("[codecs]")]
    found = lines(answer.text)
    if answer.status or "movie (moov)" not in found:
        errors.append(f"no movie was dumped (exit status {answer.status})")
    return {"text": answer.text, "lines": found, "errors": errors}


def mkvmerge(path: Film) -> Report:
    """MKVToolNix' identification (``container``, ``tracks``, ``chapters`` ...), its warnings among the errors."""
    report: Report = run(find("mkvmerge", "mkvtoolnix"), "-J", path).json()
    report["errors"] = lines("\n".join(report.get("errors", []) + report.get("warnings", [])))
    if not report.get("tracks"):
        report["errors"].append("no track was found")
    return report


# GStreamer: qtdemux is a demuxer of its own, and the best reader of edit lists with several entries.

_GST = {"GST_DEBUG_NO_COLOR": "1", "GST_REGISTRY_FORK": "no"}
_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)\.(\d{9})")


def nanoseconds(clock: str) -> int | None:
    """``0:00:01.500000000`` as 1 500 000 000; ``None`` for ``none`` and ``99:99:99.999999999``: no time."""
    match = _CLOCK.fullmatch(clock)
    if match is None or clock.startswith("99:99:99"):
        return None
    hours, minutes, seconds, rest = (int(part) for part in match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 10**9 + rest


def _complaints(text: str) -> list[str]:
    marks = ("ERROR", "WARNING", "An error was encountered", "This file contains no playable")
    return [line for line in lines(text) if line.startswith(marks)]


def gst_discover(path: Film) -> Report:
    """``duration`` (ns), and the ``streams``: ``kind``, ``caps`` (all strings) and the figures printed below them."""
    answer = run(find("gst-discoverer-1.0", "gstreamer1.0-plugins-base-apps"), "-v", path, env=_GST)
    streams: list[Report] = []
    duration = None
    for line in lines(answer.text):
        if match := re.match(r"(video|audio|subtitles|unknown) #\d+: (.*)", line):
            streams.append({"kind": match[1], "caps": _caps(match[2])})
        elif match := re.match(r"([A-Z][\w ]+): (\S.*)", line):
            if streams:
                streams[-1].setdefault(match[1], match[2])
            elif match[1] == "Duration":
                duration = nanoseconds(match[2])
    errors = _complaints(answer.text + answer.err)
    if not streams and not errors:
        errors.append("no stream was found")
    return {"duration": duration, "streams": streams, "errors": errors}


def _caps(text: str) -> dict[str, str]:
    name, *fields = text.split(", ")
    pairs = (field.partition("=") for field in fields)
    return {"name": name, **{key: re.sub(r"^\(\w+\)", "", value) for key, _, value in pairs}}


def gst_segments(path: Film) -> list[list[Report]]:
    """Each track's edit list as qtdemux reads it, in file order: ``time``, ``duration`` (ns), ``media_start`` (units).

    An empty edit has no ``media_start``.
    """
    answer = run(_launch(), *_demux(path, None), env={**_GST, "GST_DEBUG": "qtdemux:5"})
    tracks: list[list[Report]] = []
    pattern = r"created segment (\d+) time (\S+), duration (\S+), media_start (\S+) \((\d+)\).*timescale (\d+)"
    for number, time, duration, start, units, scale in re.findall(pattern, answer.err):
        if number == "0":
            tracks.append([])
        empty = nanoseconds(start) is None
        tracks[-1].append(
            {
                "time": nanoseconds(time),
                "duration": nanoseconds(duration),
                "media_start": None if empty else int(units),
                "timescale": int(scale),
            }
        )
    if not tracks:
        raise JudgeError(f"qtdemux made no segment of {os.fspath(path)}: {_complaints(answer.text + answer.err)}")
    return tracks


def gst_buffers(path: Film, pad: str = "video_0") -> list[Report]:
    """The samples of one track as qtdemux hands them out: ``size``, ``pts``, ``dts``, ``duration`` (ns), ``flags``."""
    answer = run(_launch(), "-v", *_demux(path, pad), env=_GST)
    complaints = _complaints(answer.text + answer.err)
    if complaints:
        raise JudgeError(f"GStreamer cannot read {pad} of {os.fspath(path)}: {complaints}")
    pattern = r"chain .*?\((\d+) bytes, dts: (\S+), pts: (\S+), duration: (\S+), .*?flags: \w+ ?(.*?), meta"
    return [
        {
            "size": int(size),
            "dts": nanoseconds(dts),
            "pts": nanoseconds(pts),
            "duration": nanoseconds(duration),
            "flags": flags.split(),
        }
        for size, dts, pts, duration, flags in re.findall(pattern, answer.text)
    ]


def gst_decode_errors(path: Film) -> list[str]:
    """What GStreamer complains of while it plays everything, decoded, as fast as it can."""
    sinks = ["audio-sink=fakesink sync=false", "video-sink=fakesink sync=false"]
    answer = run(_launch(), "playbin", f"uri={Path(path).resolve().as_uri()}", *sinks, env=_GST)
    return _complaints(answer.text + answer.err) + ([f"exit status {answer.status}"] if answer.status else [])


def _launch() -> str:
    return find("gst-launch-1.0", "gstreamer1.0-tools")


def _demux(path: Film, pad: str | None) -> list[str]:
    sink = ["!", "fakesink", "silent=false", "sync=false"]
    demux = ["filesrc", f"location={os.fspath(path)}", "!", "qtdemux", "name=d"]
    return demux + ([f"d.{pad}"] if pad else ["d."]) + sink


# All together.


def complaints(path: Film) -> dict[str, list[str]]:
    """Ask every judge here that reads a movie whether it finds fault; ``{}`` when nobody does.

    Raises ``ToolMissing`` when one of them is not installed.
    """
    judges: dict[str, Callable[[], list[str]]] = {
        "ffprobe": lambda: ffprobe(path)["errors"],
        "ffmpeg": lambda: lines(ffmpeg_decode_errors(path)),
        "ffmpeg (wheel)": lambda: lines(ffmpeg_decode_errors(path, build="wheel")),
        "mediainfo": lambda: mediainfo(path)["errors"],
        "exiftool": lambda: exiftool(path)["errors"],
        "mp4box": lambda: mp4box(path)["errors"],
        "mediabunny": lambda: mediabunny(path)["errors"],
        "gst_discover": lambda: gst_discover(path)["errors"],
        "gst_decode": lambda: gst_decode_errors(path),
        "mkvmerge": lambda: mkvmerge(path)["errors"],
    }
    with ThreadPoolExecutor(2) as pool:
        answers = {name: pool.submit(judge) for name, judge in judges.items()}
        found = {name: answer.result() for name, answer in answers.items()}
    return {name: errors for name, errors in found.items() if errors}


def versions() -> dict[str, str]:
    """The judges and their versions, ``-`` for one that is not here."""
    from tests.interop import chromium, firefox, vlc

    def package(name: str) -> str:
        return str(json.loads((find_module(name) / "package.json").read_text(encoding="utf-8"))["version"])

    def printed(pattern: str, *command: str) -> str:
        answer = run(*command, seconds=20)
        match = re.search(pattern, answer.text + answer.err)
        return match[1] if match else "?"

    asked: dict[str, Callable[[], str]] = {
        "ffmpeg": lambda: printed(r"ffmpeg version (\S+)", ffmpeg(), "-version"),
        "ffmpeg (wheel)": lambda: printed(r"ffmpeg version (\S+)", ffmpeg("wheel"), "-version"),
        "mediainfo": lambda: printed(r"v(\d[\d.]*)", find("mediainfo", "mediainfo"), "--Version"),
        "gstreamer": lambda: printed(r"GStreamer (\S+)", _launch(), "--version"),
        "mkvmerge": lambda: printed(r"v(\d[\d.]*)", find("mkvmerge", "mkvtoolnix"), "-V"),
        "qtdump": lambda: "yes" if find("qtdump", "quicktime-utils") else "",
        "chromium": chromium.version,
        "firefox": firefox.version,
        "vlc": vlc.version,
        "node": lambda: printed(r"v(\d[\d.]*)", find("node", "nodejs"), "--version"),
        "mp4box.js": lambda: package("mp4box"),
        "mediabunny": lambda: package("mediabunny"),
        "exiftool": lambda: package("exiftool-vendored.pl"),
        "hls-parser": lambda: package("hls-parser"),
        "hls.js": lambda: package("hls.js"),
        "dash.js": lambda: package("dashjs"),
        "shaka packager": lambda: package("shaka-packager"),
    }

    def ask(question: Callable[[], str]) -> str:
        try:
            return question()
        except ToolMissing:
            return "-"

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(asked, pool.map(ask, asked.values()), strict=True))
