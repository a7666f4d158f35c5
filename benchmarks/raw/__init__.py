"""Synthetic raw files of real size in their original layouts, for `benchmarks/build.py`."""
