"""Films in fragments: what they show while they grow, what they become, what a failure leaves, and who may wait."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import pytest
from tests.isobmff import reading
from tests.writing import scene
from tests.writing.scene import audio_input, begun, filming, left, nothing_left, picture, sound_buffer, stored_input

from reelwright import (
    Asset,
    AssetWriter,
    AssetWriterInput,
    DiskFullError,
    FormatDescription,
    InvalidArgumentError,
    InvalidStateError,
    MediaType,
    OutputExistsError,
    SampleBuffer,
    SampleTiming,
    Time,
    TimestampError,
    WriterStatus,
)
from reelwright.storage import platform
from reelwright.writing import fragments as fragments_module

RATE = scene.RATE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.mov"


def fragmented(
    target: Any, *inputs: AssetWriterInput, interval: Any = Fraction(1, 5), session: Any = 0, **options: Any
) -> AssetWriter:
    """A writer of fragments, in its session."""
    settings = {name: options.pop(name) for name in list(options) if hasattr(AssetWriter, name)}
    writer = AssetWriter(target, **options)
    for input in inputs:
        writer.add(input)
    writer.movie_fragment_interval = interval
    for name, value in settings.items():
        setattr(writer, name, value)
    writer.start_writing()
    writer.start_session(session)
    return writer


def packets(source: Any) -> list[tuple[str, Any, Any, bool, str]]:
    """What FFmpeg's demuxer gives of a film: kind, times, key, and a digest of the bytes."""
    found = []
    with av.open(str(source) if isinstance(source, Path) else source) as film:
        for packet in film.demux():
            if packet.size:
                base = packet.time_base
                assert base is not None
                times = (None if ticks is None else ticks * base for ticks in (packet.pts, packet.dts))
                digest = sha256(bytes(packet)).hexdigest()
                found.append((packet.stream.type, *times, packet.is_keyframe, digest))
    return found


def boxes(path: Path) -> list[str]:
    """The boxes of a file that may be growing: whole ones, up to what is not promised yet."""
    data, at, found = path.read_bytes(), 0, []
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        size = int.from_bytes(data[at + 8 : at + 16], "big") if size == 1 else size
        if size < 8 or at + size > len(data):
            break
        found.append(data[at + 4 : at + 8].decode("latin-1"))
        at += size
    return found


def fragment_starts(path: Path) -> list[Fraction]:
    """When the first picture of each fragment of a video track is decoded, in seconds."""
    data = path.read_bytes()
    scale = scene.media_scale(path)
    fragments = (atom for atom in reading.atoms(data) if atom.kind == "moof")
    return [Fraction(atom.one("traf", "tfdt").numbers("Q")[0], scale) for atom in fragments]


def settled(path: Path, count: int) -> None:
    """Wait until the file shows so many fragments."""
    scene.wait_until(lambda: path.exists() and boxes(path).count("moof") >= count, f"no {count} fragments come")


def store(writer: AssetWriter, input: AssetWriterInput, buffers: list[SampleBuffer]) -> None:
    for buffer in buffers:
        input.append(buffer)


def sound_format() -> FormatDescription:
    stream = scene.sound_stream()
    return stream.format(stream.priming)


def sound_packets(count: int, first: int = 0) -> list[SampleBuffer]:
    stream = scene.sound_stream()
    return [
        SampleBuffer(
            stream.packets[index % len(stream.packets)],
            sound_format(),
            timings=[SampleTiming(Time(index * 1024, RATE), Time(1024, RATE))],
        )
        for index in range(first, first + count)
    ]


