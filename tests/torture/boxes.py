"""Contents to be damaged: sample entries, records, metadata and samples of every kind that is read, made box by box.

They are right as they stand, as far as any one file can have them all; nothing here is taken from elsewhere.
"""

from __future__ import annotations

from reelwright.isobmff.box import Box, cstring, f16_16, fourcc, full_box, i16, i32, pstring, u8, u16, u24, u32, u64
from reelwright.isobmff.esds import elementary_stream_descriptor
from tests.isobmff.encoded import configuration, encode_video
from tests.isobmff.entry_cases import HEAD, picture_fields, sound_fields, sound_fields_v1, sound_fields_v2
from tests.isobmff.metadata_cases import data, free_form, handler, keys, numbered, record
from tests.isobmff.parameter_cases import AVC, HEVC

__all__ = [
    "AV1_RECORD",
    "CAPTION_SAMPLES",
    "ID3",
    "KEY_TABLE",
    "TIMED_SAMPLE",
    "VP9_FRAME",
    "VPS_RECORD",
    "avc_record",
    "caption_entries",
    "chapters",
    "hevc_record",
    "metadata",
    "other_entries",
    "picture_entries",
    "protected_entries",
    "sound_entries",
    "user_data",
]

AV1_RECORD = bytes.fromhex("81084c000a0b00000024cfff ffc60806 08".replace(" ", ""))
VP9_FRAME = bytes.fromhex("824983424027f01670")  # the beginning of a key frame of 640 × 360 pixels
VPS_RECORD = full_box("vpcC", 1, 0, u8(0, 10, 0x82, 9, 16, 9), u16(0)).render()[8:]


def avc_record(name: str = "anamorphic") -> bytes:
    return configuration(encode_video(AVC[name]).file, "avcC")


def hevc_record(name: str = "HDR10") -> bytes:
    return configuration(encode_video(HEVC[name]).file, "hvcC")


# -- sample entries ----------------------------------------------------------------------------------------------------

_LIGHT = (
    Box("mdcv", bytes(range(24))),
    Box("clli", u16(1000, 400)),
    Box("amve", u32(314000), u16(1, 2)),
    Box("cclv", bytes(8)),
)
_EYES = Box(
    "vexu",
    Box(
        "eyes",
        full_box("stri", 0, 0, u8(3)),
        full_box("hero", 0, 0, u8(2)),
        Box("cams", full_box("blin", 0, 0, u32(19240))),
        Box("cmfy", full_box("dadj", 0, 0, i32(-200))),
    ),
    Box("proj", full_box("prji", 0, 0, b"equi")),
    Box("pack", full_box("pkin", 0, 0, b"side")),
)


def _colors(kind: bytes, *codes: int, more: bytes = b"") -> Box:
    return Box("colr", kind, u16(*codes), more)


def _picture(kind: str, *boxes: Box, fields: bytes | None = None, table: bytes = b"") -> Box:
    return Box(kind, picture_fields() if fields is None else fields, table, *boxes)


def picture_entries() -> list[Box]:
    geometry = (Box("pasp", u32(4, 3)), Box("clap", i32(59, 1, 93, 2, -1, 2, 3, 4)), Box("fiel", u8(2, 9)))
    palette = u32(0) + u16(0x8000, 1) + u16(0, 0xFFFF, 0, 0) + u16(1, 0, 0x8000, 0xFFFF)
    descriptor = full_box("esds", 0, 0, u8(3, 23, 0, 1, 0, 4, 18, 0x20, 0x11), bytes(11), u8(5, 3), b"\0\0\1")
    rate = Box("btrt", u32(0, 9_000_000, 5_000_000))
    return [
        _picture("avc1", Box("avcC", avc_record()), _colors(b"nclx", 1, 1, 1, more=b"\x80"), rate, *geometry),
        _picture("avc3", Box("avcC", avc_record("matrices")), _colors(b"nclc", 9, 16, 9)),
        _picture("hvc1", Box("hvcC", hevc_record()), Box("lhvC", hevc_record("sub-layers")), *_LIGHT, _EYES),
        _picture("hev1", Box("hvcC", hevc_record("rate model")), full_box("st3d", 0, 0, u8(1))),
        _picture("dvh1", Box("hvcC", hevc_record("plain")), Box("dvcC", bytes(24))),
        _picture("av01", Box("av1C", AV1_RECORD), full_box("CoLL", 0, 0, u16(1, 2)), full_box("SmDm", 0, 0, bytes(24))),
        _picture("vp09", Box("vpcC", VPS_RECORD), _colors(b"nclx", 9, 18, 9, more=b"\0")),
        _picture("vvc1", full_box("vvcC", 0, 0, b"\xff\0\x65\x5f\1\2\0\0\0\0\0\0")),
        _picture("apch", _colors(b"nclc", 1, 1, 1), Box("gama", u32(0x23333)), Box("chrm", u8(0, 1)), *geometry),
        _picture("ap4h", Box("colr", b"prof", bytes(200)), fields=picture_fields(depth=32, name="ProRes 4444")),
        _picture("mp4v", descriptor),
        _picture("rle ", Box("pasp", u32(4, 3)), fields=picture_fields(depth=1, table=0), table=palette),
        _picture("jpeg", Box("glbl", b"extra")),
    ]


