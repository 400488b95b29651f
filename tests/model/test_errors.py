"""Errors are what callers already catch, carry data, survive pickling, and translate the system's."""

from __future__ import annotations

import copy
import errno
import pickle
import warnings

import pytest

from reelwright.model import errors
from reelwright.model.errors import (
    DecodeError,
    DecoderNotFoundError,
    DiskFullError,
    EncodeError,
    EncoderNotFoundError,
    ForbiddenReferenceError,
    FrameError,
    InvalidArgumentError,
    InvalidMediaError,
    InvalidStateError,
    MediaNotFoundError,
    MissingDependencyError,
    NoImageError,
    NotReadyError,
    OperationCancelledError,
    OutputError,
    OutputExistsError,
    OutputNotFoundError,
    OutputPermissionError,
    ProtectedMediaError,
    ReelwrightError,
    SettingsError,
    SettingsWarning,
    StalledError,
    TimestampError,
    WritingIncompleteError,
    output_error,
)
from reelwright.model.time import Time

TREE = {
    InvalidArgumentError: ValueError,
    SettingsError: InvalidArgumentError,
    FrameError: InvalidArgumentError,
    TimestampError: InvalidArgumentError,
    InvalidStateError: RuntimeError,
    NotReadyError: InvalidStateError,
    OperationCancelledError: InvalidStateError,
    EncoderNotFoundError: RuntimeError,
    EncodeError: RuntimeError,
    InvalidMediaError: ValueError,
    MediaNotFoundError: FileNotFoundError,
    DecodeError: InvalidMediaError,
    ProtectedMediaError: InvalidMediaError,
    ForbiddenReferenceError: InvalidMediaError,
    DecoderNotFoundError: RuntimeError,
    NoImageError: LookupError,
    WritingIncompleteError: RuntimeError,
    StalledError: TimeoutError,
    MissingDependencyError: ImportError,
    OutputError: OSError,
    OutputExistsError: FileExistsError,
    OutputNotFoundError: FileNotFoundError,
    OutputPermissionError: PermissionError,
    DiskFullError: OutputError,
}
CODES = {
    InvalidArgumentError: -11800,
    SettingsError: -11861,
    OperationCancelledError: -11878,
    EncoderNotFoundError: -11834,
    EncodeError: -11883,
    InvalidMediaError: -11822,
    DecodeError: -11821,
    ProtectedMediaError: -11831,
    ForbiddenReferenceError: -11842,
    DecoderNotFoundError: -11833,
    NoImageError: -11832,
    OutputExistsError: -11823,
    OutputPermissionError: -11884,
    DiskFullError: -11807,
}


def test_the_tree_is_complete() -> None:
    public = {getattr(errors, name) for name in errors.__all__ if name.endswith("Error")}
    assert public == {ReelwrightError, *TREE}


@pytest.mark.parametrize(("kind", "parent"), TREE.items(), ids=lambda kind: kind.__name__)
def test_each_is_what_callers_already_catch(kind: type[ReelwrightError], parent: type[Exception]) -> None:
    assert issubclass(kind, parent)
    assert issubclass(kind, ReelwrightError)


@pytest.mark.parametrize(("kind", "code"), CODES.items(), ids=lambda item: getattr(item, "__name__", item))
def test_codes_are_avfoundations(kind: type[ReelwrightError], code: int) -> None:
    assert kind("x").code == code
    assert kind("x", code=-1).code == -1
    assert kind("x").code == code, "an error's own code must not stick to its class"


def test_a_message_ends_with_the_way_out() -> None:
    error = SettingsError("width 0 is none.", hint="Give one.")
    assert str(error) == "width 0 is none. Give one."
    assert error.message == "width 0 is none."
    assert str(SettingsError("width 0 is none.")) == "width 0 is none."
    assert error.args == ("width 0 is none.",)


def test_about_fills_in_what_is_not_known_yet() -> None:
    error = FrameError("x").about(track=2)
    assert error.about(track=3, time=Time(1, 30)) is error
    assert (error.track, error.time) == (2, Time(1, 30))


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy], ids=["pickle", "copy"])
def test_everything_survives_the_way_to_another_process(kind: type[ReelwrightError], again: object) -> None:
    error = kind("lost.", hint="Look.", track=1, time=Time(7, 600), path="film.mov", code=-5)
    error.add_note("noted")
    found = again(error)  # type: ignore[operator]
    assert type(found) is kind
    assert str(found) == "lost. Look."
    assert (found.track, found.time, found.path, found.code) == (1, Time(7, 600), "film.mov", -5)
    assert found.__notes__ == ["noted"]


def test_an_output_error_keeps_the_systems_number_and_name() -> None:
    error = pickle.loads(pickle.dumps(OutputError("x", path="film.mov", errno=errno.EIO)))
    assert (error.errno, error.filename) == (errno.EIO, "film.mov")


def test_a_report_of_what_is_missing_survives() -> None:
    error = WritingIncompleteError("3 of 4 frames.")
    error.report = {"written": 3}
    assert pickle.loads(pickle.dumps(error)).report == {"written": 3}


SYSTEM = [
    (errno.ENOSPC, DiskFullError, "Free"),
    (errno.EFBIG, DiskFullError, "limit"),
    (errno.EDQUOT, DiskFullError, "quota"),
    (errno.EEXIST, OutputExistsError, "overwrite=True"),
    (errno.ENOENT, OutputNotFoundError, "Create the folder"),
    (errno.EACCES, OutputPermissionError, "folder"),
    (errno.EROFS, OutputPermissionError, "folder"),
    (errno.EISDIR, OutputError, "Name a file"),
    (errno.ENOTDIR, OutputError, "Name a file"),
    (errno.EIO, OutputError, "another"),
]


@pytest.mark.parametrize(("number", "kind", "way_out"), SYSTEM, ids=lambda item: errno.errorcode.get(item, None))
def test_system_errors_become_ours(number: int, kind: type[OutputError], way_out: str) -> None:
    cause = OSError(number, "said the system")
    error = output_error(cause, "write to", "film.mov")
    assert type(error) is kind
    assert error.message == "could not write to 'film.mov': said the system."
    assert way_out in str(error.hint)
    assert (error.errno, error.path) == (number, "film.mov")


def test_a_system_error_without_number_or_path() -> None:
    error = output_error(OSError("odd"), "close")
    assert error.message == "could not close 'the output': odd."
    assert (error.errno, error.path) == (None, None)


def test_the_settings_warning_is_an_ordinary_warning() -> None:
    with pytest.warns(UserWarning, match="no effect"):
        warnings.warn("no effect", SettingsWarning, stacklevel=1)