# What it becomes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
@pytest.mark.parametrize("seals", [True, False])
def test_the_same_samples_as_in_an_ordinary_film(tmp_path: Path, suffix: str, seals: bool) -> None:
    stream, sound = scene.stream(count=24), sound_packets(40)
    paths = [tmp_path / f"{name}{suffix}" for name in ("plain", "fragmented")]
    for path in paths:
        video = stored_input(hint=stream.format)
        audio = stored_input(MediaType.AUDIO, sound_format())
        options = {"interval": Fraction(1, 5), "seals_fragments": seals}
        writer = fragmented(path, video, audio, **options) if path is paths[1] else begun(path, video, audio)
        for index in range(8):
            store(writer, video, stream.buffers()[index * 3 : index * 3 + 3])
            store(writer, audio, sound[index * 5 : index * 5 + 5])
        report = writer.finish_writing()
    assert report.header_method == ("last" if seals else "fragmented")
    first, second = (sorted(packets(each), key=lambda found: found[:3]) for each in paths)
    assert first == second
    found = boxes(paths[1])
    if seals:
        assert found == ["ftyp", "mdat", "moov"]
        assert scene.edits(paths[0]) == scene.edits(paths[1])
    else:
        assert found[:3] == ["ftyp", "free", "moov"]
        assert found.count("moof") == 5  # 0.96 s
        assert found[-1] == "mfra"
    assert left(tmp_path) == sorted(path.name for path in paths)


