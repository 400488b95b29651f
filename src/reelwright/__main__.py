"""``python -m reelwright``: the command line."""

from __future__ import annotations

import sys

from reelwright.cli.app import main

sys.exit(main())
