"""Which colour tags a film gets, and whether pixels must change for them to be true: pure decisions, no pixels.

AVFoundation's four cases (``AVVideoColorPropertiesKey``: settings say so or not, source tagged or not) and one
addition: RGB and grey without tags are sRGB, written as BT.709. Code points that mean the same count as equal.
"""

from __future__ import annotations

from reelwright.model.color import ColorMatrix, ColorPrimaries, ColorProperties, TransferFunction
from reelwright.model.errors import SettingsError

__all__ = ["COLORSPACE_FILTER", "SCALE_MATRIX", "conversion_names", "differs", "matrix_of_primaries", "output_color"]

_P, _T, _M = ColorPrimaries, TransferFunction, ColorMatrix

# Equal chromaticities, equal curves (H.273 gives 1, 6, 14 and 15 one formula; sRGB counts as equal by decision: every
# player shows BT.709 films with the same curve), equal coefficients.
_SAME_PRIMARIES = {_P.EBU_3213: _P.BT470_BG, _P.SMPTE_240M: _P.SMPTE_C}
_SAME_TRANSFER = {
    _T.SMPTE_170M: _T.ITU_R_709,
    _T.SRGB: _T.ITU_R_709,
    _T.ITU_R_2020_10: _T.ITU_R_709,
    _T.ITU_R_2020_12: _T.ITU_R_709,
}
_SAME_MATRIX = {_M.BT470_BG: _M.ITU_R_601}
_MATRIX_OF_PRIMARIES = {
    _P.ITU_R_2020: _M.ITU_R_2020,
    _P.SMPTE_C: _M.ITU_R_601,
    _P.SMPTE_240M: _M.ITU_R_601,
    _P.BT470_BG: _M.ITU_R_601,
    _P.EBU_3213: _M.ITU_R_601,
}

# FFmpeg's names: of the scale filter's matrices, and of everything its colorspace filter can convert.
SCALE_MATRIX = {
    _M.ITU_R_709: "bt709",
    _M.FCC: "fcc",
    _M.BT470_BG: "bt470",
    _M.ITU_R_601: "smpte170m",
    _M.SMPTE_240M: "smpte240m",
    _M.ITU_R_2020: "bt2020",
}
COLORSPACE_FILTER: dict[str, dict[int, str]] = {
    "primaries": {
        _P.ITU_R_709: "bt709",
        _P.BT470_BG: "bt470bg",
        _P.EBU_3213: "bt470bg",
        _P.SMPTE_C: "smpte170m",
        _P.SMPTE_240M: "smpte240m",
        _P.ITU_R_2020: "bt2020",
        _P.DCI_P3: "smpte431",
        _P.P3_D65: "smpte432",
    },
    "transfer function": {
        _T.ITU_R_709: "bt709",
        _T.GAMMA_22: "gamma22",
        _T.GAMMA_28: "gamma28",
        _T.SMPTE_170M: "smpte170m",
        _T.SMPTE_240M: "smpte240m",
        _T.LINEAR: "linear",
        _T.SRGB: "srgb",
        _T.ITU_R_2020_10: "bt2020-10",
        _T.ITU_R_2020_12: "bt2020-12",
    },
    "matrix": {
        _M.ITU_R_709: "bt709",
        _M.FCC: "fcc",
        _M.BT470_BG: "bt470bg",
        _M.ITU_R_601: "smpte170m",
        _M.SMPTE_240M: "smpte240m",
        _M.ITU_R_2020: "bt2020nc",
    },
}


