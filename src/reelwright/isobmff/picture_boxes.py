"""The boxes of picture sample entries that no codec owns: colour, geometry, fields, light levels, stereo, projection.

Those with a place of their own in a format description come as its fields, all others as extensions under CoreMedia's
keys (``kCMFormatDescriptionExtension_…``); light levels stay the bytes they are, which is CoreMedia's form too.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from reelwright.isobmff.box import Box
from reelwright.isobmff.entry_boxes import EntryBoxes
from reelwright.isobmff.parse import Parser
from reelwright.model.color import ColorMatrix, ColorPrimaries, ColorProperties, TransferFunction
from reelwright.model.errors import InvalidMediaError, SettingsError
from reelwright.model.format import CleanAperture, PixelAspectRatio

__all__ = ["FIELD_DETAILS", "light_boxes", "read_geometry", "read_picture_boxes"]

FIELD_DETAILS = {
    1: "TemporalTopFirst",
    6: "TemporalBottomFirst",
    9: "SpatialFirstLineEarly",
    14: "SpatialFirstLineLate",
}
"""CoreMedia's ``FieldDetail`` by QuickTime's number in ``fiel``."""

_UNSPECIFIED = 2
_LIGHT = {  # box, key, bytes
    "mdcv": ("MasteringDisplayColorVolume", 24),
    "clli": ("ContentLightLevelInfo", 4),
    "cclv": ("ContentColorVolume", 0),
    "amve": ("AmbientViewingEnvironment", 8),
}
_CHROMA_LOCATIONS = {0: "Left", 1: "Center", 2: "TopLeft", 3: "Top", 4: "BottomLeft", 5: "Bottom", 6: "DV420"}
_PROJECTIONS = {"rect": "Rectilinear", "equi": "Equirectangular", "hequ": "HalfEquirectangular"}
_PROJECTIONS |= {"fish": "Fisheye", "prim": "ParametricImmersive"}
_PACKINGS = {"side": "SideBySide", "over": "OverUnder"}
_HEROES = {1: "Left", 2: "Right"}


def read_geometry(boxes: EntryBoxes, width: int, height: int) -> dict[str, Any]:
    """``pasp`` and ``clap`` as fields of a format description; those that cannot be are left out."""
    found: dict[str, Any] = {}
    with boxes.tolerating():
        if (content := boxes.parser("pasp")) is not None:
            found["pixel_aspect_ratio"] = PixelAspectRatio(content.u32(), content.u32())
    with boxes.tolerating():
        if (content := boxes.parser("clap")) is not None:
            found["clean_aperture"] = _clean_aperture(content, width, height)
    return found


def _clean_aperture(content: Parser, width: int, height: int) -> CleanAperture:
    values = []
    for _ in range(4):
        top, bottom = content.i32(), content.i32()
        if not bottom:
            raise InvalidMediaError("the clean aperture has a fraction with a denominator of zero.")
        values.append(Fraction(top, bottom))
    clean = CleanAperture(*values)
    if not clean.fits(width, height):
        raise InvalidMediaError(
            f"the clean aperture {clean.width}×{clean.height} at ({clean.horizontal_offset}, {clean.vertical_offset}) "
            f"reaches beyond the picture of {width}×{height}."
        )
    return clean


def read_picture_boxes(boxes: EntryBoxes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Everything but geometry: fields of a format description, and its extensions."""
    fields: dict[str, Any] = {}
    extensions: dict[str, Any] = {}
    for payload in boxes.all("colr"):
        with boxes.tolerating():
            _read_color(Parser(payload, "the box 'colr'"), fields, extensions, boxes.problems)
    with boxes.tolerating():
        if (content := boxes.parser("btrt")) is not None:
            content.skip(4)
            highest, average = content.u32(), content.u32()
            fields["bit_rate"] = average or highest
    for reader in (_read_fields, _read_gamma, _read_chroma_location, _read_light, _read_stereo, _read_field_of_view):
        with boxes.tolerating():
            reader(boxes, extensions)
    return fields, extensions


def _read_color(content: Parser, fields: dict[str, Any], extensions: dict[str, Any], problems: list[str]) -> None:
    """``colr`` (ISO/IEC 14496-12, 12.1.5); QuickTime's readers know an ``nclx`` without the byte for the range."""
    kind = content.fourcc()
    if kind in ("prof", "rICC"):
        extensions.setdefault("ICCProfile", content.rest())
    elif kind in ("nclc", "nclx") and "color" not in fields:
        codes = content.u16(), content.u16(), content.u16()
        if kind == "nclx" and content.left:
            fields["full_range"] = bool(content.u8() & 0x80)
        color = _color(codes, problems)
        fields["color"] = color if color.is_specified else None


