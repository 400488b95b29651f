"""Samples stored as they are: any framing, exact times, and nothing taken of what is refused."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.interop import tools
from tests.writing import scene
from tests.writing.scene import RATE, Packet, Stream, filming, length_prefixed, stored_input, stream

from reelwright import (
    AssetWriterInput,
    BufferAttachment,
    FormatDescription,
    MediaType,
    PcmLayout,
    SampleAttachments,
    SampleBuffer,
    SampleTiming,
    Time,
    WritingReport,
)
from reelwright.isobmff.codec_config import complete_format
from reelwright.model.errors import FrameError, InvalidArgumentError, InvalidMediaError, TimestampError
from reelwright.model.pixel import PixelBuffer

START, END = BufferAttachment.TRIM_DURATION_AT_START, BufferAttachment.TRIM_DURATION_AT_END
STEP = Fraction(1, 25)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.mov"


def film(path: Path, *buffers: SampleBuffer, input: AssetWriterInput | None = None, session: Any = 0) -> WritingReport:
    kind = buffers[0].media_type or MediaType.VIDEO
    input = input or stored_input(kind)
    with filming(path, input, session=session) as writer:
        for buffer in buffers:
            input.append(buffer)
    assert writer.report is not None
    return writer.report


# Framing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["avc1", "hvc1"])
@pytest.mark.parametrize("framing", [bytes, length_prefixed])
@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
def test_packets_in_either_framing(path: Path, codec: str, framing: Callable[[bytes], bytes], suffix: str) -> None:
    path, source = path.with_suffix(suffix), stream(codec)
    described = source.format
    if framing is length_prefixed:  # what a demuxer of movie files gives: lengths, and a configuration record
        described = complete_format(described)
        box = tools_record(codec, described)
        described = described.with_(codec_config=box)
    input = stored_input(hint=described)
    with filming(path, input) as writer:
        for packet in source.packets:
            timing = SampleTiming(Time(packet.pts, 25), Time.INVALID, Time(packet.dts, 25))
            input.append(SampleBuffer(framing(packet.data), described, [timing]))
    assert [(s.at, s.number) for s in scene.shown(path)] == [(n * STEP, n) for n in range(12)]
    rows = scene.samples(path)
    assert [row["sync"] for row in rows] == [packet.is_key for packet in source.packets]
    assert writer.report is not None
    assert writer.report.tracks[0].appended == writer.report.tracks[0].written == 12
    assert tools.ffprobe(path)["errors"] == []


def tools_record(codec: str, described: FormatDescription) -> bytes:
    from reelwright.isobmff.codec_config import configuration_box

    found = configuration_box(described)
    assert found is not None
    assert found[0] == {"avc1": "avcC", "hvc1": "hvcC"}[codec]
    return found[1]


def joined(source: Stream, packets: tuple[Packet, ...], **more: Any) -> SampleBuffer:
    """All packets as one buffer of many samples."""
    return SampleBuffer(
        b"".join(p.data for p in packets),
        source.format,
        [SampleTiming(Time(p.pts, 25), Time.INVALID, Time(p.dts, 25)) for p in packets],
        sizes=[len(p.data) for p in packets],
        **more,
    )


@pytest.mark.parametrize("pieces", [1, 3])
def test_many_samples_in_one_buffer(path: Path, pieces: int) -> None:
    source = stream()
    each = len(source.packets) // pieces
    parts = [source.packets[n * each : (n + 1) * each] for n in range(pieces)]
    report = film(path, *(joined(source, part) for part in parts))
    assert [(s.at, s.number) for s in scene.shown(path)] == [(n * STEP, n) for n in range(12)]
    assert report.tracks[0].appended == 12


def test_attachments_become_sample_tables(path: Path) -> None:
    source = stream()
    facts = [
        SampleAttachments(
            not_sync=not p.is_key,
            depends_on_others=not p.is_key,
            is_depended_on_by_others=n % 3 == 0,
            has_redundant_coding=False,
        )
        for n, p in enumerate(source.packets)
    ]
    film(path, joined(source, source.packets, sample_attachments=facts))
    (trak,) = scene.tracks(path)
    stbl = trak.one("mdia", "minf", "stbl")
    assert [row[0] for row in stbl.one("stss").table("I")] == [1, 7]
    found = list(stbl.one("sdtp").body[4:])
    assert found == [
        (2 if p.is_key else 1) << 4 | (1 if n % 3 == 0 else 2) << 2 | 2 for n, p in enumerate(source.packets)
    ]


def test_partial_sync_samples(path: Path) -> None:
    source = stream()
    facts = [SampleAttachments(partial_sync=n == 3, not_sync=not p.is_key) for n, p in enumerate(source.packets)]
    film(path, joined(source, source.packets, sample_attachments=facts))
    (trak,) = scene.tracks(path)
    assert [row[0] for row in trak.one("mdia", "minf", "stbl", "stps").table("I")] == [4]


def test_what_nobody_says_is_read_from_the_bitstream(path: Path) -> None:
    """Without attachments an H.264 packet is a sync sample only if it is one."""
    source = stream()
    film(path, joined(source, source.packets))
    assert [row["sync"] for row in scene.samples(path)] == [p.is_key for p in source.packets]


def test_packets_of_other_codecs_are_sync_unless_said_otherwise(path: Path) -> None:
    photographs = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=8, height=8)
    film(path, SampleBuffer(b"one photograph", photographs, [SampleTiming(Time(0), Time(2))]))
    assert scene.samples(path)[0]["data"] == b"one photograph"
    assert scene.samples(path)[0]["sync"]


@pytest.mark.parametrize("inband", [False, True])
def test_parameter_sets_that_change_make_a_second_description(path: Path, inband: bool) -> None:
    """A new format with the buffers, or new parameter sets in the packets: both halves decode."""
    first, second = stream(qp=30), stream(qp=45, first=12)
    first_sets = second.annexb if inband else b""
    assert first.annexb != second.annexb, "nothing would be proved"
    input = stored_input()
    with filming(path, input):
        for packet in first.packets:
            input.append(first.buffer(packet))
        for number, packet in enumerate(second.packets):
            timing = SampleTiming(Time(packet.pts + 12, 25), Time.INVALID, Time(packet.dts + 12, 25))
            data = first_sets + packet.data if not number else packet.data
            described = first.format if inband else second.format
            input.append(SampleBuffer(data, described, [timing]))
    assert [s.number for s in scene.shown(path)] == list(range(24))
    assert [row["description"] for row in scene.samples(path)] == [1] * 12 + [2] * 12
    assert tools.ffmpeg_decode_errors(path) == ""


# Times ---------------------------------------------------------------------------------------------------------------


def test_times_are_kept_exactly(path: Path) -> None:
    source = stream()
    base = Fraction(1001, 30000)
    buffers = [
        SampleBuffer(p.data, source.format, [SampleTiming(Time.of(p.pts * base), Time.INVALID, Time.of(p.dts * base))])
        for p in source.packets
    ]
    report = film(path, *buffers)
    assert scene.timings(path) == [(n * base, base) for n in range(12)]
    assert report.largest_rounding == 0
    assert scene.media_scale(path) == 30000
    assert [(row["dts"], row["cts"] - row["dts"]) for row in scene.samples(path)] == [
        ((p.dts - source.packets[0].dts) * 1001, (p.pts - p.dts) * 1001) for p in source.packets
    ]


def intra(count: int) -> list[bytes]:
    """Packets each of which stands alone."""
    return [b"picture %d" % n for n in range(count)]


JPEG = FormatDescription(media_type=MediaType.VIDEO, media_subtype="jpeg", width=8, height=8)


def still(number: int, at: Any, lasts: Any = Time.INVALID, decode: Any = Time.INVALID) -> SampleBuffer:
    decode = decode if isinstance(decode, Time) else Time.of(decode)
    lasts = lasts if isinstance(lasts, Time) else Time.of(lasts)
    return SampleBuffer(b"picture %d" % number, JPEG, [SampleTiming(Time.of(at), lasts, decode)])


def marker(time: Any) -> SampleBuffer:
    return SampleBuffer.marker(Time.of(time), BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION)


def durations(path: Path) -> list[Fraction]:
    scale = scene.media_scale(path)
    return [Fraction(row["duration"], scale) for row in scene.samples(path)]


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ([still(2, 3, 9), marker(4)], 1),
        ([still(2, 3, 9)], 9),
        ([still(2, 3)], 2),
        ([still(2, 3, 0)], 2),
        ([still(2, 3, -1)], 2),
    ],
)
def test_durations(path: Path, last: list[SampleBuffer], expected: int) -> None:
    """From decode time to decode time; the last by marker, else by itself, else like the one before."""
    film(path, still(0, 0, 5), still(1, 1, 5), *last)
    assert durations(path) == [1, 2, expected]


def test_a_single_sample(path: Path) -> None:
    report = film(path, still(0, 0))
    assert durations(path) == [Fraction(1, 30)]
    assert "the only sample" in report.tracks[0].notes[0]
    film(path.with_name("own.mov"), still(0, 0, 7))
    assert durations(path.with_name("own.mov")) == [7]


def test_a_hole_behind_a_marker_is_an_empty_edit(path: Path) -> None:
    report = film(path, still(0, 0), marker(1), still(1, 3), marker(4))
    assert scene.edits(path) == [(1, 0), (2, -1), (1, 1)]
    assert durations(path) == [1, 1]
    assert report.duration == 4
    assert report.tracks[0].duration == 2


@pytest.mark.parametrize(
    "buffers",
    [
        [marker(1)],
        [still(0, 1), marker(1)],
        [still(0, 1), marker(2), marker(3)],
        [still(0, 1), SampleBuffer.marker(Time.INVALID, BufferAttachment.ENDS_PREVIOUS_SAMPLE_DURATION)],
        [still(0, 1), still(1, 1)],
        [still(0, 1), still(1, Fraction(1, 2))],
        [still(0, 1), still(1, 5, decode=1)],
        [still(0, 1), marker(2), still(1, Fraction(3, 2))],
        [still(0, 1), still(1, Time.INVALID)],
        [still(0, 1), still(1, Time.POSITIVE_INFINITY)],
        [still(0, 1), still(1, 2, decode=Time.POSITIVE_INFINITY)],
        [still(0, Time(1, 65537)), still(1, Time(1, 65539) + Time(1))],
        [still(0, Time(1, 10**9)), still(1, 5)],
        [still(0, Time(1, 10**9)), still(1, 5, decode=1)],
        [still(0, Time(1, 10**9)), still(1, Fraction(1, 10), 5)],
    ],
)
def test_times_that_cannot_be(path: Path, buffers: list[SampleBuffer]) -> None:
    """The last buffer is refused, and what follows does not know about it."""
    input = stored_input()
    with filming(path, input) as writer:
        for buffer in buffers[:-1]:
            input.append(buffer)
        scale = None if input._lane is None else input._lane.clock.timescale
        with pytest.raises(TimestampError) as caught:
            input.append(buffers[-1])
        assert caught.value.hint
        assert caught.value.track == 1
        assert input._lane is not None
        assert input._lane.clock.timescale == scale
        input.append(still(9, Fraction(21, 10), Fraction(1, 2)))
    assert writer.report is not None
    taken = sum(1 for buffer in buffers[:-1] if buffer.num_samples) + 1
    assert writer.report.tracks[0].written == writer.report.tracks[0].appended == taken
    assert scene.samples(path)[-1]["data"] == b"picture 9"


def test_of_many_samples_none_is_taken_when_one_is_wrong(path: Path) -> None:
    source = stream()
    wrong = [*source.packets[:3], Packet(source.packets[3].data, 99, source.packets[2].dts, False)]
    broken = [*source.packets[:3], Packet(b"\0\0\1", 99, 99, False)]
    input = stored_input()
    with filming(path, input) as writer:
        with pytest.raises(TimestampError):
            input.append(joined(source, tuple(wrong)))
        with pytest.raises(InvalidMediaError):
            input.append(joined(source, tuple(broken)))
        input.append(joined(source, source.packets))
    assert writer.report is not None
    assert writer.report.tracks[0].written == 12
    assert [s.number for s in scene.shown(path)] == list(range(12))


def test_refused_parameter_sets_change_nothing(path: Path) -> None:
    """A refused buffer that brought new parameter sets with it does not begin a new description."""
    source, other = stream(qp=30), stream(qp=45)
    input = stored_input()
    with filming(path, input):
        input.append(source.buffer(source.packets[0]))
        intruder = Packet(other.annexb + other.packets[0].data, 0, -5, True)
        with pytest.raises(TimestampError):
            input.append(source.buffer(intruder))
        for packet in source.packets[1:]:
            input.append(source.buffer(packet))
    assert {row["description"] for row in scene.samples(path)} == {1}
    assert [s.number for s in scene.shown(path)] == list(range(12))


def test_a_fixed_media_time_scale(path: Path) -> None:
    input = stored_input()
    input.media_time_scale = 600
    times = [Fraction(n * 1001, 30000) for n in range(8)]
    with filming(path, input) as writer:
        for number, time in enumerate(times):
            input.append(still(number, time, Fraction(1, 10_000)))
        with pytest.raises(TimestampError, match="1/600 s"):
            input.append(still(9, times[-1] + Fraction(1, 10_000)))
    ticks = [int(time * 600 + Fraction(1, 2)) for time in times]
    rows = scene.samples(path)
    assert [row["dts"] for row in rows] == ticks
    assert rows[-1]["duration"] == 1, "never nothing"
    assert writer.report is not None
    assert writer.report.largest_rounding == max(
        abs(Fraction(tick, 600) - time) for tick, time in zip(ticks, times, strict=True)
    )


def test_a_fixed_media_time_scale_with_reordering(path: Path) -> None:
    source = stream()
    input = stored_input()
    input.media_time_scale = 90_000
    with filming(path, input):
        for p in source.packets:
            base = Fraction(1001, 24000)
            timing = SampleTiming(Time.of(p.pts * base), Time.INVALID, Time.of(p.dts * base))
            input.append(SampleBuffer(p.data, source.format, [timing]))
    for number, (at, _) in enumerate(scene.timings(path)):
        assert abs(at - number * Fraction(1001, 24000)) <= Fraction(1, 180_000)
    assert [s.number for s in scene.shown(path)] == list(range(12))


# Sound ---------------------------------------------------------------------------------------------------------------


def aac(number: int, at: Any, lasts: Any = 1024, priming: int = 0, **attachments: Any) -> SampleBuffer:
    source = scene.sound_stream()
    when = at if isinstance(at, Time) else Time(at, RATE)
    length = lasts if isinstance(lasts, Time) else Time(lasts, RATE)
    timing = SampleTiming(when, length)
    return SampleBuffer(source.packets[number], source.format(priming), [timing], attachments=attachments)


def sine(first: int, count: int) -> Any:
    return np.sin(np.arange(first, first + count) * (2 * np.pi * 440 / RATE))


@pytest.mark.parametrize("how", ["attachment", "format", "nothing", "one by one"])
def test_encoder_delay_is_trimmed(path: Path, how: str) -> None:
    """The sound begins at zero, whoever says how much of its head is priming."""
    source = scene.sound_stream()
    assert source.priming == 1024
    buffers = []
    for n in range(len(source.packets)):
        at = (n - 1) * 1024
        trim: dict[str, Any] = {}
        if n == 0 and how in ("attachment", "one by one"):
            trim = {START: Time(1024, RATE)}
        elif n == 0 and how == "nothing":
            trim = {START: Time(0)}
        elif n == 1 and how == "one by one":  # the first was trimmed away whole, so this one's trim counts too
            trim = {START: Time(100, RATE)}
        buffers.append(aac(n, at, priming=1024 if how == "format" else 0, **trim))
    report = film(path, *buffers)
    (track,) = report.tracks
    assert track.appended == track.written == len(source.packets)
    expected = {"nothing": 0, "one by one": Fraction(100, RATE)}.get(how, Fraction(0))
    assert track.start == expected
    last = scene.edits(path)[-1]
    assert last[1] == {"nothing": 1024, "one by one": 1124}.get(how, 1024)


def test_encoder_delay_must_be_known(path: Path) -> None:
    input = stored_input(MediaType.AUDIO)
    with filming(path, input) as writer:
        with pytest.raises(InvalidArgumentError, match="encoder delay") as caught:
            input.append(aac(0, 0))
        assert "TRIM_DURATION_AT_START" in str(caught.value)
        assert input._lane is not None
        assert input._lane.clock.timescale == 1
        input.append(aac(0, 0, **{START: Time(0)}))
        input.append(aac(1, 1024))
    assert writer.report is not None
    assert writer.report.tracks[0].written == 2


def test_the_tail_is_trimmed_by_the_last_buffer(path: Path) -> None:
    report = film(path, aac(0, -1024, priming=1024), aac(1, 0), aac(2, 1024, **{END: Time(24, RATE)}))
    assert report.duration == Fraction(2024, RATE)
    assert scene.edits(path) == [(2024, 1024)]
    wave, begin = scene.heard(path)
    assert begin == 0
    assert np.corrcoef(wave[200:1000, 0], sine(200, 800))[0, 1] > 0.99


@pytest.mark.parametrize("trim", [Time(-5, RATE), Time.INVALID])
@pytest.mark.parametrize("where", [START, END])
def test_trims_that_cannot_be(path: Path, trim: Time, where: BufferAttachment) -> None:
    input = stored_input(MediaType.AUDIO)
    with filming(path, input):
        with pytest.raises(InvalidArgumentError):
            input.append(aac(0, 0, priming=0, **{START: Time(0), where: trim}))
        input.append(aac(0, 0, priming=1024))


def test_a_hole_stays_a_hole(path: Path) -> None:
    report = film(path, aac(0, -1024, priming=1024), aac(1, 0), aac(2, 5000), aac(3, 6024))
    assert scene.edits(path) == [(1024, 1024), (5000 - 1024, -1), (2048, 2048)]
    assert report.duration == Fraction(5000 + 2048, RATE)
    assert report.tracks[0].audio_gaps == ()


def test_roughness_is_no_hole(path: Path) -> None:
    """Times in milliseconds, as other containers have them: continuous, and without drift."""
    buffers = [
        aac(n, Time(round((n - 1) * 1024 / 48), 1000), priming=1024) for n in range(len(scene.sound_stream().packets))
    ]
    report = film(path, *buffers)
    assert sum(media >= 0 for _, media in scene.edits(path)) == 1
    assert scene.media_scale(path) == RATE
    start = report.tracks[0].start
    assert start is not None
    assert abs(start) <= Fraction(1, 2000), "the first time was rough too"
    assert report.tracks[0].duration == Fraction((len(buffers) - 1) * 1024, RATE)


def test_rough_durations_do_not_tear(path: Path) -> None:
    """Milliseconds for durations as well: the format knows better."""
    packets = scene.sound_stream(100_000).packets
    form = scene.sound_stream(100_000).format(1024)
    buffers = [
        SampleBuffer(data, form, [SampleTiming(Time(round((n - 1) * 1024 / 48), 1000), Time(21, 1000))])
        for n, data in enumerate(packets)
    ]
    film(path, *buffers)
    assert {row["duration"] for row in scene.samples(path)} == {1024}
    assert sum(media >= 0 for _, media in scene.edits(path)) == 1


def test_a_packet_may_be_shorter_than_its_format_says(path: Path) -> None:
    film(path, aac(0, -1024, priming=1024), aac(1, 0), aac(2, 1024, Time(500, RATE)))
    assert [row["duration"] for row in scene.samples(path)] == [1024, 1024, 500]


def test_sound_that_begins_off_the_grid_goes_to_the_nearest_frame(path: Path) -> None:
    report = film(path, aac(0, Time(1, 7), priming=1024), aac(1, Time(1, 7) + Time(1024, RATE)), session=Time(1, 7))
    assert scene.media_scale(path) == RATE
    nearest = round(Fraction(RATE, 7))
    assert report.largest_rounding >= abs(Fraction(nearest, RATE) - Fraction(1, 7)) > 0


@pytest.mark.parametrize(("late", "edits"), [(512, 1), (513, 3), (-512, 1)])
def test_half_a_packet_is_the_limit(path: Path, late: int, edits: int) -> None:
    film(path, aac(0, -1024, priming=1024), aac(1, 0), aac(2, 1024 + late))
    assert len(scene.edits(path)) == edits


def test_sound_that_overlaps_is_refused_whole(path: Path) -> None:
    source = scene.sound_stream()
    input = stored_input(MediaType.AUDIO)
    with filming(path, input) as writer:
        input.append(aac(0, -1024, priming=1024))
        two = SampleBuffer(
            source.packets[1] + source.packets[2],
            source.format(),
            [SampleTiming(Time(0), Time(1024, RATE)), SampleTiming(Time(511, RATE), Time(1024, RATE))],
            sizes=[len(source.packets[1]), len(source.packets[2])],
        )
        with pytest.raises(TimestampError, match="overlaps") as caught:
            input.append(two)
        assert caught.value.time == Time(511, RATE)
        input.append(aac(1, 0))
    assert writer.report is not None
    assert writer.report.tracks[0].written == 2


@pytest.mark.parametrize("lasts", [Time.INVALID, 0, -1024])
def test_packets_of_sound_need_a_duration(path: Path, lasts: Any) -> None:
    input = stored_input(MediaType.AUDIO)
    with filming(path, input):
        with pytest.raises(TimestampError, match="duration"):
            input.append(aac(0, 0, lasts, priming=1024))
        input.append(aac(0, 0, priming=1024))


PCM = FormatDescription(
    media_type=MediaType.AUDIO,
    media_subtype="lpcm",
    sample_rate=RATE,
    channels=1,
    pcm=PcmLayout(bits=16),
    frames_per_packet=1,
)


def pcm(start: int, frames: int, at: Any = None, each: Any = None) -> SampleBuffer:
    data = (scene.sound(frames, start) * 32768).astype("<i2").tobytes()
    when = Time(start, RATE) if at is None else Time.of(at)
    return SampleBuffer(data, PCM, [SampleTiming(when, Time(1, RATE) if each is None else each)])


def test_linear_pcm_as_it_is(path: Path) -> None:
    report = film(path, pcm(0, 1000), pcm(1000, 100_000), pcm(101_000, 500))
    wave, _ = scene.heard(path)
    assert np.abs(wave - scene.sound(101_500)).max() < 1e-6
    (track,) = report.tracks
    assert track.appended == track.written == 101_500
    assert len(scene.edits(path)) == 1


def test_pcm_times_in_milliseconds_are_continuous(path: Path) -> None:
    buffers = [pcm(n * 1024, 1024, Fraction(round(n * 1024 / 48), 1000), Time.INVALID) for n in range(50)]
    report = film(path, *buffers)
    assert scene.media_scale(path) == RATE
    assert len(scene.edits(path)) == 1
    assert report.duration == Fraction(50 * 1024, RATE)


def test_a_pcm_frame_lasts_what_its_rate_says(path: Path) -> None:
    input = stored_input(MediaType.AUDIO)
    with filming(path, input):
        with pytest.raises(TimestampError, match="lasts"):
            input.append(pcm(0, 1000, each=Time(1000, RATE)))
        input.append(pcm(0, 1000))


# What does not belong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("buffer", "kind", "word"),
    [
        (
            SampleBuffer(image=PixelBuffer.from_array(scene.picture(1)), timings=[SampleTiming(Time(5))]),
            FrameError,
            "output settings",
        ),
        (pcm(0, 100), FrameError, "audio buffer"),
        (SampleBuffer(num_samples=0), FrameError, "without samples"),
        (SampleBuffer.marker(Time.INVALID, BufferAttachment.EMPTY_MEDIA), TimestampError, "numeric time"),
        (SampleBuffer(b"", JPEG, [SampleTiming(Time(5))], num_samples=1), InvalidArgumentError, "without any bytes"),
        (SampleBuffer(b"x", JPEG), TimestampError, "numeric times"),
        (
            SampleBuffer(b"xxxx", stream().format.with_(codec_config=b""), [SampleTiming(Time(5))]),
            InvalidMediaError,
            "parameter sets",
        ),
        (SampleBuffer(b"xxxx", stream().format, [SampleTiming(Time(5))]), InvalidMediaError, ""),
    ],
)
def test_what_is_refused_leaves_no_trace(path: Path, buffer: SampleBuffer, kind: type[Exception], word: str) -> None:
    source, input = stream(), stored_input()
    with filming(path, input) as writer:
        for packet in source.packets:
            with pytest.raises(kind) as caught:
                input.append(buffer)
            assert word in str(caught.value)
            input.append(source.buffer(packet))
    assert [s.number for s in scene.shown(path)] == list(range(12))
    assert writer.report is not None
    assert writer.report.tracks[0].media_time_scale == 25
    assert {row["description"] for row in scene.samples(path)} == {1}


def test_an_array_needs_an_encoder(path: Path) -> None:
    input = stored_input()
    with filming(path, input):
        with pytest.raises(FrameError, match="VideoSettings"):
            input.append(scene.picture(1), 0)
        input.append(still(0, 0))


def test_a_marker_means_nothing_to_sound(path: Path) -> None:
    input = stored_input(MediaType.AUDIO)
    with filming(path, input):
        input.append(pcm(0, 100))
        with pytest.raises(FrameError, match="own durations"):
            input.append(marker(1))


def test_a_format_that_the_file_cannot_hold_is_refused_at_its_append(tmp_path: Path) -> None:
    """The hint promised something else."""
    from reelwright.model.errors import SettingsError

    source = stream()
    input = stored_input(hint=source.format)
    with filming(tmp_path / "film.mp4", input) as writer:
        prores = FormatDescription(media_type=MediaType.VIDEO, media_subtype="apch", width=64, height=64)
        with pytest.raises(SettingsError):
            input.append(SampleBuffer(b"xxxx", prores, [SampleTiming(Time(0))]))
        for packet in source.packets:
            input.append(source.buffer(packet))
    assert writer.report is not None
    assert writer.report.tracks[0].written == 12


def test_a_track_of_several_buffers_and_sessions(path: Path) -> None:
    """Packets before the session are stored and not shown, as with encoded pictures."""
    source = stream()
    report = film(path, *source.buffers(), session=Time(6, 25))
    assert report.duration == 6 * STEP
    assert [s.number for s in scene.shown(path) if s.at >= 0] == list(range(6, 12))
    assert report.tracks[0].written == 12