def _sound(kind: str, *boxes: Box, fields: bytes | None = None) -> Box:
    return Box(kind, sound_fields() if fields is None else fields, *boxes)


def sound_entries() -> list[Box]:
    descriptor = Box("esds", elementary_stream_descriptor(bytes.fromhex("2b920800")))
    layout = full_box("chan", 0, 0, u32(0, 0, 2), *(u32(label, 0, 0, 0, 0) for label in (1, 2)))
    lossless = u32(4096) + u8(0, 24, 40, 10, 14, 2) + u16(255) + u32(0, 0, 96000)
    stream_info = (
        u8(0x80) + u24(34) + u16(4096, 4096) + bytes(6) + (44100 << 44 | 1 << 41 | 15 << 36).to_bytes(8, "big")
    )
    wave_header = b"\2\0\2\0\x44\xac\0\0\x47\xad\0\0\0\x08\4\0\4\0abcd"
    return [
        _sound("mp4a", descriptor, Box("btrt", u32(0, 256000, 128000))),
        _sound(
            "mp4a",
            Box("wave", Box("frma", b"mp4a"), Box("mp4a", bytes(4)), descriptor, u32(8, 0)),
            layout,
            fields=sound_fields_v1(1024, 0, 0),
        ),
        _sound("alac", Box("alac", bytes(4) + lossless)),
        _sound("Opus", Box("dOps", u8(0, 6) + u16(3840) + u32(44100) + i16(-256) + u8(1, 4, 2, 0, 4, 1, 2, 3, 5))),
        _sound("fLaC", Box("dfLa", bytes(4) + stream_info + bytes(16))),
        _sound("ac-3", Box("dac3", u24(8 << 17 | 7 << 11 | 1 << 10 | 14 << 5))),
        _sound("ec-3", Box("dec3", bytes.fromhex("1400200f0201"))),
        _sound("ipcm", full_box("pcmC", 0, 0, u8(1, 24)), full_box("chnl", 0, 0, u8(1, 0, 0, 1))),
        _sound("fpcm", full_box("pcmC", 0, 0, u8(0, 32)), full_box("chnl", 1, 0, u8(0x10, 2, 2, 0))),
        _sound("sowt", layout),
        _sound("in24", Box("wave", Box("frma", b"in24"), Box("enda", u16(1)), u32(8, 0))),
        _sound("lpcm", full_box("chan", 0, 0, u32(1 << 16, 3, 0)), fields=sound_fields_v2(96000, 2, 24, 12, 6, 1)),
        _sound("ima4", fields=sound_fields_v1(64, 34, 68)),
        _sound("ms\0\2", Box("wave", Box("frma", b"ms\0\2"), Box("ms\0\2", wave_header))),
        _sound("mhm1", Box("mhaC", u8(1, 0x0D, 19, 0, 0))),
        _sound("QDM2", Box("wave", Box("frma", b"QDM2"), Box("QDCA", b"configuration"))),
    ]


def protected_entries() -> list[Box]:
    def sinf(kind: bytes) -> Box:
        scheme = full_box("schm", 0, 0, b"cenc", u32(0x10000))
        tenc = full_box("tenc", 1, 0, u8(0, 0x19, 1, 8), bytes(16))
        return Box("sinf", Box("frma", kind), scheme, Box("schi", tenc))

    return [
        _picture("encv", Box("avcC", avc_record()), sinf(b"avc1")),
        _sound("enca", Box("esds", elementary_stream_descriptor(b"\x11\x90")), sinf(b"mp4a")),
        _sound("drms", Box("esds", elementary_stream_descriptor(b"\x11\x90")), sinf(b"mp4a")),
    ]


