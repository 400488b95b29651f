"""Layouts into layouts: coefficients of the standards, nothing lost that has a place, nothing too loud."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from reelwright.codecs.remix import Remix, speakers
from reelwright.model.errors import SettingsError

HALF = 2**-0.5
LAYOUTS = {
    "mono": 1, "stereo": 2, "2.1": 3, "3.0": 3, "4.0": 4, "quad": 4, "5.0": 5, "5.0(side)": 5, "5.1": 6, "5.1(side)": 6,
    "6.1": 7, "6.1(back)": 7, "7.1": 8, "7.1(wide)": 8, "7.1(wide-side)": 8, "cube": 8, "downmix": 2, "22.2": 24,
}  # fmt: skip


def remix(source: str, target: str) -> Remix:
    return Remix(speakers(source, LAYOUTS[source]), speakers(target, LAYOUTS[target]))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_into_itself_is_nothing(layout: str) -> None:
    same = remix(layout, layout)
    assert same.is_identity
    assert same.picks == tuple(range(LAYOUTS[layout]))


def test_surround_to_stereo_follows_bs_775() -> None:
    matrix = remix("5.1", "stereo").matrix
    loudest = 1 + 2 * HALF
    #                                      FL FR FC   LFE BL   BR
    assert np.allclose(matrix * loudest, [[1, 0, HALF, 0, HALF, 0], [0, 1, HALF, 0, 0, HALF]])


def test_stereo_to_mono_is_the_mean() -> None:
    assert np.allclose(remix("stereo", "mono").matrix, [[0.5, 0.5]])


@pytest.mark.parametrize("target", ["stereo", "quad", "cube"])
def test_mono_keeps_its_level_in_both_speakers(target: str) -> None:
    assert remix("mono", target).picks[:2] == (0, 0)  # type: ignore[index]


def test_mono_is_the_centre_where_there_is_one() -> None:
    assert remix("mono", "5.1").picks == (-1, -1, 0, -1, -1, -1)


def test_stereo_becomes_the_front_of_surround() -> None:
    assert remix("stereo", "7.1").picks == (0, 1, -1, -1, -1, -1, -1, -1)


@pytest.mark.parametrize(("source", "target"), [("5.1", "5.1(side)"), ("5.1(side)", "5.1"), ("5.0", "5.0(side)")])
def test_the_one_surround_pair_is_the_same_wherever_it_stands(source: str, target: str) -> None:
    assert remix(source, target).is_identity


def test_two_surround_pairs_share_one_at_equal_power() -> None:
    matrix = remix("7.1", "5.1").matrix
    assert np.allclose(matrix[4] / matrix[4, 4], [0, 0, 0, 0, 1, 0, HALF, 0])


def test_channels_in_another_order_are_picked() -> None:
    other = Remix(speakers("FC+FL+FR", 3), speakers("3.0", 3))
    assert other.picks == (1, 2, 0)
    assert not other.is_identity


@pytest.mark.parametrize(("source", "target"), list(itertools.product(LAYOUTS, ["mono", "stereo", "5.1", "7.1"])))
def test_no_mix_exceeds_full_scale_and_nothing_but_bass_is_lost(source: str, target: str) -> None:
    matrix = remix(source, target).matrix
    assert np.abs(matrix).sum(axis=1).max() <= 1 + 1e-12
    lost = [name for name, column in zip(speakers(source, LAYOUTS[source]), matrix.T, strict=True) if not column.any()]
    assert set(lost) <= {"LFE", "LFE2"}


def test_left_stays_left_and_right_stays_right() -> None:
    for source in LAYOUTS:
        matrix = remix(source, "stereo").matrix
        names = speakers(source, LAYOUTS[source])
        for column, name in enumerate(names):
            if name.endswith("L") and name != "LFE":
                assert matrix[1, column] == 0, (source, name)
            if name.endswith("R"):
                assert matrix[0, column] == 0, (source, name)


def test_channels_without_speakers_go_one_to_one() -> None:
    assert Remix(speakers("12 channels", 12), speakers("7.1.4", 12)).is_identity
    with pytest.raises(SettingsError, match=r"'\?0' has no place"):
        Remix(speakers("12 channels", 12), speakers("stereo", 2))


def test_the_usual_layouts() -> None:
    assert speakers(None, 1) == ("FC",)
    assert speakers(None, 2) == ("FL", "FR")
    assert speakers(None, 6) == ("FL", "FR", "FC", "LFE", "BL", "BR")
    assert speakers(None, 20) == tuple(f"?{index}" for index in range(20))


def test_unknown_and_contradicting_layouts_are_refused() -> None:
    with pytest.raises(SettingsError, match="'sevenfold' is not known"):
        speakers("sevenfold", 7)
    with pytest.raises(SettingsError, match=r"'5.1' has 6 channels, the sound has 2"):
        speakers("5.1", 2)
