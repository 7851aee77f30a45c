"""Benchmarks: how fast the engine is, as a ratio to a bare loop. See README.md."""
