"""Which other files a media file may refer to for its samples (``AVAssetReferenceRestrictions``).

Nothing here is ever fetched from a network: what refers to a remote place fails whatever the restrictions say.
"""

from __future__ import annotations

from enum import IntFlag

__all__ = ["ReferenceRestrictions"]


class ReferenceRestrictions(IntFlag):
    """References that are forbidden; the flags add up."""

    NONE = 0
    FORBID_REMOTE_REFERENCE_TO_LOCAL = 1 << 0
    FORBID_LOCAL_REFERENCE_TO_REMOTE = 1 << 1
    FORBID_CROSS_SITE_REFERENCE = 1 << 2
    FORBID_LOCAL_REFERENCE_TO_LOCAL = 1 << 3
    FORBID_ALL = 0xFFFF
