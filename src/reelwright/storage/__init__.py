"""Where bytes live: outputs that become a film whole or leave nothing; every fast path has a plain fallback."""

from __future__ import annotations

from reelwright.storage.destination import Destination, open_destination

__all__ = ["Destination", "open_destination"]
