"""``reelwright watch``: a page that plays a stream or a film, also while it is being written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from reelwright.cli import common, options
from reelwright.streaming.preview import PreviewServer

__all__ = ["watch"]


def watch(
    out: Annotated[
        Path, typer.Argument(help="The folder of a stream, or a film; finished or being written.", show_default=False)
    ],
    port: Annotated[int, typer.Option(help="Port on this machine; 0 for any that is free.", min=0, max=65535)] = 0,
    quiet: options.Quiet = False,
) -> None:
    """Serve a stream and a page that plays it to this machine (127.0.0.1), until interrupted with Ctrl-C.

    A film can be watched while it is written if it is written in fragments (`movie_fragment_interval`).

    **Examples**

    `reelwright watch stream/`

    `reelwright watch film.mp4`
    """
    server = PreviewServer(out, port=port)
    try:
        if not quiet:
            common.console().print(f"{escape(str(out))} plays at {server.url}  (Ctrl-C ends it)", highlight=False)
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
