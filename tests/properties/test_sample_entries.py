"""What a sample entry says of a format comes back when it is read, and comes back the same from then on."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.isobmff.encoded import encode_video
from tests.isobmff.parameter_cases import AVC, HEVC

from reelwright.isobmff.box import Box
from reelwright.isobmff.entry_reader import EntryRead, read_sample_entry
from reelwright.isobmff.parse import Parser
from reelwright.isobmff.sample_entry import sample_entry
from reelwright.model.color import ColorMatrix, ColorPrimaries, ColorProperties, TransferFunction
from reelwright.model.errors import InvalidMediaError
from reelwright.model.format import CleanAperture, FormatDescription, PcmLayout, PixelAspectRatio
from reelwright.model.kinds import FileType, MediaType
from reelwright.model.layout import ChannelLayout

AV1_RECORD = bytes.fromhex("8104 4c 00")
VP9_RECORD = bytes.fromhex("01000000 02 0a a2 02 02 02 0000")
BOXES = ["avcC", "hvcC", "av1C", "vpcC", "vvcC", "esds", "wave", "chan", "chnl", "clap", "colr", "vexu", "sinf", "alac"]
MANY = settings(max_examples=80, deadline=None)
file_types = st.sampled_from([FileType.MOV, FileType.MP4])


def read(entry: Box, media_type: MediaType, file_type: FileType) -> EntryRead:
    content = b"".join(part.render() if isinstance(part, Box) else bytes(part) for part in entry.parts)
    return read_sample_entry(entry.kind, Parser(content, "an entry"), media_type, quicktime=file_type.is_quicktime)


def there_and_back(format: FormatDescription, file_type: FileType) -> FormatDescription:
    """The format as read from its entry; a second journey changes nothing more."""
    first = read(sample_entry(format, file_type, data_reference=3), format.media_type, file_type)
    second = read(sample_entry(first.format, file_type, data_reference=3), format.media_type, file_type)
    assert first == second
    assert (first.data_reference, first.problems) == (3, ())
    return first.format


def told(format: FormatDescription, *names: str) -> dict[str, object]:
    return {name: getattr(format, name) for name in names if getattr(format, name) not in (None, 0, b"")}


def holds(found: FormatDescription, given: FormatDescription, *names: str) -> bool:
    """Everything that was given is found again."""
    known = told(given, *names)
    return {name: getattr(found, name) for name in known} == known


colors = st.builds(
    ColorProperties,
    st.sampled_from(list(ColorPrimaries)),
    st.sampled_from(list(TransferFunction)),
    st.sampled_from(list(ColorMatrix)),
).filter(lambda color: color.is_specified)
aspects = st.builds(PixelAspectRatio, st.integers(1, (1 << 32) - 1), st.integers(1, (1 << 32) - 1))
fractions = st.fractions(1, 40, max_denominator=1 << 14)
apertures = st.builds(
    CleanAperture,
    fractions,
    fractions,
    st.fractions(-4, 4, max_denominator=1 << 14),
    st.fractions(-4, 4, max_denominator=1 << 14),
)
details = st.sampled_from(["TemporalTopFirst", "TemporalBottomFirst", "SpatialFirstLineEarly", "SpatialFirstLineLate"])
fields = st.one_of(
    st.just({}), st.just({"CVFieldCount": 1}), details.map(lambda detail: {"CVFieldCount": 2, "CVFieldDetail": detail})
)
names = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), max_size=8).map(
    lambda text: {"FormatName": text} if text else {}
)


@st.composite
def pictures(draw: st.DrawFn) -> FormatDescription:
    kind = draw(st.sampled_from(["avc1", "avc3", "hvc1", "hev1", "apcn", "ap4h", "av01", "vp09", "jpeg"]))
    config, atoms = b"", {}
    if kind[:3] in ("avc", "hvc", "hev"):
        cases = AVC if kind.startswith("avc") else HEVC
        config = encode_video(cases[draw(st.sampled_from(["plain", "anamorphic", "full range"]))]).extradata
    elif kind == "av01":
        atoms = {"av1C": AV1_RECORD}
    elif kind == "vp09":
        atoms = {"vpcC": VP9_RECORD}
    profile = draw(st.binary(max_size=9))
    return FormatDescription(
        media_type=draw(st.sampled_from([MediaType.VIDEO, MediaType.AUXILIARY_PICTURE])),
        media_subtype=kind,
        width=64,
        height=48,
        codec_config=config,
        color=draw(st.none() | colors),
        full_range=draw(st.none() | st.booleans()),
        pixel_aspect_ratio=draw(st.none() | aspects),
        clean_aperture=draw(st.none() | apertures),
        bit_rate=draw(st.just(0) | st.integers(1, (1 << 32) - 1)),
        atoms=atoms | ({"clli": draw(st.binary(min_size=4, max_size=4))} if draw(st.booleans()) else {}),
        extensions=draw(fields) | draw(names) | ({"ICCProfile": profile} if profile else {}),
    )


@MANY
@given(pictures(), file_types)
def test_pictures(format: FormatDescription, file_type: FileType) -> None:
    if format.media_subtype in ("apcn", "ap4h", "jpeg"):
        file_type = FileType.MOV
    found = there_and_back(format, file_type)
    assert holds(found, format, "media_type", "media_subtype", "width", "height", "color", "pixel_aspect_ratio")
    assert holds(found, format, "clean_aperture")
    assert found.bit_rate == (0 if file_type.is_quicktime else format.bit_rate)
    if format.full_range and format.color:
        assert found.full_range
    lost = {"CVFieldCount", "CVFieldDetail"} if not file_type.is_quicktime else set()
    kept = {key: value for key, value in format.extensions.items() if key not in lost}
    assert {key: found.extensions.get(key) for key in kept} == kept
    assert {kind: found.atoms.get(kind) for kind in format.atoms} == dict(format.atoms)


layouts = st.sampled_from(
    ["mono", "stereo", "3.0", "quad", "5.1", "7.1", "7.1(wide)", "octagonal", "FC+FL+FR", "FC+FL+FR+BL+BR+LFE"]
)


@st.composite
def linear(draw: st.DrawFn, quicktime: bool) -> FormatDescription:
    is_float = draw(st.booleans())
    bits = draw(st.sampled_from([32, 64] if is_float else [8, 16, 24, 32] if quicktime else [16, 24, 32]))
    signed = is_float or not quicktime or draw(st.booleans())
    layout = ChannelLayout.of(draw(layouts))
    name = layout.name if layout == layout.native else "+".join(speaker.name for speaker in layout.speakers)
    return FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype="lpcm",
        sample_rate=draw(st.integers(1, (1 << 32) - 1)),
        channels=layout.channels,
        channel_layout=name,
        pcm=PcmLayout(bits, is_float, bits > 8 and draw(st.booleans()), True, signed),
        frames_per_packet=1,
    )


@MANY
@given(st.data(), file_types)
def test_linear_pcm_comes_back_whole(data: st.DataObject, file_type: FileType) -> None:
    format = data.draw(linear(file_type.is_quicktime))
    assert there_and_back(format, file_type) == format


@MANY
@given(st.sampled_from(["1190", "1188", "1210", "11b0", "2b920800", "eb8a0800"]), file_types)
def test_aac(config: str, file_type: FileType) -> None:
    format = FormatDescription(media_type=MediaType.AUDIO, media_subtype="mp4a", codec_config=bytes.fromhex(config))
    found = there_and_back(format, file_type)
    assert found.codec_config == format.codec_config
    assert set(found.atoms) == {"esds"}
    assert (found.sample_rate > 0, found.channels > 0, found.frames_per_packet >= 1024) == (True,) * 3
    assert ChannelLayout.of(found.channel_layout).channels == found.channels


@MANY
@given(
    st.sampled_from(
        [
            ("alac", "alac", bytes(4) + bytes.fromhex("00001000 00 10 28 0a 0e 02 00ff 00000000 00000000 0000bb80")),
            ("Opus", "dOps", bytes.fromhex("00 02 0138 0000bb80 0000 00")),
            ("ac-3", "dac3", bytes.fromhex("103d40")),
            ("ec-3", "dec3", bytes.fromhex("0c00200f00")),
            ("samr", "damr", b"abcd" + bytes.fromhex("00 81ff 00 01")),
        ]
    ),
    st.sampled_from([0, 1, 20]),
    file_types,
)
def test_other_sound(case: tuple[str, str, bytes], frames: int, file_type: FileType) -> None:
    kind, atom, record = case
    format = FormatDescription(
        media_type=MediaType.AUDIO,
        media_subtype=kind,
        sample_rate=48000,
        channels=2,
        frames_per_packet=frames,
        atoms={atom: record},
    )
    found = there_and_back(format, file_type)
    assert (found.media_subtype, found.sample_rate, dict(found.atoms)) == (kind, 48000, {atom: record})


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        ["avc1", "hvc1", "av01", "vp09", "mp4v", "encv", "mp4a", "lpcm", "alac", "tx3g", "tmcd", "stpp", "\0\0\0\0"]
    ),
    st.sampled_from(list(MediaType)),
    st.binary(max_size=200),
    st.lists(
        st.tuples(
            st.sampled_from(BOXES),
            st.binary(max_size=60),
        ),
        max_size=3,
    ),
)
def test_any_bytes_give_a_description_or_our_own_error(
    kind: str, media_type: MediaType, head: bytes, boxes: list[tuple[str, bytes]]
) -> None:
    for fixed in (head, bytes(78), bytes(28), b"\0" * 16 + head):
        content = fixed + b"".join(Box(name, payload).render() for name, payload in boxes)
        try:
            found = read_sample_entry(kind, Parser(content, "an entry"), media_type, quicktime=bool(len(head) % 2))
        except InvalidMediaError:
            continue
        assert found.format.media_type == media_type
        assert len(found.format.media_subtype) == 4


def test_fractions_of_apertures_are_exact() -> None:
    clean = CleanAperture(Fraction(1001, 30), Fraction(1, 16384), Fraction(-1, 3), Fraction(1, 7))
    format = FormatDescription(
        media_type=MediaType.VIDEO, media_subtype="jpeg", width=64, height=48, clean_aperture=clean
    )
    assert there_and_back(format, FileType.MOV).clean_aperture == clean
