"""The commands put together, and what every one of them does with an error: a sentence, a hint, an exit code.

Exit codes: 0 done, 1 the film could not be written or the file not read, 2 the command line is wrong, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from reelwright.cli import chart, doctor, encoders, images, info, recover, segment, thumbs, video, watch
from reelwright.cli.common import console, say_error
from reelwright.model.errors import ReelwrightError

__all__ = ["app", "main"]

_INTERRUPTED = 130

app = typer.Typer(
    name="reelwright",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Write films: colours right, every frame counted, times exact, files that play everywhere.",
)
app.command("images")(images.images)
app.command("video")(video.video)
app.command("thumbs")(thumbs.thumbs)
app.command("info")(info.info)
app.command("recover")(recover.recover)
app.command("segment")(segment.segment)
app.command("watch")(watch.watch)
app.command("chart")(chart.chart)
app.command("encoders")(encoders.encoders)
app.command("doctor")(doctor.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        console().print(f"reelwright {version('reelwright')}", highlight=False)
        raise typer.Exit


@app.callback()
def _root(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; called by the ``reelwright`` script."""
    try:
        result = app(arguments, standalone_mode=False)
    except ReelwrightError as error:
        say_error(error)
        return 1
    except typer.Exit as leave:
        return _left(leave.exit_code)
    except BrokenPipeError:
        return _unheard()
    except OSError as error:
        named = f": {error.filename}" if error.filename else ""
        say_error(ReelwrightError(f"{error.strerror or error}{named}"))
        return 1
    except KeyboardInterrupt:
        return _left(_INTERRUPTED)
    except Exception as error:
        return _usage(error)
    return _left(result if isinstance(result, int) else 0)


def _left(code: int) -> int:
    """The exit code; an interruption, which the parser turns into one, is said in words too."""
    if code == _INTERRUPTED:
        console(stderr=True).print("interrupted; nothing was left behind")
    return code


def _unheard() -> int:
    """Whoever read our output has left (``reelwright info … | head``): nothing more is said, not even at the end."""
    with contextlib.suppress(OSError, ValueError):  # a stream of a test has no number
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _usage(error: Exception) -> int:
    """A wrong command line as the parser explains it; anything else is a fault of ours and shown in full."""
    show = getattr(error, "show", None)
    if isinstance(error, typer.Abort):
        return _left(_INTERRUPTED)
    if show is None:
        raise error
    show(file=sys.stderr)
    return int(getattr(error, "exit_code", 2))


if __name__ == "__main__":
    sys.exit(main())
