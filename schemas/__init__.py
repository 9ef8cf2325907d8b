"""The language of Mianzheng: models and the pure decisions over them (no I/O, no temporalio)."""
