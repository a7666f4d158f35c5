"""Builds splits from rows: settings, sampling, shards, example generation, and counts of skipped records."""
