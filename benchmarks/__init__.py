"""Ours against the named peers, in one run, as ratios: ``python -m benchmarks``. See README.md."""