def test_linear_pcm_is_divided_within_its_buffers(tmp_path: Path) -> None:
    paths = [tmp_path / "plain.mov", tmp_path / "fragmented.mov"]
    for path in paths:
        audio = stored_input(MediaType.AUDIO)
        options = {"interval": Fraction(1, 40), "seals_fragments": False}
        writer = fragmented(path, audio, **options) if path is paths[1] else begun(path, audio)
        audio.append(sound_buffer(RATE // 10))  # one buffer of four intervals
        audio.append(sound_buffer(RATE // 80, Fraction(1, 10), RATE // 10))
        writer.finish_writing()
    assert boxes(paths[1]).count("moof") == 5
    first, second = (scene.heard(path)[0] for path in paths)
    assert (first == second).all()


def test_encoded_pictures_get_a_key_frame_where_a_fragment_begins(path: Path) -> None:
    video = scene.video_input(settings={"encoder_options": {"bf": "2"}})
    writer = fragmented(path, video, interval=1, initial_movie_fragment_interval=Fraction(1, 2))
    for index in range(20):
        video.append(picture(index), Time(index, 10))
    writer.finish_writing()
    assert [at for _, at, _, is_key, _ in packets(path) if is_key] == [0, Fraction(1, 2), Fraction(3, 2)]
    assert [each.number for each in scene.shown(path)] == list(range(20))


def test_intervals_are_counted_from_the_sessions_start(path: Path) -> None:
    video = scene.video_input()
    writer = fragmented(path, video, interval=1, session=Fraction(7, 2), seals_fragments=False)
    for index in range(25):
        video.append(picture(index), Time(35 + index, 10))
    writer.finish_writing()
    assert fragment_starts(path) == [0, 1, 2]


def test_a_film_is_sealed_when_all_else_is_on_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log: list[Any] = []
    sync, write_at = platform.sync_data, platform.write_at

    def written(file: Any, offset: int, views: Any) -> None:
        log.append((offset, sum(view.nbytes for view in views)))
        write_at(file, offset, views)

    def synced(descriptor: int) -> None:
        log.append("sync")
        sync(descriptor)

    monkeypatch.setattr(platform, "write_at", written)
    monkeypatch.setattr(platform, "sync_data", synced)
    video = stored_input()
    writer = fragmented(path, video)
    store(writer, video, scene.stream(count=24).buffers())
    writer.finish_writing()
    header, settled, (place, length) = log[-3:]
    assert sum(header) == path.stat().st_size
    assert (settled, length) == ("sync", 16)
    assert place < 64


@pytest.mark.parametrize(
    ("interval", "starts"),
    [
        (Fraction(23, 100), [0, 6, 12, 18]),  # key frames come 0.01, 0.02 and 0.03 s behind; none is waited for longer
        (Fraction(2, 10), [0, 6, 10, 16, 19]),  # from the third on with pictures that are no key frames
    ],
)
def test_stored_pictures_go_on_to_a_sync_sample_that_is_near(
    tmp_path: Path, interval: Fraction, starts: list[int]
) -> None:
    path, stream = tmp_path / "film.mp4", scene.stream(count=24)  # a key frame every 6 pictures, 0.24 s
    video = stored_input(hint=stream.format)
    writer = fragmented(path, video, interval=interval, seals_fragments=False)
    store(writer, video, stream.buffers())
    writer.finish_writing()
    assert [start * 25 for start in fragment_starts(path)] == starts


def test_fragments_are_numbered_from_where_they_are_told(path: Path) -> None:
    video = stored_input()
    options = {"seals_fragments": False, "initial_movie_fragment_sequence_number": 7, "overall_duration_hint": 12}
    writer = fragmented(path, video, **options)
    store(writer, video, scene.stream().buffers())
    writer.finish_writing()
    found = [atom for atom in reading.atoms(path.read_bytes()) if atom.kind in ("moof", "moov")]
    assert found[0].one("mvex", "mehd").body
    assert [atom.one("mfhd").numbers("I")[0] for atom in found[1:]] == [7, 8, 9]


def test_combinable_fragments_keep_the_times_of_the_source(path: Path) -> None:
    video = stored_input()
    writer = AssetWriter(path)
    writer.add(video)
    writer.movie_fragment_interval, writer.produces_combinable_fragments = Fraction(1, 5), True
    writer.start_writing()
    writer.start_session(10)
    for buffer in scene.stream().buffers():
        video.append(_later(buffer, 10))
    assert writer.finish_writing().header_method == "fragmented"
    with av.open(str(path)) as film:
        (track,) = film.streams
        assert track.start_time is not None
        assert track.time_base is not None
        assert track.start_time * track.time_base == 10


def _later(buffer: SampleBuffer, seconds: int) -> SampleBuffer:
    (timing,) = buffer.timings
    return replace(
        buffer,
        timings=[replace(timing, presentation=timing.presentation + seconds, decode=timing.decode + seconds)],
    )


def test_a_film_that_ends_before_its_first_interval_is_an_ordinary_one(path: Path) -> None:
    video = stored_input()
    writer = fragmented(path, video, interval=60)
    store(writer, video, scene.stream().buffers())
    writer.finish_writing()
    assert boxes(path) == ["ftyp", "mdat", "moov"]
    assert len(scene.shown(path)) == 12


def test_files_that_know_no_fragments_are_written_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    video = stored_input(hint=scene.stream().format)
    writer = fragmented(path, video)
    store(writer, video, scene.stream().buffers())
    assert left(tmp_path) != ["film.mkv"]
    writer.finish_writing()
    assert len(packets(path)) == 12


# While it grows -------------------------------------------------------------------------------------------------------


def test_it_can_be_played_while_it_is_written(path: Path) -> None:
    stream = scene.stream(count=24)
    video = stored_input()
    with nothing_left(path.parent, but=["film.mov"]):
        writer = fragmented(path, video, interval=Fraction(6, 25))
        assert left(path.parent) == ["film.mov"], "the name is taken from the start"
        store(writer, video, stream.buffers()[:14])
        settled(path, 2)
        assert [each.number for each in scene.shown(path)] == list(range(12))
        assert Asset(path).duration == Fraction(12, 25)
        store(writer, video, stream.buffers()[14:])
        writer.finish_writing()
    assert [each.number for each in scene.shown(path)] == list(range(24))


def test_a_track_that_lags_does_not_hold_the_others_back(path: Path) -> None:
    video, audio = stored_input(), stored_input(MediaType.AUDIO, sound_format())
    writer = fragmented(path, video, audio)
    store(writer, video, scene.stream(count=24).buffers())
    settled(path, 2)
    store(writer, audio, sound_packets(40))
    report = writer.finish_writing()
    assert [track.written for track in report.tracks] == [24, 40]
    assert len(packets(path)) == 64


def test_a_fragment_of_many_bytes_ends_before_its_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments_module, "_MOST_BYTES", 100_000)
    audio = stored_input(MediaType.AUDIO)
    writer = fragmented(path, audio, interval=600, seals_fragments=False)
    audio.append(sound_buffer(3 * RATE))  # 4 bytes a frame, in chunks of a second
    writer.finish_writing()
    assert boxes(path).count("moof") == 3


class Pipe(io.RawIOBase):
    """An object that cannot go back."""

    def __init__(self) -> None:
        self.got = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.got += data
        return len(data)


@pytest.mark.parametrize("interval", [None, Fraction(6, 25)])
def test_an_object_that_only_takes_bytes_gets_fragments(interval: Any) -> None:
    pipe, video, stream = Pipe(), stored_input(), scene.stream(count=24)
    writer = AssetWriter(pipe, "mov")
    writer.add(video)
    if interval is not None:
        writer.movie_fragment_interval = interval
    writer.start_writing()
    writer.start_session(0)
    store(writer, video, stream.buffers()[:18])
    if interval is not None:
        assert bytes(pipe.got).count(b"moof") >= 2
    store(writer, video, stream.buffers()[18:])
    assert writer.finish_writing().header_method == "fragmented"
    assert len(packets(io.BytesIO(bytes(pipe.got)))) == 24


def test_an_object_that_can_go_back_is_sealed() -> None:
    film, video = io.BytesIO(), stored_input()
    writer = fragmented(film, video, file_type="mov")
    store(writer, video, scene.stream().buffers())
    writer.finish_writing()
    assert [atom.kind for atom in reading.atoms(film.getvalue())] == ["ftyp", "mdat", "moov"]


# The disk -------------------------------------------------------------------------------------------------------------


def test_a_fragment_is_not_promised_before_it_is_on_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed, asked = threading.Event(), threading.Event()
    sync = platform.sync_data

    def slow(descriptor: int) -> None:
        asked.set()
        assert allowed.wait(10)
        sync(descriptor)

    monkeypatch.setattr(platform, "sync_data", slow)
    video = stored_input()
    writer = fragmented(path, video)
    store(writer, video, scene.stream(count=24).buffers())  # whoever appends does not wait
    assert asked.wait(10)
    assert b"moof" not in path.read_bytes()
    allowed.set()
    settled(path, 3)
    writer.finish_writing()
    assert len(scene.shown(path)) == 24


def test_a_disk_that_cannot_sync_fails_the_writer(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with nothing_left(path.parent):
        monkeypatch.setattr(platform, "sync_data", broken)
        video = stored_input()
        writer = fragmented(path, video)
        with suppress(OSError):  # whichever call comes after it
            store(writer, video, scene.stream(count=24).buffers())
        scene.wait_until(lambda: writer.status is WriterStatus.FAILED, "it does not fail")
        with pytest.raises(OSError, match=r"film\.mov"):
            writer.finish_writing()


@pytest.mark.parametrize("disk", ["slow", "broken"])
def test_a_failure_leaves_all_fragments_that_are_whole(path: Path, monkeypatch: pytest.MonkeyPatch, disk: str) -> None:
    begun, allowed = threading.Event(), threading.Event()
    sync, write_at = platform.sync_data, platform.write_at
    log: list[str] = []

    def written(file: Any, offset: int, views: Any) -> None:
        log.append("head" if sum(view.nbytes for view in views) == 8 else "media")
        write_at(file, offset, views)

    def slow(descriptor: int) -> None:
        log.append("sync")
        begun.set()
        assert allowed.wait(10)
        if disk == "broken":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(descriptor)

    monkeypatch.setattr(platform, "sync_data", slow)
    monkeypatch.setattr(platform, "write_at", written)
    with nothing_left(path.parent, but=["film.mov"] if disk == "slow" else []):
        video = stored_input()
        writer = fragmented(path, video, interval=Fraction(6, 25))
        buffers = scene.stream(count=24).buffers()
        store(writer, video, buffers[:8])
        assert begun.wait(10)
        store(writer, video, buffers[8:])
        threading.Timer(0.1, allowed.set).start()
        writer._fail(RuntimeError("something else"))
        assert ("can be played" in str(writer.error)) == (disk == "slow")
        assert "othing is left" not in str(writer.error)
    if disk == "slow":
        assert log[-4:] == ["sync", "head", "head", "head"], "what is not on the disk must not be promised"
        assert [each.number for each in scene.shown(path)] == list(range(18))


def test_two_failures_at_a_time_do_not_wait_for_each_other(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closing, close = threading.Event(), fragments_module.Heads.close
    reported = threading.Event()

    def broken(descriptor: int) -> None:
        assert closing.wait(10)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def closed(heads: fragments_module.Heads) -> None:
        closing.set()  # the disk's failure is reported now that the other one is being seen to
        assert reported.wait(10)
        close(heads)

    monkeypatch.setattr(platform, "sync_data", broken)
    monkeypatch.setattr(fragments_module.Heads, "close", closed)
    with nothing_left(path.parent):
        video = stored_input()
        writer = fragmented(path, video)
        store(writer, video, scene.stream(count=24).buffers())
        fail = writer._output._heads._fail  # type: ignore[union-attr]

        def failing(error: BaseException) -> None:
            reported.set()
            fail(error)

        writer._output._heads._fail = failing  # type: ignore[union-attr]
        threading.Thread(target=writer._fail, args=(RuntimeError("the other one"),), daemon=True).start()
        scene.wait_until(lambda: writer.status is WriterStatus.FAILED, "they wait for each other", 10)
    assert "the other one" in str(writer.error)


def test_a_full_disk_leaves_what_plays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = scene.stream(count=24)
    with nothing_left(path.parent, but=["film.mov"]):
        video = stored_input()
        writer = fragmented(path, video, interval=Fraction(6, 25))
        store(writer, video, stream.buffers()[:14])
        settled(path, 2)

        def full(*_: Any) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            patch.setattr(platform, "write_at", full)
            with pytest.raises(DiskFullError) as caught:
                store(writer, video, stream.buffers()[14:])
        assert caught.value.path == str(path)
        assert caught.value.time is not None
        assert "can be played" in str(caught.value)
        assert writer.status is WriterStatus.FAILED
    assert [each.number for each in scene.shown(path)] == list(range(12))
    assert boxes(path)[-2:] == ["moof", "mdat"]


def test_a_full_disk_leaves_all_fragments_that_are_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free, write_at, sync = threading.Event(), platform.write_at, platform.sync_data

    def slow(descriptor: int) -> None:
        assert free.wait(10)
        sync(descriptor)

    def filling(file: Any, offset: int, views: Any) -> None:
        if offset + sum(view.nbytes for view in views) > 2600:  # what is there can be replaced
            threading.Timer(0.1, free.set).start()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_at(file, offset, views)

    monkeypatch.setattr(platform, "sync_data", slow)
    monkeypatch.setattr(platform, "write_at", filling)
    with nothing_left(path.parent, but=["film.mov"]):
        video = stored_input()
        writer = fragmented(path, video, interval=Fraction(6, 25))
        with suppress(DiskFullError):  # or the next call raises it
            store(writer, video, scene.stream(count=48).buffers())
        with pytest.raises(DiskFullError, match="can be played"):
            writer.finish_writing()
    kept = boxes(path).count("moof")
    assert kept > 1
    assert [each.number for each in scene.shown(path)] == list(range(6 * kept))


# Ends -----------------------------------------------------------------------------------------------------------------


def test_a_taken_name_is_refused(path: Path) -> None:
    path.write_bytes(b"old")
    with pytest.raises(OutputExistsError):
        fragmented(path, stored_input())
    assert path.read_bytes() == b"old"


def test_an_old_film_is_replaced_by_the_first_fragment(path: Path) -> None:
    path.write_bytes(b"old")
    with nothing_left(path.parent, but=["film.mov"]):
        video = stored_input()
        writer = fragmented(path, video, overwrite=True)
        store(writer, video, scene.stream(count=24).buffers()[:3])
        assert path.read_bytes() == b"old"
        store(writer, video, scene.stream(count=24).buffers()[3:])
        settled(path, 1)
        writer.finish_writing()
    assert len(scene.shown(path)) == 24


@pytest.mark.parametrize("count", [3, 24])
def test_cancelling_leaves_nothing(path: Path, count: int) -> None:
    with nothing_left(path.parent):
        video = stored_input()
        writer = fragmented(path, video)
        store(writer, video, scene.stream(count=24).buffers()[:count])
        writer.cancel_writing()


CHILD = """
import os, signal, sys
from fractions import Fraction
from tests.writing import scene
from tests.writing.test_fragments import fragmented, settled, store
from pathlib import Path
path = Path(sys.argv[1])
video = scene.stored_input()
writer = fragmented(path, video, interval=Fraction(6, 25))
store(writer, video, scene.stream(count=24).buffers()[:20])
settled(path, 3)
{end}
"""


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGKILL)", "sys.exit(3)"])
def test_a_program_that_dies_leaves_what_was_written(path: Path, end: str) -> None:
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("this system has no SIGKILL")
    root = Path(__file__).parents[2]
    child = subprocess.run(
        [sys.executable, "-c", CHILD.format(end=end), str(path)], cwd=root, capture_output=True, text=True, check=False
    )
    assert child.returncode in (-9, 3), child.stderr
    assert left(path.parent) == ["film.mov"]
    assert [each.number for each in scene.shown(path)] == list(range(18))
    assert Asset(path).duration == Fraction(18, 25)


# Rules ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["movie_fragment_interval", "initial_movie_fragment_interval"])
@pytest.mark.parametrize("value", [0, -1, Time.INDEFINITE, Time.POSITIVE_INFINITY])
def test_an_interval_is_a_time_above_zero(path: Path, name: str, value: Any) -> None:
    writer = AssetWriter(path)
    with pytest.raises(TimestampError, match=name):
        setattr(writer, name, value)
    assert not getattr(writer, name).is_valid
    setattr(writer, name, 1.5)
    assert getattr(writer, name) == Time(3, 2)
    setattr(writer, name, Time.INVALID)


@pytest.mark.parametrize("value", [0, -1, 1 << 32, 1.0, True, "1"])
def test_sequence_numbers_are_whole_numbers_from_one(path: Path, value: Any) -> None:
    writer = AssetWriter(path)
    with pytest.raises(InvalidArgumentError):
        writer.initial_movie_fragment_sequence_number = value
    assert writer.initial_movie_fragment_sequence_number == 1


SETTINGS = {
    "movie_fragment_interval": 1,
    "initial_movie_fragment_interval": 1,
    "initial_movie_fragment_sequence_number": 2,
    "produces_combinable_fragments": True,
    "seals_fragments": False,
}


@pytest.mark.parametrize("name", SETTINGS)
def test_nothing_can_be_set_once_writing_has_started(path: Path, name: str) -> None:
    with filming(path, stored_input()) as writer:
        with pytest.raises(InvalidStateError, match=name):
            setattr(writer, name, SETTINGS[name])
        writer.cancel_writing()


def test_an_input_without_a_known_format_at_the_end_of_the_first_interval(path: Path) -> None:
    video, audio = scene.video_input(), audio_input()
    writer = fragmented(path, video, audio, interval=1)
    for index in range(10):
        video.append(picture(index), Time(index, 10))
    with pytest.raises(InvalidStateError, match="source_format_hint") as caught:
        video.append(picture(10), 1)
    assert caught.value.track == 2
    assert writer.status is WriterStatus.WRITING
    audio.append(sound_buffer(RATE))  # then the same picture may follow
    video.append(picture(10), 1)
    writer.finish_writing()
    assert len(scene.shown(path)) == 11


def test_an_input_that_is_finished_needs_no_format(path: Path) -> None:
    video, audio = stored_input(), audio_input()
    writer = fragmented(path, video, audio)
    audio.mark_as_finished()
    store(writer, video, scene.stream(count=24).buffers())
    settled(path, 2)
    writer.finish_writing()
    assert len(scene.shown(path)) == 24


def test_a_hint_makes_a_format_known(path: Path) -> None:
    hint = sound_buffer(1).format
    video, audio = stored_input(), audio_input(source_format_hint=hint)
    writer = fragmented(path, video, audio)
    store(writer, video, scene.stream(count=24).buffers())
    settled(path, 2)
    audio.append(sound_buffer(RATE))
    writer.finish_writing()
    assert {each[0] for each in packets(path)} == {"audio", "video"}
