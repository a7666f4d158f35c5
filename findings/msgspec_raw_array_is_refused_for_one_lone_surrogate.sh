#!/usr/bin/env bash
# msgspec 0.22.0 (PyPI): `list[msgspec.Raw]` splits a JSON array into undecoded records, which is how annotation files of
# hundreds of megabytes are read record by record. It looks into the strings of raw records all the same: one lone half
# of a surrogate pair, as chat logs cut in the middle of a character leave it (RFC 8259 allows it, and Python's `json`
# reads it), makes the whole array unreadable instead of one record.
#
# Guessed: raw records are skipped by their brackets and quotes, so that each bad record fails alone.
# Seen:    the array is refused whole; `json` reads both records.
#
# For users: escape lone surrogates before splitting, or one conversation costs the file that it stands in.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet msgspec==0.22.0
cat >"$folder/seen.py" <<'PY'
import json

import msgspec

document = rb'[{"value": "\ud83d"}, {"value": "fine"}]'
print("json:", len(json.loads(document)), "records")
try:
    print("msgspec:", len(msgspec.json.decode(document, type=list[msgspec.Raw])), "records")
except msgspec.DecodeError as error:
    print("msgspec:", error)
PY
"$folder/venv/bin/python" "$folder/seen.py" | tee "$folder/seen.txt"
diff "$folder/seen.txt" - <<'SEEN'
json: 2 records
msgspec: JSON is malformed: unexpected end of hex escape (byte 18)
SEEN
