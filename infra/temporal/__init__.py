"""Temporal: how payloads are written and sealed on it, how a client connects, how a case is started."""