def output_color(
    settings_color: ColorProperties | None,
    source_color: ColorProperties | None,
    source_is_rgb: bool,
    assume: ColorProperties | None = None,
) -> tuple[ColorProperties | None, bool]:
    """The film's tags, and whether code values must be converted for them (RGB's matrix, always applied, aside).

    | settings say | source tagged | tags | converted |
    |---|---|---|---|
    | yes | no | the settings' | no |
    | yes | yes | the settings' | if they differ |
    | no | yes | the source's | no |
    | no | no | BT.709 for RGB and grey, none for YUV | no |

    ``assume`` stands in for the tags of an untagged source. ``source_is_rgb`` is also True for grey. A source in RGB
    keeps the matrix it is tagged with, or gets the one that goes with its primaries.

    Raises:
        SettingsError: settings whose matrix cannot make 4:2:0 pictures.
    """
    source = next((color for color in (source_color, assume) if color is not None and color.is_specified), None)
    settings = settings_color if settings_color is not None and settings_color.is_specified else None
    if settings is not None:
        if settings.matrix not in (*SCALE_MATRIX, _M.UNSPECIFIED):
            raise SettingsError(
                f"colour properties with the matrix {settings.matrix.name} cannot be encoded as 4:2:0 pictures.",
                hint="Use ITU_R_709_2, ITU_R_601_4 or ITU_R_2020 as the YCbCr matrix.",
            )
        tags = _with_matrix(settings) if source_is_rgb else settings
        return tags, source is not None and differs(source, tags, source_is_rgb)
    if source is not None:
        return (_with_matrix(source) if source_is_rgb else source), False
    return (ColorProperties.HD if source_is_rgb else None), False


def _with_matrix(color: ColorProperties) -> ColorProperties:
    """The colour with a matrix that RGB can be put through."""
    if color.matrix in SCALE_MATRIX:
        return color
    matrix = _MATRIX_OF_PRIMARIES.get(color.primaries, _M.ITU_R_709)
    return ColorProperties(color.primaries, color.transfer_function, matrix)


def matrix_of_primaries(primaries: ColorPrimaries) -> ColorMatrix | None:
    """The matrix that goes with primaries; None for unspecified ones, and BT.709's for those without one of their own.

    >>> matrix_of_primaries(ColorPrimaries.ITU_R_2020).name
    'ITU_R_2020'
    """
    return None if primaries is _P.UNSPECIFIED else _MATRIX_OF_PRIMARIES.get(primaries, _M.ITU_R_709)


def differs(source: ColorProperties, target: ColorProperties, source_is_rgb: bool) -> bool:
    """Whether the same code values mean different colours. An unspecified property differs from nothing."""
    compared = list(zip(_essence(source), _essence(target), strict=True))[: 2 if source_is_rgb else 3]
    return any(ours != theirs and _P.UNSPECIFIED not in (ours, theirs) for ours, theirs in compared)


def conversion_names(source: ColorProperties, target: ColorProperties) -> tuple[list[str], list[str]]:
    """FFmpeg's names of primaries, transfer function and matrix at both ends of a real conversion.

    A property unspecified at one end is the other end's. Curves that count as equal get one name, so that nothing
    happens to them.

    Raises:
        SettingsError: a property that cannot be converted here; it is never just relabelled.
    """
    light_changes = differs(source, target, source_is_rgb=True)
    codes_change = differs(source, target, source_is_rgb=False)
    from_, to = [], []
    ends = zip(COLORSPACE_FILTER.items(), source.codes, target.codes, _essence(source), _essence(target), strict=True)
    for (kind, names), left, right, meaning, wanted in ends:
        left, right = (right if left == 2 else left), (left if right == 2 or meaning == wanted else right)
        if not (codes_change if kind == "matrix" else light_changes) or left == right == 2:
            left = right = 1  # any name will do, as long as it is the same
        if left not in names or right not in names:
            raise SettingsError(
                f"pictures tagged {_written(source)} cannot be converted to {_written(target)} here: the {kind} would "
                "have to be mapped, and a new label alone would show wrong colours.",
                hint="Give colour properties equal to the pictures' own tags, or convert them before appending.",
            )
        from_.append(names[left])
        to.append(names[right])
    return from_, to


def _essence(color: ColorProperties) -> tuple[int, int, int]:
    """Code points with equal meanings made equal."""
    return (
        _SAME_PRIMARIES.get(color.primaries, color.primaries),
        _SAME_TRANSFER.get(color.transfer_function, color.transfer_function),
        _SAME_MATRIX.get(color.matrix, color.matrix),
    )


def _written(color: ColorProperties) -> str:
    return f"{color.primaries.name}/{color.transfer_function.name}/{color.matrix.name}"
