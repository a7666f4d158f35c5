"""What `benchmarks/build.py` reads: raw files of real size in the layouts of their publishers, made up from hashes."""
