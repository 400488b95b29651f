"""What frames an encoder takes: layout, size, colour and shape, and how odd sizes are padded to be coded.

Every other size and layout is the converter's business; the encoder sees nothing but frames of its ``FrameSpec``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from reelwright.model.color import ColorProperties
from reelwright.model.errors import SettingsError
from reelwright.model.format import CleanAperture, PixelAspectRatio
from reelwright.model.pixel import PixelFormat

__all__ = ["TARGETS", "FrameSpec"]

TARGETS = (
    PixelFormat.NV12,
    PixelFormat.P010,
    PixelFormat.YUV420P,
    PixelFormat.YUV420P10,
    PixelFormat.YUV422P10,
    PixelFormat.YUV444P10,
    PixelFormat.YUVA420P,
    PixelFormat.YUVA444P10,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSpec:
    """What frames an encoder takes.

    Attributes:
        pixel_format: one of ``TARGETS``.
        width, height: the size asked for, in pixels. Where two columns or rows share chroma, odd sizes are coded as the
            next even ones.
        color, full_range: tags of the film; None for an untagged one.
        pixel_aspect_ratio, clean_aperture: as asked for; None for square pixels and the whole picture.
        centered_chroma: whether 4:2:0 chroma lies in the middle of its four pixels, as in JPEG (ITU-T T.871, 9); else
            it lies left, between the two rows, where video codecs and their players expect it (H.264, type 0). 4:2:0
            pictures in the film's own matrix and range are taken to have it where the film has.

    Raises:
        SettingsError: another pixel format, a size that is not positive.
    """

    pixel_format: PixelFormat
    width: int
    height: int
    color: ColorProperties | None = None
    full_range: bool = False
    pixel_aspect_ratio: PixelAspectRatio | None = None
    clean_aperture: CleanAperture | None = None
    centered_chroma: bool = False

    def __post_init__(self) -> None:
        if self.pixel_format not in TARGETS:
            names = ", ".join(kind.name for kind in TARGETS)
            raise SettingsError(
                f"encoders do not take {self.pixel_format.name} pictures here.", hint=f"Use one of {names}."
            )
        if self.width <= 0 or self.height <= 0:
            raise SettingsError(f"a film of {self.width}×{self.height} pixels has no pixels.")

    @property
    def has_alpha(self) -> bool:
        """Whether the encoder is given alpha: straight, all values used."""
        return self.pixel_format.has_alpha

    @property
    def coded_width(self) -> int:
        return self.width + self._padding[0]

    @property
    def coded_height(self) -> int:
        return self.height + self._padding[1]

    @property
    def is_padded(self) -> bool:
        return self._padding != (0, 0)

    @property
    def coded_aperture(self) -> CleanAperture | None:
        """The part to show, relative to the coded picture: what was asked for, without the padding."""
        if not self.is_padded:
            return self.clean_aperture
        wanted = self.clean_aperture or CleanAperture(Fraction(self.width), Fraction(self.height))
        across, down = self._padding
        return replace(
            wanted,
            horizontal_offset=wanted.horizontal_offset - Fraction(across, 2),
            vertical_offset=wanted.vertical_offset - Fraction(down, 2),
        )

    @property
    def _padding(self) -> tuple[int, int]:
        """Columns and rows added, so that chroma covers whole groups of pixels."""
        across, down = self.pixel_format.subsampling
        return -self.width % across, -self.height % down
