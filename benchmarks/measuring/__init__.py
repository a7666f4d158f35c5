"""What `benchmarks/stream.py` is made of: data, clocks, rivals, and the lines of its table."""
