"""Encodings whose parameter sets between them use every branch that the common encoders can be brought to write."""

from __future__ import annotations

from tests.isobmff.encoded import Recipe


def x264(params: str = "", **rest: object) -> Recipe:
    return Recipe("libx264", options=(("x264-params", params),) if params else (), **rest)  # type: ignore[arg-type]


def x265(params: str = "", **rest: object) -> Recipe:
    options = (("x265-params", params),) if params else ()
    return Recipe("libx265", tag=str(rest.pop("tag", "hvc1")), options=options, **rest)  # type: ignore[arg-type]


AVC = {
    "plain": x264(),
    "baseline": Recipe("libx264", options=(("profile", "baseline"),)),
    "main": Recipe("libx264", options=(("profile", "main"),)),
    "ten bits": x264(pixels="yuv420p10le"),
    "4:2:2": x264(pixels="yuv422p"),
    "4:4:4": x264(pixels="yuv444p"),
    "grey": x264(pixels="gray"),
    "odd size": x264(width=66, height=50),
    "odd 4:2:2": x264(width=66, height=50, pixels="yuv422p"),
    "odd 4:4:4": x264(width=65, height=51, pixels="yuv444p"),
    "interlaced": x264("interlaced=1", height=40),
    "rate model": x264("nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500:force-cfr=1"),
    "no b-frames": x264("bframes=0"),
    "pyramid": x264("bframes=5:b-pyramid=normal"),
    "matrices": x264("cqm=jvt"),
    "anamorphic": x264("sar=4/3"),
    "odd aspect": x264("sar=123/77"),
    "full range": x264(color=(1, 1, 1, 2)),
    "HDR": x264(pixels="yuv420p10le", color=(9, 16, 9, 1)),
    "chroma place": x264("chromaloc=2"),
}
HEVC = {
    "plain": x265(),
    "ten bits": x265(pixels="yuv420p10le"),
    "twelve bits": x265(pixels="yuv420p12le"),
    "4:2:2": x265(pixels="yuv422p10le"),
    "4:4:4": x265(pixels="yuv444p"),
    "grey": x265(pixels="gray"),
    "odd size": x265(width=66, height=50),
    "odd 4:2:2": x265(width=66, height=50, pixels="yuv422p"),
    "odd 4:4:4": x265(width=65, height=51, pixels="yuv444p"),
    "rate model": x265("hrd=1:vbv-maxrate=500:vbv-bufsize=500"),
    "no b-frames": x265("bframes=0"),
    "sub-layers": x265("temporal-layers=3"),
    "no wavefronts": x265("wpp=0"),
    "slices": x265("slices=2", width=128, height=128),
    "matrices": x265("scaling-list=default"),
    "anamorphic": x265("sar=14"),
    "full range": x265(color=(1, 1, 1, 2)),
    "HDR10": x265(
        "hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400",
        pixels="yuv420p10le",
        color=(9, 16, 9, 1),
    ),
    "chroma place": x265("chromaloc=2"),
    "display window": x265("display-window=2,2,2,2"),
    "fields": x265("interlace=tff"),
    "high tier": x265("high-tier=1:level-idc=5.1:vbv-maxrate=100000:vbv-bufsize=100000"),
    "intra": x265("keyint=1"),
    "repeated": x265("repeat-headers=1:aud=1"),
}
