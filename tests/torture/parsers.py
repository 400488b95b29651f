"""Every reader of the movie engine by itself: what it is called, how it is asked, and right contents to be damaged.

``READERS`` is the register. A test sees to it that every public function of the engine that takes bytes from a file
stands in it, or among those that do not read (``NOT_READERS``).
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import reelwright.isobmff
from reelwright.isobmff import (
    ac3,
    alac,
    av1,
    avc,
    box_summaries,
    box_tree,
    caption_samples,
    channel_boxes,
    codec_config,
    codec_strings,
    compressed_header,
    entry_boxes,
    entry_protection,
    entry_reader,
    esds,
    flac,
    fragment_reader,
    framing,
    group_reader,
    header_reader,
    hevc,
    id3,
    itunes_metadata,
    journal_reader,
    mac_text,
    metadata_reader,
    movie_reader,
    nal,
    opus,
    other_entry_reader,
    picture_boxes,
    picture_entry_reader,
    picture_records,
    quicktime_metadata,
    recovered_header,
    recovered_samples,
    recovery,
    sample_reader,
    segment_index,
    sound_configuration,
    sound_entry_reader,
    sound_packing,
    sound_records,
    text_entry,
    text_samples,
    timed_metadata,
    track_reader,
    user_data,
    vp9,
    well_known,
)
from reelwright.isobmff.edits import Edit, EditPlan
from reelwright.isobmff.entry_boxes import EntryBoxes
from reelwright.isobmff.metadata_boxes import Findings
from reelwright.isobmff.parse import BoxPlace, Parser, scan
from reelwright.isobmff.sample_table import Chunk, SampleTable
from reelwright.isobmff.sound_packing import SoundPacking
from reelwright.model.errors import ReelwrightError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.time import Time
from reelwright.model.time_range import TimeRange
from reelwright.storage.source import Source, open_source
from tests.isobmff.encoded import encode_video
from tests.isobmff.fragmented import Fragmented
from tests.isobmff.journalled import Journalled, resealed
from tests.isobmff.parameter_cases import AVC, HEVC
from tests.isobmff.synthetic import avc_with_everything, hevc_with_everything
from tests.torture import boxes
from tests.torture.films import handmade
from tests.torture.mutate import places

__all__ = ["NOT_READERS", "READERS", "read", "takers_of_bytes", "write_contents"]

# Sound as encoders give it: the heads of first packets, and configurations.
_AC3 = bytes.fromhex("0b7728191e40ebf8403eff99c2084108210420555e3e7cf9")
_EAC3 = bytes.fromhex("0b77000b3f87c0002000000002000000042800000000000000")[:24]
_ALAC = bytes.fromhex("00000024616c616300000000 000010000018280a0e06000000012004006978000000bb80")
_FLAC = bytes.fromhex("120012000000200000220bb80b7000001388dc0a6a891c22b7b63bc69ce69a4fb268")
_OPUS = b"OpusHead" + bytes.fromhex("0106380180bb00000000010402000401020305")
_WHEN = TimeRange(1, 2)
_START, _LENGTH = Time(3, 10), Time(1, 10)

NOT_READERS = {
    "box.full_box": "writes",
    "esds.elementary_stream_descriptor": "writes",
    "nal.rejoin": "takes the ranges that nal_ranges found",
    "parse.find": "looks through a list",
    "segment_index.covered_ends": "compares what was read",
}


@dataclass(frozen=True)
class _Reader:
    """``ask`` gets content; ``contents`` are kinds of boxes of the films made by hand, and contents."""

    ask: Callable[[bytes], object]
    contents: tuple[str | bytes, ...]


def _parsed(data: bytes) -> Parser:
    return Parser(data, "a damaged box")


def _parsing(call: Callable[[Parser], Any]) -> Callable[[bytes], object]:
    return lambda data: call(_parsed(data))


def _finding(call: Callable[[Parser, Findings], Any]) -> Callable[[bytes], object]:
    return lambda data: call(_parsed(data), Findings())


def _entry(data: bytes) -> EntryBoxes:
    return EntryBoxes(_parsed(data), [])


def _placed(data: bytes, kind: str) -> tuple[Source, BoxPlace]:
    """The content as a box of a file, and where it lies."""
    whole = (len(data) + 8).to_bytes(4, "big") + kind.encode("mac_roman") + data
    return open_source(whole), BoxPlace(kind, 0, 8, len(whole))


def _all_descriptions(data: bytes) -> None:
    """A sample entry read as each kind of media, and everything that is told from its description."""
    kind, content = data[:4].decode("mac_roman"), data[4:]
    for media_type, quicktime in itertools.product(
        (MediaType.VIDEO, MediaType.AUDIO, MediaType.TEXT, MediaType.METADATA), (True, False)
    ):
        with suppress(ReelwrightError):
            parser = _parsed(content)
            found = entry_reader.read_sample_entry(kind, parser, media_type, quicktime=quicktime)
            _facts_of(found.format)


def _facts_of(format: Any) -> None:
    for call in (
        codec_config.codec_string,
        codec_config.describe_parameters,
        codec_config.complete_format,
        codec_config.audio_configuration,
        codec_strings.record_string,
        picture_records.describe_record,
        picture_records.describe_tags,
        entry_reader.protection_scheme,
    ):
        with suppress(ReelwrightError):
            call(format)


def _sample_tables(data: bytes) -> None:
    source = open_source(data) if data else open_source(b"\0")
    tables = [box for box in scan(source) if box.kind in sample_reader.TABLES]
    places = {kind: [box for box in tables if box.kind == kind] for kind in {box.kind for box in tables}}
    packings = (None, SoundPacking(1, 4, True), SoundPacking(64, 34, False))
    for packing, extent in itertools.product(packings, (20_000, None)):
        given = sample_reader.SampleTables(source, places, 600, extent, packing is not None, packing)
        index = sample_reader.read_sample_index(given)
        assert len(index.presentation) == len(index.presentation_order) == len(index)


def _fragments(data: bytes) -> None:
    source = open_source(data) if data else open_source(b"\0")
    for packing in (None, SoundPacking(1, 6, True)):
        track = fragment_reader.FragmentTrack(header_reader.TrackExtends(1, 1, 1, 6), 600, 0, packing, 100)
        found = fragment_reader.read_fragments(
            source, [box for box in scan(source) if box.kind == "moof"], {1: track, 2: track}
        )
        assert found.runs is not None


def _recovered(data: bytes) -> None:
    source = open_source(data or b"\0")
    with suppress(ReelwrightError):
        _laid_out(recovery.recover_movie(source))
    media = open_source(data[:64] + bytes(1 << 16))  # as if it were the journal of another film
    journal = open_source(resealed(data) or b"\0")
    _laid_out(recovery.recover_movie(media, journal))


def _laid_out(movie: recovery.RecoveredMovie) -> None:
    assert movie.header is None or movie.header.size == sum(len(memoryview(piece)) for piece in movie.header.buffers())


def _journal(data: bytes) -> None:
    view = journal_reader.read_journal(open_source(resealed(data) or b"\0"), 1 << 16)
    assert view is None or len(view.read(0, view.size)) <= len(data) + 8


def _rebuilt(data: bytes) -> None:
    table = SampleTable()
    table.append(Chunk(1, 24, [], 1, 5, 0, 1), 100)
    track = recovered_header.RecoveredTrack(table, EditPlan((Edit(1, 0),)), -1)
    recovered_header.rebuilt_header(data, {1: track, 2: track}, quicktime=True).render()


def _groups(data: bytes) -> None:
    pieces = [content for _, content in _parsed(data).boxes()]
    shared = {"roll": group_reader.RollGroups("roll", (-1, -2), 1)}
    for descriptions in (pieces[::2], pieces):
        group_reader.roll_distance(descriptions, pieces, [], shared)
        group_reader.roll_distance(descriptions, pieces, [])
    group_reader.rap_members(pieces, 100, [])


def _track(data: bytes) -> None:
    for quicktime in (True, False):
        source, place = _placed(data, "trak")
        track = track_reader.read_track(source, place, quicktime=quicktime, movie_scale=600, extent=1000)
        if track is not None:
            sample_reader.read_sample_index(track.tables)


def _movie(data: bytes) -> None:
    movie = movie_reader.read_movie(open_source(data or b"\0"))
    for number in movie.tracks:
        movie.index(number)


def _nal_ranges(data: bytes) -> None:
    for size in (1, 2, 4):
        with suppress(ReelwrightError):
            nal.length_ranges(data, size)
        with suppress(ReelwrightError):
            ranges, width = nal.nal_ranges(data, size, lambda unit, start: unit[start] < 128)
            nal.rejoin(memoryview(data), ranges, width)


def _packets(data: bytes) -> None:
    for codec, record in (("avc1", boxes.avc_record()), ("hvc1", boxes.hevc_record("sub-layers"))):
        with suppress(ReelwrightError):
            framing.NalFraming(codec, record).access_unit(data)
        with suppress(ReelwrightError):
            framing.found_configuration(codec, data)
        with suppress(ReelwrightError):
            framing.NalFraming(codec, data)
        with suppress(ReelwrightError):
            framing.updated_configuration(codec, data, [data[:50]])


def _configured(data: bytes) -> None:
    for subtype in ("ac-3", "ec-3"):
        with suppress(ReelwrightError):
            described = FormatDescription(media_type=MediaType.AUDIO, media_subtype=subtype)
            sound_configuration.configured_by_packet(described, data)


def _sound_record(data: bytes) -> None:
    kind = data[4:8].decode("mac_roman") if len(data) >= 8 else "mp4a"
    for subtype in (kind, "mp4a", ".mp3", "ms\0\2", "QDM2"):
        with suppress(ReelwrightError):
            sound_records.read_sound_record(subtype, _entry(data), 44100)


def _summaries(data: bytes) -> None:
    for kind in box_summaries._SUMMARIES:
        source, place = _placed(data, kind)
        for path in ("/moov", "/moov/trak/mdia/minf/stbl/stsd", "/moov/trak/tref"):
            assert box_summaries.summary_of(place, source, path) is not None


def _timed(data: bytes) -> None:
    table = timed_metadata.read_key_table(boxes.KEY_TABLE)
    timed_metadata.read_sample(data, table, _START, _LENGTH)
    timed_metadata.read_opaque_sample(data, "gpmd", "", _START, _LENGTH)


def _timed_text(data: bytes) -> None:
    caption_samples.timed_text_caption(data, _WHEN, text_entry.TextDefaults())


def _text_defaults(data: bytes) -> None:
    text_entry.TextDefaults.of(text_entry.read_text_extensions(_parsed(data)))


def _well_known(data: bytes) -> None:
    numbers = (*well_known.WELL_KNOWN, 21, 22, 99, (1 << 32) - 1)
    for number in numbers:
        well_known.decode_well_known(number, memoryview(data))
    for name in (*(kind.value for kind in well_known.WELL_KNOWN.values()), "com.example.mood", ""):
        well_known.decode_named(name, memoryview(data))


def _mac_text(data: bytes) -> None:
    for code in (*range(150), 0x3FF, 0x400, 0x7FFF, 0xFFFF):
        mac_text.mac_text(data, code)
    for unit in (1, 2):
        mac_text.end_of_text(data, unit)


def _raw_items(data: bytes) -> None:
    for kind in ("name", "WLOC", "\0\0\0\1"):
        user_data.read_raw_atom(kind, _parsed(data), Findings())


def _iso_items(data: bytes) -> None:
    for kind in sorted(user_data.ISO_BOXES):
        with suppress(ReelwrightError):
            user_data.read_iso_box(kind, _parsed(data), Findings())


def _other_entries(data: bytes) -> None:
    for kind in ("tmcd", "tx3g", "text", "wvtt", "stpp", "sbtt", "mett", "metx", "urim", "mebx", "rtp ", "c608"):
        with suppress(ReelwrightError):
            other_entry_reader.read_other_entry(kind, _parsed(data), MediaType.OTHER, [])


def _packing(data: bytes) -> None:
    for kind in ("sowt", "in24", "lpcm", "ipcm", "ima4", "mp4a"):
        with suppress(ReelwrightError):
            sound_packing.sound_packing(kind, _parsed(data))


def _layout(data: bytes) -> None:
    for kind, keep in itertools.product(("chan", "chnl"), (True, False)):
        whole = (len(data) + 8).to_bytes(4, "big") + kind.encode() + data
        channel_boxes.read_channel_layout(_entry(whole), 2, keep_order=keep)


def _after_head(entries: Iterable[Any], size: int) -> tuple[bytes, ...]:
    return tuple(entry.render()[8 + size :] for entry in entries)


def _typed(entries: Iterable[Any]) -> tuple[bytes, ...]:
    return tuple(entry.render()[4:] for entry in entries)


@cache
def _readers() -> dict[str, _Reader]:
    pictures, sounds = boxes.picture_entries(), boxes.sound_entries()
    texts, others = list(boxes.caption_entries().values()), boxes.other_entries()
    avc_packets, hevc_packets = encode_video(AVC["plain"]).packets, encode_video(HEVC["repeated"]).packets
    records_avc = tuple(map(boxes.avc_record, ("plain", "matrices", "rate model", "interlaced", "HDR")))
    records_hevc = tuple(map(boxes.hevc_record, ("plain", "matrices", "rate model", "HDR10", "sub-layers")))
    films = tuple(handmade().values())
    left = (Journalled(FileType.MP4).written, Fragmented(FileType.MOV, finish=False).data)
    packets = (avc_packets[0], hevc_packets[0], *records_avc[:1], *records_hevc[:1])
    captions = boxes.CAPTION_SAMPLES
    stbls = tuple(b"".join(box) for box in _table_sets(films))
    return {
        "ac3.ac3_record": _Reader(ac3.ac3_record, (_AC3,)),
        "ac3.enhanced_ac3_record": _Reader(ac3.enhanced_ac3_record, (_EAC3, _EAC3 * 3)),
        "alac.alac_record": _Reader(alac.alac_record, (_ALAC, _ALAC[12:])),
        "av1.av1_record": _Reader(av1.av1_record, (boxes.AV1_RECORD, boxes.AV1_RECORD[4:])),
        "av1.av1_sample": _Reader(av1.av1_sample, (b"\x12\0" + boxes.AV1_RECORD[4:] + b"\x32\x02\x10\0",)),
        "av1.read_av1_record": _Reader(av1.read_av1_record, (boxes.AV1_RECORD,)),
        "av1.read_av1_tags": _Reader(av1.read_av1_tags, (boxes.AV1_RECORD,)),
        "av1.read_sequence_header": _Reader(av1.read_sequence_header, (boxes.AV1_RECORD[6:],)),
        "av1.sequence_header_bytes": _Reader(av1.sequence_header_bytes, (boxes.AV1_RECORD,)),
        "av1.sequence_header_of": _Reader(av1.sequence_header_of, (boxes.AV1_RECORD,)),
        "av1.updated_av1_record": _Reader(
            lambda data: av1.updated_av1_record(data, boxes.AV1_RECORD[6:]), (boxes.AV1_RECORD,)
        ),
        "avc.avc_configuration": _Reader(avc.avc_configuration, records_avc),
        "avc.describe_avc": _Reader(avc.describe_avc, (*records_avc, b"\0\0\1" + avc_with_everything())),
        "avc.parameter_set_id": _Reader(avc.parameter_set_id, (avc_with_everything(),)),
        "avc.parameter_sets": _Reader(avc.parameter_sets, records_avc),
        "box_summaries.summary_of": _Reader(_summaries, ("mvhd", "stsd", "sgpd", "trun", "colr", "stsz")),
        "box_tree.box_tree": _Reader(lambda data: list(box_tree.box_tree(open_source(data or b"\0"))), films),
        "caption_samples.caption_data": _Reader(caption_samples.caption_data, tuple(captions["c608"])),
        "caption_samples.cue_captions": _Reader(
            lambda data: caption_samples.cue_captions(data, _WHEN), tuple(captions["wvtt"])
        ),
        "caption_samples.packet_pairs": _Reader(caption_samples.packet_pairs, tuple(captions["c708"])),
        "caption_samples.plain_caption": _Reader(
            lambda data: caption_samples.plain_caption(data, _WHEN), tuple(captions["text"])
        ),
        "caption_samples.timed_text_caption": _Reader(_timed_text, tuple(captions["tx3g"])),
        "channel_boxes.read_channel_layout": _Reader(_layout, ("chan", "chnl")),
        "compressed_header.inflated_header": _Reader(
            lambda data: compressed_header.inflated_header(*_placed(data, "cmov")), ("cmov",)
        ),
        "entry_boxes.looks_like_boxes": _Reader(_parsing(entry_boxes.looks_like_boxes), ("wave",)),
        "entry_protection.original_format": _Reader(
            lambda data: entry_protection.original_format("encv", _entry(data)),
            _after_head(boxes.protected_entries()[:1], 78),
        ),
        "entry_reader.read_sample_entry": _Reader(
            _all_descriptions, _typed((*pictures, *sounds, *texts, *others, *boxes.protected_entries()))
        ),
        "esds.audio_facts": _Reader(esds.audio_facts, (bytes.fromhex("1190"), bytes.fromhex("2b920800"))),
        "esds.read_decoder_configuration": _Reader(esds.read_decoder_configuration, ("esds",)),
        "esds.read_elementary_stream_descriptor": _Reader(esds.read_elementary_stream_descriptor, ("esds",)),
        "flac.flac_record": _Reader(flac.flac_record, (_FLAC, b"fLaC\0\0\0\x22" + _FLAC)),
        "fragment_reader.read_fragments": _Reader(_fragments, films[3:6]),
        "framing.found_configuration": _Reader(_packets, packets),
        "framing.updated_configuration": _Reader(_packets, packets[2:]),
        "group_reader.rap_members": _Reader(_groups, stbls[:1]),
        "group_reader.read_roll_groups": _Reader(_parsing(group_reader.read_roll_groups), ("sgpd",)),
        "group_reader.roll_distance": _Reader(_groups, stbls[:1]),
        "header_reader.alias_path": _Reader(header_reader.alias_path, ("alis",)),
        "header_reader.read_data_references": _Reader(_parsing(header_reader.read_data_references), ("dref",)),
        "header_reader.read_edits": _Reader(lambda data: header_reader.read_edits(_parsed(data), []), ("elst",)),
        "header_reader.read_extends_header": _Reader(_parsing(header_reader.read_extends_header), ("mehd",)),
        "header_reader.read_handler": _Reader(_parsing(header_reader.read_handler), ("hdlr",)),
        "header_reader.read_media_header": _Reader(_parsing(header_reader.read_media_header), ("mdhd",)),
        "header_reader.read_movie_header": _Reader(_parsing(header_reader.read_movie_header), ("mvhd",)),
        "header_reader.read_references": _Reader(_parsing(header_reader.read_references), ("tref",)),
        "header_reader.read_track_extends": _Reader(_parsing(header_reader.read_track_extends), ("trex",)),
        "header_reader.read_track_header": _Reader(_parsing(header_reader.read_track_header), ("tkhd",)),
        "hevc.describe_hevc": _Reader(hevc.describe_hevc, (*records_hevc, b"\0\0\1" + hevc_with_everything())),
        "hevc.hevc_configuration": _Reader(hevc.hevc_configuration, records_hevc),
        "id3.read_id3": _Reader(_finding(id3.read_id3), (boxes.ID3,)),
        "itunes_metadata.read_item_list": _Reader(_finding(itunes_metadata.read_item_list), ("ilst",)),
        "mac_text.end_of_text": _Reader(_mac_text, ("é".encode() * 9,)),
        "mac_text.mac_text": _Reader(_mac_text, (b"caf\x8e", "日本".encode("shift_jis"))),
        "mac_text.unicode_text": _Reader(mac_text.unicode_text, ("café".encode("utf-16"), b"\xef\xbb\xbfx")),
        "metadata_reader.nero_chapters": _Reader(
            lambda data: metadata_reader.nero_chapters(_parsed(data), Time(9, 1)), ("chpl",)
        ),
        "journal_reader.read_journal": _Reader(_journal, left[:1]),
        "metadata_reader.read_meta": _Reader(_parsing(metadata_reader.read_meta), ("meta",)),
        "metadata_reader.read_user_data": _Reader(_parsing(metadata_reader.read_user_data), ("udta",)),
        "movie_reader.is_movie": _Reader(lambda data: movie_reader.is_movie(open_source(data or b"\0")), films[:1]),
        "movie_reader.read_movie": _Reader(_movie, films),
        "nal.annex_b_ranges": _Reader(nal.annex_b_ranges, packets),
        "nal.begins_with_start_code": _Reader(nal.begins_with_start_code, packets[:1]),
        "nal.length_ranges": _Reader(_nal_ranges, packets),
        "nal.nal_ranges": _Reader(_nal_ranges, packets),
        "nal.unescape": _Reader(nal.unescape, (avc_with_everything(), hevc_with_everything())),
        "nal.units": _Reader(nal.units, packets),
        "opus.opus_record": _Reader(opus.opus_record, (_OPUS,)),
        "other_entry_reader.read_other_entry": _Reader(_other_entries, _after_head((*texts, *others), 8)),
        "parse.scan": _Reader(lambda data: list(scan(open_source(data or b"\0"))), films[:1]),
        "picture_boxes.read_geometry": _Reader(
            lambda data: picture_boxes.read_geometry(_entry(data), 64, 48), _after_head(pictures[:1], 78)
        ),
        "picture_boxes.read_picture_boxes": _Reader(
            lambda data: picture_boxes.read_picture_boxes(_entry(data)), _after_head(pictures[:10], 78)
        ),
        "picture_entry_reader.read_picture_entry": _Reader(
            lambda data: picture_entry_reader.read_picture_entry(
                "rle ", _parsed(data), MediaType.VIDEO, [], quicktime=True
            ),
            _after_head(pictures, 8),
        ),
        "quicktime_metadata.read_keyed_items": _Reader(_finding(quicktime_metadata.read_keyed_items), ("meta",)),
        "sample_reader.read_sample_index": _Reader(_sample_tables, stbls),
        "sample_reader.stated_duration": _Reader(
            lambda data: sample_reader.stated_duration(*reversed(_placed(data, "stts")), 10), ("stts",)
        ),
        "recovered_header.rebuilt_header": _Reader(_rebuilt, ("moov",)),
        "recovered_samples.listed_boxes": _Reader(
            lambda data: recovered_samples.listed_boxes(open_source(data or b"\0")), films[:1]
        ),
        "recovery.recover_movie": _Reader(_recovered, (*films[3:6], *left)),
        "sample_reader.stated_sample_count": _Reader(
            lambda data: sample_reader.stated_sample_count(*reversed(_placed(data, "stsz"))), ("stsz", "stz2")
        ),
        "segment_index.last_known_fragments": _Reader(
            lambda data: segment_index.last_known_fragments(open_source(data or b"\0")), films[3:4]
        ),
        "segment_index.read_segment_index": _Reader(
            lambda data: segment_index.read_segment_index(*_placed(data, "sidx")), ("sidx",)
        ),
        "sound_configuration.configured_by_packet": _Reader(_configured, (_AC3, _EAC3)),
        "sound_entry_reader.read_sound_entry": _Reader(
            lambda data: sound_entry_reader.read_sound_entry("mp4a", _parsed(data), []), _after_head(sounds, 8)
        ),
        "sound_packing.sound_packing": _Reader(_packing, _after_head(sounds, 0)),
        "sound_records.read_sound_record": _Reader(_sound_record, _after_head(sounds, 28)),
        "text_entry.read_text_box": _Reader(_parsing(text_entry.read_text_box), (bytes(8),)),
        "text_entry.read_text_extensions": _Reader(_text_defaults, _after_head(texts[:1], 8)),
        "text_entry.read_text_style": _Reader(_parsing(text_entry.read_text_style), (bytes(12),)),
        "text_samples.text_sample": _Reader(text_samples.text_sample, tuple(captions["text"])),
        "timed_metadata.read_key_table": _Reader(timed_metadata.read_key_table, (boxes.KEY_TABLE,)),
        "timed_metadata.read_opaque_sample": _Reader(_timed, (boxes.TIMED_SAMPLE,)),
        "timed_metadata.read_sample": _Reader(_timed, (boxes.TIMED_SAMPLE,)),
        "track_reader.read_track": _Reader(_track, ("trak",)),
        "user_data.read_international_text": _Reader(
            lambda data: user_data.read_international_text("©nam", _parsed(data), Findings()), ("©nam", "©day")
        ),
        "user_data.read_iso_box": _Reader(_iso_items, ("titl", "rtng", "albm", "kywd", "loci", "yrrc")),
        "user_data.read_raw_atom": _Reader(_raw_items, ("name",)),
        "vp9.is_vp9_key_frame": _Reader(vp9.is_vp9_key_frame, (boxes.VP9_FRAME,)),
        "vp9.read_vp9_header": _Reader(vp9.read_vp9_header, (boxes.VP9_FRAME,)),
        "well_known.decode_named": _Reader(_well_known, (bytes(8),)),
        "well_known.decode_well_known": _Reader(_well_known, (bytes(8), "é".encode("utf-16"), bytes(72))),
    }


def _table_sets(films: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The tables of each track of the films, as whole boxes."""
    kinds = {kind.encode() for kind in sample_reader.TABLES}
    for data in films:
        found = places(data)
        for stbl in (place for place in found if place.kind == b"stbl"):
            inside = [place for place in found if stbl.start < place.start < stbl.end and place.kind in kinds]
            if len(inside) > 3:
                yield [data[place.start : place.end] for place in inside]


