from __future__ import annotations

import io

import av
from tests.containers.ffmpeg.made import made

from reelwright.containers.ffmpeg.media import FFmpegMedia
from reelwright.containers.media import StoredSample
from reelwright.storage.source import open_source

TAG = b"ID3\4\0\0\0\0\0\x20PRIV" + b"\0\0\0\x16\0\0" + b"com.example.timestamp\0"


def samples_of(data: bytes) -> list[StoredSample]:
    media = FFmpegMedia(open_source(data))
    try:
        return list(media.stream(media.facts.tracks[0].track_id))
    finally:
        media.close()


def in_transport_stream(pieces: list[bytes]) -> bytes:
    """AC-3 in MPEG-TS, one PES packet of 32 ms after the other."""
    file = io.BytesIO()
    with av.open(io.BytesIO(made("ac3"))) as source, av.open(file, "w", format="mpegts") as output:
        stream = output.add_stream_from_template(source.streams.audio[0])
        for number, piece in enumerate(pieces):
            packet = av.Packet(piece)
            packet.stream, packet.pts, packet.dts, packet.duration = stream, 2880 * number, 2880 * number, 2880
            packet.time_base = stream.time_base
            output.mux(packet)
    return file.getvalue()


def frames() -> list[bytes]:
    return [bytes(sample.data or b"") for sample in samples_of(made("ac3"))]


def test_a_tag_in_front_of_a_raw_stream_is_no_sample() -> None:
    assert len(TAG) == 10 + 0x20
    plain = frames()
    found = samples_of(TAG + made("ac3"))
    assert [bytes(sample.data or b"") for sample in found] == plain


def test_a_tag_in_front_of_a_transport_streams_sound_is_no_sample_and_takes_no_time() -> None:
    plain = frames()
    found = samples_of(in_transport_stream([TAG + plain[0], *plain[1:]]))
    assert [bytes(sample.data or b"") for sample in found] == plain
    times = [sample.presentation - found[0].presentation for sample in found]
    assert times == [2880 * number for number in range(len(plain))]
