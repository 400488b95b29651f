"""AES-128: what another program decrypts, and which vectors are used."""

from __future__ import annotations

import sys

import pytest
from tests.interop.tools import find, run

from reelwright.model.errors import InvalidArgumentError, MissingDependencyError
from reelwright.streaming.encryption import SegmentCipher, new_key
from reelwright.streaming.stream_segments import SegmentKey

KEY = bytes(range(16))
DECRYPT = """
const [key, vector, path] = process.argv.slice(1);
const cipher = require("crypto").createDecipheriv("aes-128-cbc", Buffer.from(key, "hex"), Buffer.from(vector, "hex"));
process.stdout.write(Buffer.concat([cipher.update(require("fs").readFileSync(path)), cipher.final()]));
"""


@pytest.mark.parametrize("length", [0, 16, 5000])
def test_another_program_decrypts_it(length: int, tmp_path) -> None:  # type: ignore[no-untyped-def]
    clear = bytes(number * 7 % 256 for number in range(length))
    made, key = SegmentCipher(KEY, "key.bin").encrypt([clear[:5], memoryview(clear)[5:]], 258)
    assert key == SegmentKey("key.bin", None)
    assert len(made) == length // 16 * 16 + 16
    (tmp_path / "made").write_bytes(made)
    answer = run(find("node", "nodejs"), "-e", DECRYPT, KEY.hex(), f"{258:032x}", tmp_path / "made")
    assert (answer.status, answer.out) == (0, clear)


def test_a_shared_key_has_random_vectors() -> None:
    cipher = SegmentCipher(KEY, "key.bin", random_vectors=True)
    one, two = cipher.encrypt([b"media"], 0), cipher.encrypt([b"media"], 0)
    assert one[1].iv != two[1].iv
    assert one[0] != two[0]
    assert len(one[1].iv or b"") == 16


def test_keys_differ() -> None:
    assert new_key() != new_key()
    assert len(new_key()) == 16


def test_what_cannot_be_encrypted() -> None:
    with pytest.raises(InvalidArgumentError, match="has 16 bytes, not 15"):
        SegmentCipher(KEY[1:], "key.bin")
    with pytest.raises(InvalidArgumentError, match="sequence number"):
        SegmentCipher(KEY, "key.bin").encrypt([b""], -1)


def test_without_the_library_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers", None)
    with pytest.raises(MissingDependencyError, match=r"reelwright\[streaming\]"):
        SegmentCipher(KEY, "key.bin")
