"""Which encoder may do the work: hardware or not, which device, which one by name.

An ``EncoderSpecification`` only chooses; how the chosen encoder spends its bits is ``VideoCompressionSettings``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reelwright.model.errors import SettingsError
from reelwright.model.keys import KeyTable, flag, whole

__all__ = ["EncoderSpecification"]

_KEYS = KeyTable(
    "encoder specification",
    ("kVTVideoEncoderSpecification_",),
    {
        "EncoderID": "encoder_id",
        "EnableHardwareAcceleratedVideoEncoder": "enable_hardware",
        "RequireHardwareAcceleratedVideoEncoder": "require_hardware",
        "RequiredEncoderGPURegistryID": "required_gpu",
        "PreferredEncoderGPURegistryID": "preferred_gpu",
        "EnableLowLatencyRateControl": "low_latency",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderSpecification:
    """Which encoder may do the work (``AVVideoEncoderSpecificationKey``, ``kVTVideoEncoderSpecification_…``).

    Attributes:
        encoder_id: one encoder by name, FFmpeg's (``"libx264"``, ``"h264_nvenc"``).
        enable_hardware: True: hardware where there is some; False: never; None: the library's usual way.
        require_hardware: hardware or an error.
        required_gpu: number of the only device that may be used. preferred_gpu: number of the device to try first
            (ignored beside ``required_gpu``). Both ask for hardware.
        low_latency: key frame first and then none, no reordering, no look-ahead.

    >>> EncoderSpecification(encoder_id="libx265")

    Raises:
        SettingsError: an empty name, a device number that is none, or hardware both forbidden and asked for.
    """

    encoder_id: str | None = None
    enable_hardware: bool | None = None
    require_hardware: bool = False
    required_gpu: int | None = None
    preferred_gpu: int | None = None
    low_latency: bool = False

    def __post_init__(self) -> None:
        name = self.encoder_id
        if name is not None and (not isinstance(name, str) or not name.strip()):
            raise SettingsError(f"EncoderID {name!r} is no encoder's name.", hint="For example 'libx264'.")
        for item in ("enable_hardware", "require_hardware", "low_latency"):
            if getattr(self, item) is not None:
                object.__setattr__(self, item, flag(_KEYS.shown(item), getattr(self, item)))
        for item in ("required_gpu", "preferred_gpu"):
            if getattr(self, item) is not None:
                object.__setattr__(self, item, whole(_KEYS.shown(item), getattr(self, item), 0, (1 << 64) - 1))
        self._check_hardware()

    def _check_hardware(self) -> None:
        for item in ("require_hardware", "required_gpu", "preferred_gpu"):
            asked = getattr(self, item)
            if self.enable_hardware is False and asked is not None and asked is not False:
                raise SettingsError(
                    f"{_KEYS.shown(item)} ({asked}) asks for hardware, which EnableHardwareAcceleratedVideoEncoder "
                    "(False) forbids.",
                    hint="Drop one of them.",
                )

    @classmethod
    def of(cls, value: Any) -> EncoderSpecification:
        """Read the dataclass itself or a mapping with Video Toolbox's keys (``"EncoderID"``, or with their prefix).

        Raises:
            SettingsError: an unknown key or a value the dataclass refuses.
        """
        return value if isinstance(value, EncoderSpecification) else cls(**_KEYS.read(value))

    @property
    def wants_hardware(self) -> bool | None:
        """True when hardware was asked for in any way, False when it was forbidden, None when nothing was said."""
        named = self.required_gpu is not None or self.preferred_gpu is not None
        return True if self.require_hardware or named else self.enable_hardware
