"""Which addresses can be reached from this machine only.

Knows: loopback addresses and the name `localhost`. Must not know: what the answer permits.
"""

from __future__ import annotations

import ipaddress


def is_loopback(host: str | None) -> bool:
    """Whether a host, with or without the brackets of IPv6, is this machine's own; other names are not."""
    try:
        return host == "localhost" or ipaddress.ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False
