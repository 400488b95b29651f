"""DASH manifests: times, addresses, and what cannot be said in one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from xml.etree import ElementTree

import pytest

from reelwright.model.errors import InvalidArgumentError
from reelwright.streaming.bit_rates import BitRates
from reelwright.streaming.dash import AdaptationSet, ContentType, LiveManifest, Representation, TextFile, dash_manifest
from reelwright.streaming.multivariant import VideoRange
from reelwright.streaming.stream_segments import ByteRange, Resource, SegmentKey, StreamSegment

NAMES = {"": "urn:mpeg:dash:schema:mpd:2011"}
INIT = Resource("v/init.mp4")


def segments(*durations: Fraction | int, start: Fraction = Fraction(10)) -> list[StreamSegment]:
    made = []
    for number, duration in enumerate(durations, 1):
        made.append(StreamSegment(Resource(f"v/{number:03d}.m4s"), Fraction(duration), 1000, INIT, start))
        start += Fraction(duration)
    return made


VIDEO = Representation(
    "1080p", "avc1.640028", BitRates(5000, 4000), segments(4, 4, 4, 3), 30000, template="v/$Number%03d$.m4s",
    resolution=(1920, 1080), frame_rate=Fraction(30000, 1001),
)  # fmt: skip
PICTURES = AdaptationSet(ContentType.VIDEO, [VIDEO], video_range=VideoRange.HLG)


def read(*sets: AdaptationSet, **more: object) -> ElementTree.Element:
    return ElementTree.fromstring(dash_manifest(sets, **more))  # type: ignore[arg-type]


def found(root: ElementTree.Element, path: str) -> ElementTree.Element:
    element = root.find(f".//{path}", NAMES)
    assert element is not None, path
    return element


def timeline(root: ElementTree.Element) -> list[dict[str, str]]:
    return [each.attrib for each in root.findall(".//SegmentTimeline/S", NAMES)]


def test_segments_by_template() -> None:
    root = read(PICTURES)
    assert root.attrib == {
        "profiles": "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019",
        "type": "static",
        "mediaPresentationDuration": "PT15S",
        "minBufferTime": "PT4S",
        "maxSegmentDuration": "PT4S",
    }
    assert found(root, "SegmentTemplate").attrib == {
        "timescale": "30000",
        "presentationTimeOffset": "300000",
        "startNumber": "1",
        "media": "v/$Number%03d$.m4s",
        "initialization": "v/init.mp4",
    }
    assert timeline(root) == [{"t": "300000", "d": "120000", "r": "2"}, {"d": "90000"}]
    element = found(root, "Representation")
    assert (element.get("frameRate"), element.get("bandwidth"), element.get("width")) == ("30000/1001", "5000", "1920")
    assert found(root, "AdaptationSet").get("startWithSAP") == "1"
    assert found(root, "SupplementalProperty").get("value") == "18"


def test_segments_by_byte_range() -> None:
    one = replace(
        segments(4)[0],
        resource=Resource("v.mp4", ByteRange(900, 100)),
        initialization=Resource("v.mp4", ByteRange(0, 900)),
    )
    root = read(AdaptationSet(ContentType.VIDEO, [replace(VIDEO, segments=[one], template=None)]))
    assert root.get("profiles") == "urn:mpeg:dash:profile:isoff-main:2011"
    assert found(root, "SegmentURL").attrib == {"media": "v.mp4", "mediaRange": "900-999"}
    assert found(root, "Initialization").attrib == {"sourceURL": "v.mp4", "range": "0-899"}
    assert found(root, "SegmentList").get("presentationTimeOffset") == "300000"


def test_sound_begins_with_the_pictures() -> None:
    # Priming comes before the presentation: the offset is the pictures', in the sound's own ticks.
    early = segments(4, start=Fraction(10) - Fraction(1024, 48000))
    sound = Representation(
        "en", "mp4a.40.2", BitRates(9, 8), early, 48000, template="v/$Number%03d$.m4s", sample_rate=48000, channels=6
    )
    root = read(AdaptationSet(ContentType.AUDIO, [sound], language="en", label="English", is_main=False), PICTURES)
    assert found(root, "SegmentTemplate").get("presentationTimeOffset") == "480000"
    assert timeline(root)[0] == {"t": str(480000 - 1024), "d": "192000"}
    assert found(root, "AudioChannelConfiguration").get("value") == "6"
    assert (found(root, "Label").text, found(root, "Role").get("value")) == ("English", "alternate")
    assert found(root, "AdaptationSet").get("lang") == "en"


def test_ticks_never_drift_and_gaps_are_told() -> None:
    thirds = segments(*[Fraction(4, 3)] * 3)
    root = read(AdaptationSet(ContentType.VIDEO, [replace(VIDEO, segments=thirds, time_scale=100)]))
    assert timeline(root) == [{"t": "1000", "d": "133"}, {"d": "134"}, {"d": "133"}]
    apart = [*segments(1), replace(segments(1, start=Fraction(20))[0], resource=Resource("v/002.m4s"))]
    root = read(AdaptationSet(ContentType.VIDEO, [replace(VIDEO, segments=apart, time_scale=1)]))
    assert timeline(root) == [{"t": "10", "d": "1"}, {"t": "20", "d": "1"}]


def test_lists_have_one_duration_where_it_nearly_fits() -> None:
    # dash.js knows no time lines of lists; the standard lets segments begin half a duration early or late.
    def listed(*durations: Fraction | int) -> ElementTree.Element:
        return read(AdaptationSet(ContentType.VIDEO, [replace(VIDEO, segments=segments(*durations), template=None)]))

    root = listed(Fraction(21, 5), Fraction(19, 5), 4, 1)
    assert found(root, "SegmentList").get("duration") == "120000"
    assert timeline(root) == []
    root = listed(1, 1, 9, 1)
    assert found(root, "SegmentList").get("duration") is None
    assert len(timeline(root)) == 3


def test_representations_say_whether_they_are_aligned() -> None:
    low = replace(VIDEO, name="480p")
    other = replace(low, segments=segments(4, 4, 4, 4)[:3], template=None)
    unlike = replace(low, segments=segments(3, 4), template=None)
    for second, aligned in ((low, "true"), (other, "false"), (unlike, "false")):
        root = read(AdaptationSet(ContentType.VIDEO, [VIDEO, second]))
        assert found(root, "AdaptationSet").get("segmentAlignment") == aligned


def test_subtitles_in_a_file() -> None:
    root = read(PICTURES, AdaptationSet(ContentType.TEXT, [TextFile("en-text", "en.vtt")], language="en"))
    assert found(root, "BaseURL").text == "en.vtt"
    assert found(root, "Representation[@id='en-text']").get("mimeType") == "text/vtt"


def test_a_live_manifest() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    live = LiveManifest(noon, Fraction(2), published=noon, window=Fraction(30), delay=Fraction(25, 2))
    track = replace(VIDEO, segments=VIDEO.segments[2:], first_number=3)
    root = read(AdaptationSet(ContentType.VIDEO, [track]), live=live, origin=Fraction(10))
    assert {
        name: root.get(name) for name in ("type", "availabilityStartTime", "publishTime", "minimumUpdatePeriod")
    } == {
        "type": "dynamic",
        "availabilityStartTime": "2026-01-01T12:00:00.000Z",
        "publishTime": "2026-01-01T12:00:00.000Z",
        "minimumUpdatePeriod": "PT2S",
    }
    assert (root.get("timeShiftBufferDepth"), root.get("suggestedPresentationDelay")) == ("PT30S", "PT12.5S")
    assert root.get("mediaPresentationDuration") is None
    assert found(root, "SegmentTemplate").get("startNumber") == "3"
    assert timeline(root)[0]["t"] == "540000"


def _with(**changes: object) -> list[AdaptationSet]:
    return [AdaptationSet(ContentType.VIDEO, [replace(VIDEO, **changes)])]  # type: ignore[arg-type]


KEYED = [replace(each, key=SegmentKey("key")) for each in VIDEO.segments]
BROKEN = [replace(each, is_discontinuous=True) for each in VIDEO.segments]


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        ([], "needs segments"),
        (_with(segments=[]), "needs segments"),
        ([PICTURES, PICTURES], "not all different"),
        (_with(name="a b"), "without blanks"),
        (_with(segments=KEYED), "encrypted as a whole"),
        (_with(segments=BROKEN), "do not go on"),
        (_with(template="v/$Number$.m4s"), "not the whole of 'v/1.m4s'"),
        (_with(template="v/all.m4s"), "does not hold"),
        (_with(template="v/$Time$$Number$.m4s"), "does not hold"),
        (_with(first_number=2), "not the whole of 'v/002.m4s'"),
        (
            _with(segments=[replace(VIDEO.segments[0], initialization=Resource("a", ByteRange(0, 1)))]),
            "object of its own",
        ),
        (_with(segments=[replace(VIDEO.segments[0], initialization=None)]), "no initialization segment"),
    ],
)
def test_manifests_that_cannot_be(sets: list[AdaptationSet], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words.replace("$", r"\$")):
        dash_manifest(sets)


def test_moments_have_time_zones() -> None:
    with pytest.raises(InvalidArgumentError, match="time zone"):
        dash_manifest([PICTURES], live=LiveManifest(datetime(2026, 1, 1), Fraction(1)))
