"""The daily reconciliation from its schedule to the register, and the commands for people."""

from __future__ import annotations
