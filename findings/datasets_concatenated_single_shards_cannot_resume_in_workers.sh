#!/usr/bin/env bash
# datasets 5.2.0 with torchdata 0.11.0 (PyPI): streams of one shard each that are joined by `concatenate_datasets` are read
# by a `StatefulDataLoader` with two workers without complaint, and its state is saved; but a loader that loads this
# state cannot go on. With two shards a stream, or without workers, it resumes exactly. A mixture of small data sets, each
# of one file, is such a stream.
#
# Guessed: what can be read and saved can be resumed, whatever the number of shards.
# Seen:    1 shard, 2 workers: IndexError; the other three go on with the rest.
#
# For users: give every stream that is joined as many shards as there are workers, or resume without workers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet datasets==5.2.0 torchdata==0.11.0 torch==2.13.0
cat >"$folder/seen.py" <<'PY'
import warnings

from datasets import Dataset, concatenate_datasets
from torchdata.stateful_dataloader import StatefulDataLoader

warnings.simplefilter("ignore")


def joined(shards):
    parts = [Dataset.from_list([{"n": 10 * part + i} for i in range(4)]) for part in range(2)]
    return concatenate_datasets([part.to_iterable_dataset(num_shards=shards) for part in parts])


def resumed(shards, workers):
    loader = StatefulDataLoader(joined(shards), batch_size=1, num_workers=workers)
    batches = iter(loader)
    for _ in range(5):
        next(batches)
    state = loader.state_dict()
    rest = [batch["n"].item() for batch in batches]
    again = StatefulDataLoader(joined(shards), batch_size=1, num_workers=workers)
    again.load_state_dict(state)
    try:
        return "the rest" if [batch["n"].item() for batch in again] == rest else "something else"
    except Exception as error:
        return type(error).__name__


if __name__ == "__main__":
    for shards in (1, 2):
        for workers in (0, 2):
            print(f"{shards} shard(s), {workers} workers:", resumed(shards, workers))
PY
"$folder/venv/bin/python" "$folder/seen.py" 2>/dev/null | tee "$folder/seen.txt"
diff "$folder/seen.txt" - <<'SEEN'
1 shard(s), 0 workers: the rest
1 shard(s), 2 workers: IndexError
2 shard(s), 0 workers: the rest
2 shard(s), 2 workers: the rest
SEEN
