"""What each setting means to FFmpeg's ProRes encoders (prores_ks, and prores_aw where it is asked for).

The codec is the setting: each of the six has its own data rate. What remains are limits that a film of pictures which
stand for themselves keeps anyway.
"""

from __future__ import annotations

from reelwright.codecs.encoder_family import IN_THE_FILE, INTRA, Case, Dialect, Options, one_of
from reelwright.model.kinds import VideoCodec

__all__ = ["PRORES"]

# The encoder's profiles; XQ differs from 4444 by finer quantisation matrices and a higher data rate.
_PROFILES = {
    VideoCodec.PRORES_422_PROXY: "0",
    VideoCodec.PRORES_422_LT: "1",
    VideoCodec.PRORES_422: "2",
    VideoCodec.PRORES_422_HQ: "3",
    VideoCodec.PRORES_4444: "4",
    VideoCodec.PRORES_4444_XQ: "5",
}
_VENDOR = "apl0"  # who made the encoder, in each frame's header: some players decode nobody else's


def _base(case: Case) -> Options:
    options = {"profile": _PROFILES[case.codec], "vendor": _VENDOR}
    if case.encoder != "prores_ks":
        return options  # alpha always has 16 bits there
    return options | {"alpha_bits": "16" if case.has_alpha else "0"}


def _check_given(given: Options, case: Case) -> None:
    """Another profile would be another codec than the file says."""
    one_of(given, case, "profile", (_PROFILES[case.codec],))
    one_of(given, case, "alpha_bits", ("8", "16") if case.has_alpha else ("0",))


PRORES = Dialect(
    how={**INTRA, **IN_THE_FILE},
    base=_base,
    check_given=_check_given,
    slices=True,
)
