"""``python -m reelwright.cli``."""

import sys

from reelwright.cli.app import main

sys.exit(main())
