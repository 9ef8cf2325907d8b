"""The outside platforms, one module for each; ``clients`` gives those that share, ``acting_clients`` the others.

Codes 2, 11 and 13 mean different things in the two e-licence dialects, so every module has its own table and none is
shared (domain §1.3, §1.4).  Whatever a platform does becomes a ``PlatformAnswer``; no exception leaves this package.
"""

from infra.platforms.factory import acting_clients, clients
from infra.platforms.transport import http_client

__all__ = ["acting_clients", "clients", "http_client"]