_TX3G = (
    u32(0x80000000) + u8(1, 0xFF, 0, 0, 0, 128) + i16(0, 0, 60, 320) + u16(0, 0, 1) + u8(1, 18) + u8(255, 254, 253, 252)
)
_TEXT = u32(1) + i32(-1) + u16(1, 2, 3) + i16(10, 20, 30, 40) + bytes(8) + u16(5, 1) + bytes(3) + u16(7, 8, 9)


def caption_entries() -> dict[str, Box]:
    """By the type of the samples they describe."""
    return {
        "tx3g": Box("tx3g", HEAD, _TX3G, Box("ftab", u16(1, 1), pstring("Sans"))),
        "text": Box("text", HEAD, _TEXT, pstring("Geneva")),
        "wvtt": Box("wvtt", HEAD, Box("vttC", b"WEBVTT"), Box("vlab", b"source")),
        "stpp": Box("stpp", HEAD, cstring("http://www.w3.org/ns/ttml"), cstring(""), cstring("")),
        "c608": Box("c608", HEAD),
        "c708": Box("c708", HEAD),
    }


def other_entries() -> list[Box]:
    return [
        Box("tmcd", HEAD, u32(0, 3, 30000, 1001), u8(30, 0), Box("name", u16(6, 0), b"TAPE01")),
        Box("mebx", HEAD, Box("keys", KEY_TABLE)),
        Box("mett", HEAD, cstring(""), cstring("application/x")),
        Box("urim", HEAD, full_box("uri ", 0, 0, cstring("urn:example:a"))),
        Box("rtp ", HEAD, u16(1, 1), u32(1400), Box("tims", u32(90000))),
        Box("gpmd", HEAD),
    ]


# -- samples -----------------------------------------------------------------------------------------------------------


def _key(number: int, name: str, kind: Box, *more: Box, space: str = "mdta") -> Box:
    return numbered(number, Box("keyd", space.encode() + name.encode()), kind, *more)


def _joined(*boxes: Box) -> bytes:
    return b"".join(box.render() for box in boxes)


KEY_TABLE = _joined(
    _key(1, "com.example.title", Box("dtyp", u32(0, 1)), Box("loca", b"en-GB\0"), Box("setu", b"\1\2")),
    _key(2, "com.example.where", Box("dtyp", u32(0, 72))),
    _key(7, "com.example.mood", Box("dtyp", u32(1), b"com.example.mood")),
    _key(9, "fact", Box("dtyp", u32(0, 67)), space="me4c"),
    _key(20, "com.example.face", Box("dtyp", u32(1), b"com.example.face")),
    _key(21, "com.example.face.id", Box("dtyp", u32(0, 77)), space="fiel"),
)
TIMED_SAMPLE = _joined(
    numbered(2, bytes(16)),
    numbered(1, "Größe".encode()),
    numbered(7, b"\1"),
    numbered(9, u32(5)),
    numbered(20, numbered(21, u32(3))),
)


def _cue(text: str, settings: str, identifier: str) -> Box:
    return Box("vttc", Box("iden", identifier.encode()), Box("sttg", settings.encode()), Box("payl", text.encode()))


_STYLES = Box("styl", u16(2), u16(0, 3, 1), u8(1, 12, 9, 9, 9, 255), u16(4, 7, 1), u8(6, 12, 255, 0, 0, 255))
_PACKET = Box("ccdp", b"\x96\x69", u8(99, 0x4F, 0x43, 0, 1, 0x72, 0xE2, 0xFC, 0x94, 0x20, 0xFE, 1, 2, 0x74, 0, 1, 0))
_TTML = (
    '<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en"><body><div><p begin="0s" end="1s">One</p></div></body></tt>'
)
CAPTION_SAMPLES: dict[str, list[bytes]] = {
    "tx3g": [u16(7) + b"One two" + _joined(_STYLES, Box("frcd"), Box("tbox", i16(0, 0, 20, 30))), u16(0)],
    "text": [u16(3) + b"One" + _joined(Box("encd", u32(0x08000100))), u16(6) + "Größ".encode()],
    "wvtt": [
        _joined(_cue("<i>One</i>\r\n<c.red>line", "align:end position:25% line:80.5% size:40%", "c1"), Box("vtte")),
        _joined(_cue("Two &amp; <v Anna>three</v>", "", ""), _cue("4", "align:middle", "x")),
    ],
    "stpp": [_TTML.encode()],
    "c608": [_joined(Box("cdat", b"\x94\x20\x94\x2f\xc8\xe5\xec\xec\xef\x80"), Box("cdt2", b"\x15\x20\x80"))],
    "c708": [_joined(_PACKET, _PACKET)],
}


