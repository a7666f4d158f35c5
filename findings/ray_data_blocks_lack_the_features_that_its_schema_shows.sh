#!/usr/bin/env bash
# ray 2.60.0 with datasets 5.2.0 (PyPI): `datasets` keeps its features, the names of a `ClassLabel` among them, in the
# metadata of the Arrow schema of each Parquet file. `ray.data.read_parquet(...).schema()` shows that metadata, but no block
# has it: not in `map_batches`, not in `iter_batches`, and not in a file that `write_parquet` writes from unchanged data.
#
# Guessed: what the schema of a data set shows is in its blocks, so that reading and writing keeps the names of labels.
# Seen:    labels come back as plain numbers, without a warning.
#
# For users: read the features before (`Features.from_arrow_schema(data.schema().base_schema)`), and pass them on when the
# written files are loaded.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "ray[data]==2.60.0" datasets==5.2.0
cat >"$folder/seen.py" <<'PY'
import logging
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import ray
from datasets import ClassLabel, Dataset, Features, Value

folder = Path(sys.argv[1])
features = Features({"question": Value("string"), "label": ClassLabel(names=["no", "yes"])})
Dataset.from_dict({"question": ["a", "b"], "label": [0, 1]}, features=features).to_parquet(folder / "in.parquet")
ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)


def has_features(schema):
    return b"huggingface" in (schema.metadata or {})


def seen_by_a_function(block):
    return pa.table({"seen": [has_features(block.schema)]})


data = ray.data.read_parquet(str(folder / "in.parquet"))
batches = data.iter_batches(batch_format="pyarrow", batch_size=None)
print("file:", has_features(pq.read_schema(folder / "in.parquet")))
print("schema():", has_features(data.schema().base_schema))
print("map_batches:", data.map_batches(seen_by_a_function, batch_format="pyarrow", batch_size=None).take_all()[0]["seen"])
print("iter_batches:", any(has_features(batch.schema) for batch in batches))
data.write_parquet(str(folder / "out"))
print("write_parquet:", Dataset.from_parquet([str(file) for file in (folder / "out").iterdir()]).features["label"])
PY
RAY_DATA_DISABLE_PROGRESS_BARS=1 "$folder/venv/bin/python" "$folder/seen.py" "$folder" 2>/dev/null | tee "$folder/seen.txt"
diff "$folder/seen.txt" - <<'SEEN'
file: True
schema(): True
map_batches: False
iter_batches: False
write_parquet: Value('int64')
SEEN
