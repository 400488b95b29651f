"""What we read out of files that others made, against what ExifTool reads out of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reelwright.isobmff.metadata_reader import read_meta, read_user_data
from reelwright.isobmff.parse import Parser, find, scan
from reelwright.model.metadata import MetadataItem
from reelwright.storage.source import open_source
from tests.interop import tools

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"
GROUPS = ("Keys", "VideoKeys", "AudioKeys", "ItemList", "iTunes", "UserData")
# Values that ExifTool gives in a form of its own; the first two are places and chapters, checked elsewhere.
OF_ITS_OWN = (
    "GPSCoordinates",
    "LocationInformation",
    "ChapterList",
    "FrameReadoutTime",
    "SerialNumberHash",
    "MediaUID",
)
BINARY = "(Binary data {} bytes, use -b option to extract)"

FILES = (
    "osxphotos/EC19EA1A-FC91-449C-8925-B13D863E2EDB_3.mov",
    "osxphotos/Jellyfish.mov",
    "osxphotos/IMG_0016.MOV",
    "atldotnet/mp4.m4a",
    "atldotnet/lyrics_LRC.m4a",
    "lofty/m4a_codec_alac.m4a",
    "mp4-rust/big_buck_bunny_metadata.m4v",
    "media3/sample_with_numeric_genre.mp4",
    "metadata-extractor/Issue 515 (java).mp4",
    "metadata-extractor/Issue 337 (dotnet).m4a",
    "streamio/sideways movie.mov",
)


def items_of(path: Path) -> list[MetadataItem]:
    source = open_source(path.read_bytes())
    place = find(list(scan(source)), "moov")
    assert place is not None
    found: list[MetadataItem] = []

    def walk(holder: Parser) -> None:
        for kind, content in holder.boxes():
            if kind == "udta":
                found.extend(read_user_data(content))
            elif kind == "meta":
                found.extend(read_meta(content))
            elif kind == "trak":
                walk(content)

    walk(place.read(source, 1 << 26))
    return found


def forms(item: MetadataItem) -> set[str]:
    """A value as ExifTool may write it."""
    value = item.value
    if isinstance(value, bytes):
        return {BINARY.format(len(value)), value.decode("latin-1").rstrip("\0")}
    if isinstance(value, tuple):
        return {" of ".join(map(str, value)), " ".join(map(str, value))}
    if isinstance(value, float):
        return {f"{value:.6f}", f"{value:g}"}
    return {str(value).strip(), str(item.extra_attributes.get("info", value))}


def as_ours(value: Any) -> set[str]:
    """ExifTool's dates have colons in them and no T; JSON has numbers where text is nothing but one."""
    text = str(value).strip()
    if len(text) > 18 and text[4] == text[7] == ":" and text[10] == " ":
        text = f"{text[:4]}-{text[5:7]}-{text[8:10]}T{text[11:]}"
    return {text, f"{value:.6f}"} if isinstance(value, float) else {text, text[:-3] + text[-2:]}


@pytest.mark.parametrize("name", FILES)
def test_exiftool_reads_the_same_values(name: str) -> None:
    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"{name} is not among the shared media here")
    ours = {form for item in items_of(path) for form in forms(item)}
    checked = 0
    for tag, value in tools.exiftool(path)["tags"].items():
        group, _, label = tag.rpartition(":")
        if group in GROUPS and label.partition("-")[0] not in OF_ITS_OWN:
            assert ours & as_ours(value), (tag, value)
            checked += 1
    assert checked or not ours
