#!/usr/bin/env bash
# datasets 5.2.0 (PyPI): `Dataset.from_list` with declared `features` refuses rows of which none has one of the declared
# columns, an empty list above all, with an error about files that do not exist. `from_dict` takes the same empty data,
# and a row that lacks a column gets a null as soon as another row has it: whether a filtered or sampled list of examples
# can be turned into a data set depends on which examples are left.
#
# Guessed: declared features are the schema, so that a column that no row has is null, and no rows are an empty data set.
# Seen:    ValueError "Keys mismatch ..." that speaks of dataset_info.json and of an arrow file.
#
# For users: build from columns (`from_dict`), or from an Arrow table with the schema.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet datasets==5.2.0
cat >"$folder/seen.py" <<'PY'
from datasets import Dataset, Features, Value

features = Features({"question": Value("string"), "context": Value("string")})


def outcome(make):
    try:
        return make().to_dict()
    except ValueError as error:
        return f"ValueError, {str(error).split(':')[0]}"


print("no rows, from_list:", outcome(lambda: Dataset.from_list([], features=features)))
print("no rows, from_dict:", outcome(lambda: Dataset.from_dict({"question": [], "context": []}, features=features)))
print("no row with context:", outcome(lambda: Dataset.from_list([{"question": "a"}], features=features)))
print("one of two with context:", outcome(lambda: Dataset.from_list([{"question": "a", "context": "c"}, {"question": "b"}], features=features)))
PY
"$folder/venv/bin/python" "$folder/seen.py" 2>/dev/null | tee "$folder/seen.txt"
diff "$folder/seen.txt" - <<'SEEN'
no rows, from_list: ValueError, Keys mismatch
no rows, from_dict: {'question': [], 'context': []}
no row with context: ValueError, Keys mismatch
one of two with context: {'question': ['a', 'b'], 'context': ['c', None]}
SEEN