class _Names:
    """The names of the register, without making its contents."""

    def __contains__(self, name: object) -> bool:
        return name in _readers()

    def __iter__(self) -> Iterator[str]:
        return iter(_readers())


READERS = _Names()


def takers_of_bytes() -> list[str]:
    """Every public function of the movie engine that is given bytes, a parser, or a place in a file."""
    given = ("Parser", "Buffer", "bytes", "memoryview", "BoxPlace", "EntryBoxes", "Source", "SampleTables")
    found = []
    for module in pkgutil.iter_modules(reelwright.isobmff.__path__):
        loaded = importlib.import_module(f"reelwright.isobmff.{module.name}")
        for name in getattr(loaded, "__all__", ()):
            function = getattr(loaded, name)
            if inspect.isfunction(function) and function.__module__ == loaded.__name__:
                kinds = [str(kind) for key, kind in function.__annotations__.items() if key != "return"]
                if any(word in kind for word in given for kind in kinds):
                    found.append(f"{module.name}.{name}")
    return sorted(found)


def write_contents(folder: Path) -> None:
    """The right contents of every reader, a file each: ``module.function`` and a number."""
    films = [(data, places(data)) for data in handmade().values()]
    for name, reader in _readers().items():
        contents: list[bytes] = []
        for wanted in reader.contents:
            contents += [wanted] if isinstance(wanted, bytes) else _of_kind(films, wanted)
        if not contents:
            raise ValueError(f"{name} has nothing to read")
        for number, content in enumerate(dict.fromkeys(contents)):
            (folder / f"{name}.{number}").write_bytes(content)


def _of_kind(films: Iterable[tuple[bytes, Any]], kind: str) -> list[bytes]:
    """The contents of all boxes of a type."""
    code = kind.encode("mac_roman")
    return [
        data[place.start + place.header : place.end] for data, found in films for place in found if place.kind == code
    ]


def read(name: str, data: bytes) -> None:
    """Have a reader read: ``name`` is that of a file that ``write_contents`` wrote."""
    with suppress(ReelwrightError):
        _readers()[name.rpartition(".")[0]].ask(data)
