"""A picture and its alpha travel as one sample and come apart again; anything else is refused."""

from __future__ import annotations

import pytest

from reelwright.containers.alpha_apart import brings_alpha, joined, parted
from reelwright.model.errors import EncodeError
from reelwright.model.format import FormatDescription
from reelwright.model.kinds import MediaType


def described(code: str, **extensions: object) -> FormatDescription:
    return FormatDescription(media_type=MediaType.VIDEO, media_subtype=code, width=2, height=2, extensions=extensions)


def test_both_come_back() -> None:
    sample = b"".join(joined([b"pic", b"ture"], memoryview(b"alpha")))
    picture, alpha = parted(sample)
    assert (bytes(picture), bytes(alpha)) == (b"picture", b"alpha")


@pytest.mark.parametrize("sample", [b"", b"abc", b"picture\0\0\0\0", b"picture\0\0\0\7", b"picture\xff\xff\xff\xff"])
def test_what_is_not_both_is_refused(sample: bytes) -> None:
    with pytest.raises(EncodeError, match="does not hold both"):
        parted(sample)


def test_which_formats_say_so() -> None:
    assert brings_alpha(described("vp09", ContainsAlphaChannel=True))
    assert not brings_alpha(described("vp09"))
    assert not brings_alpha(described("ap4h", ContainsAlphaChannel=True))