# -- metadata ----------------------------------------------------------------------------------------------------------


def _frame(name: str, body: bytes) -> bytes:
    return name.encode() + u32(len(body)) + bytes(2) + body


_FRAMES = b"".join(
    (
        _frame("TIT2", b"\1" + "café".encode("utf-16")),
        _frame("TXXX", b"\3what\0value"),
        _frame("COMM", b"\0eng" + b"info\0text"),
        _frame("USLT", b"\2deu" + "a\0b".encode("utf-16-be")),
        _frame("APIC", b"\0image/png\0\3cover\0picture"),
        _frame("PRIV", b"owner\0\1\2\3"),
        _frame("TCON", b"\3(17)"),
        _frame("WOAR", b"http://example.com"),
    )
)
ID3 = b"ID3\4\0\0" + u8(0, 0, len(_FRAMES) >> 7, len(_FRAMES) & 0x7F) + _FRAMES
_QUICKTIME = ("com.apple.quicktime.title", "com.apple.quicktime.location.ISO6709", "com.example.anything", "artwork")


def _keyed() -> Box:
    items = Box(
        "ilst",
        numbered(1, data(1, "Größe".encode(), 0x0001 << 16 | 0x15C7), data(1, b"Size")),
        numbered(2, data(1, b"+48.8577+002.295/")),
        numbered(3, data(74, u64(5)), full_box("itif", 0, 0, u32(1)), full_box("name", 0, 0, b"a name")),
        numbered(4, data(13, b"\xff\xd8\xff")),
    )
    languages = full_box("ctry", 0, 0, u32(1), u16(2), b"DEAT")
    more = full_box("lang", 0, 0, u32(1), u16(1), u16(0x15C7))
    return Box("meta", handler("mdta"), keys(*_QUICKTIME), languages, more, items)


def _listed() -> Box:
    items = Box(
        "ilst",
        Box("©nam", data(1, b"Title")),
        Box("trkn", data(0, u16(0, 3, 9, 0))),
        Box("gnre", data(0, u16(18))),
        Box("covr", data(13, b"\xff\xd8\xff"), data(14, b"\x89PNG")),
        Box("tmpo", data(21, u16(120))),
        Box("rtng", data(21, u8(4))),
        free_form("com.apple.iTunes", "iTunSMPB", data(1, b" 00000000 00000840 000001CA 00000000000074F6 0 0 0")),
    )
    return full_box("meta", 0, 0, handler("mdir"), items)


def metadata() -> list[Box]:
    """Metadata boxes of every kind."""
    tag = full_box("ID32", 0, 0, u16(0x15C7), ID3)
    return [_keyed(), _listed(), full_box("meta", 0, 0, handler("ID32"), tag)]


def chapters() -> Box:
    """Nero's."""
    rows = [u64(start * 10_000_000) + pstring(title) for start, title in ((0, "One"), (1, "Two"), (2, "Größe"))]
    return full_box("chpl", 1, 0, u8(0), u32(len(rows)), *rows)


def user_data() -> Box:
    """All kinds of items that user data has, metadata boxes of both kinds among them."""
    place = u16(0x15C7) + cstring("Paris") + u8(0) + f16_16(2.295, 48.8577, 35) + cstring("earth") + cstring("notes")
    return Box(
        "udta",
        Box("©nam", record(b"Titel", 0x15C7), record("T\xebtle".encode("mac_roman"), 0)),
        Box("©xyz", record(b"+48.8577+002.295/", 0x15C7)),
        Box("©day", data(1, b"2024-02-29")),
        Box("name", b"a name\0"),
        Box("tagc", b"public.auxiliary-content\0"),
        full_box("kind", 0, 0, cstring("urn:mpeg:dash:role:2011"), cstring("caption")),
        full_box("titl", 0, 0, u16(0x15C7), cstring("Titel")),
        full_box("yrrc", 0, 0, u16(2024)),
        full_box("rtng", 0, 0, b"ABCD", b"EFGH", u16(0x15C7), cstring("PG")),
        full_box("albm", 0, 0, u16(0x15C7), cstring("Album"), u8(3)),
        full_box("kywd", 0, 0, u16(0x15C7), u8(2), pstring("one"), pstring("two")),
        full_box("loci", 0, 0, place),
        full_box("ID32", 0, 0, u16(0x15C7), ID3),
        Box("WLOC", i16(1, 2)),
        Box("SNam", fourcc("abcd")),
        chapters(),
        *metadata()[:2],
        u32(0),
    )