def _color(codes: tuple[int, int, int], problems: list[str]) -> ColorProperties:
    known = [code if code in list(kind) else _UNSPECIFIED for kind, code in zip(_KINDS, codes, strict=True)]
    if any(code not in (0, fixed) for code, fixed in zip(codes, known, strict=True)):
        problems.append(f"the colour tags {codes} hold code points that are not known: taken as unspecified.")
    return ColorProperties(*known)


_KINDS = (ColorPrimaries, TransferFunction, ColorMatrix)


def _read_fields(boxes: EntryBoxes, extensions: dict[str, Any]) -> None:
    if (content := boxes.parser("fiel")) is None:
        return
    count, detail = content.u8(), content.u8()
    if count not in (1, 2):
        raise InvalidMediaError(f"the box 'fiel' speaks of {count} fields.")
    extensions["CVFieldCount"] = count
    if count == 2 and detail in FIELD_DETAILS:
        extensions["CVFieldDetail"] = FIELD_DETAILS[detail]


def _read_gamma(boxes: EntryBoxes, extensions: dict[str, Any]) -> None:
    if (content := boxes.parser("gama")) is not None:
        extensions["GammaLevel"] = content.unsigned_f16_16()


def _read_chroma_location(boxes: EntryBoxes, extensions: dict[str, Any]) -> None:
    if (content := boxes.parser("chrm")) is None:
        return
    for key in ("ChromaLocationTopField", "ChromaLocationBottomField"):
        location = _CHROMA_LOCATIONS.get(content.u8())
        if location is not None:
            extensions[key] = location


def _read_light(boxes: EntryBoxes, extensions: dict[str, Any]) -> None:
    """What light pictures were made in and for (ISO/IEC 14496-12, 12.1.6 to 12.1.9), as CoreMedia's bytes."""
    for kind, (key, size) in _LIGHT.items():
        payload = boxes.payload(kind)
        if payload is None:
            continue
        if len(payload) < size:
            boxes.problems.append(f"the box {kind!r} has {len(payload)} bytes, not {size}.")
        else:
            extensions[key] = payload[:size] if size else payload


def light_boxes(extensions: Mapping[str, Any]) -> list[Box]:
    """The same, as boxes of a sample entry.

    Raises:
        SettingsError: a value of another length than its box has.
    """
    boxes = []
    for kind, (key, size) in _LIGHT.items():
        if key not in extensions:
            continue
        payload = bytes(extensions[key])
        if size and len(payload) != size:
            raise SettingsError(
                f"the extension {key} holds {len(payload)} bytes, and the box {kind!r} has {size}.",
                hint="Give the box's payload, as MasteringDisplay and ContentLightLevel make it.",
            )
        boxes.append(Box(kind, payload))
    return boxes


def _read_field_of_view(boxes: EntryBoxes, extensions: dict[str, Any]) -> None:
    if (content := boxes.parser("hfov")) is not None:
        extensions["HorizontalFieldOfView"] = content.u32()


def _read_stereo(boxes: EntryBoxes, extensions: dict[str, Any]) -> None:
    """``vexu`` (Apple, "ISO base media file format: stereo video extensions")."""
    if (content := boxes.parser("vexu")) is None:
        return
    parts = EntryBoxes(content, boxes.problems)
    if (eyes := parts.parser("eyes")) is not None:
        _read_eyes(EntryBoxes(eyes, boxes.problems), extensions)
    for outer, inner, key, names in (
        ("proj", "prji", "ProjectionKind", _PROJECTIONS),
        ("pack", "pkin", "ViewPackingKind", _PACKINGS),
    ):
        box = parts.parser(outer)
        told = None if box is None else box.find(inner)
        if told is not None:
            told.full_header()
            code = told.fourcc()
            extensions[key] = names.get(code, code)


def _read_eyes(eyes: EntryBoxes, extensions: dict[str, Any]) -> None:
    if (views := eyes.parser("stri")) is not None:
        views.full_header()
        bits = views.u8()
        extensions["HasLeftStereoEyeView"], extensions["HasRightStereoEyeView"] = bool(bits & 1), bool(bits & 2)
        if bits & 4:
            extensions["HasAdditionalViews"] = True
        if bits & 8:
            extensions["StereoEyeViewsReversed"] = True
    if (hero := eyes.parser("hero")) is not None:
        hero.full_header()
        if (side := _HEROES.get(hero.u8())) is not None:
            extensions["HeroEye"] = side
    if (cameras := eyes.parser("cams")) is not None and (baseline := cameras.find("blin")) is not None:
        baseline.full_header()
        extensions["StereoCameraBaseline"] = baseline.u32()
    if (comfort := eyes.parser("cmfy")) is not None and (shift := comfort.find("dadj")) is not None:
        shift.full_header()
        extensions["HorizontalDisparityAdjustment"] = shift.i32()
