#!/usr/bin/env bash
# accelerate 1.15.0 with torch 2.13.0 (PyPI), on a machine without a GPU: `accelerate launch --cpu --num_processes 2` starts
# one process, with exit code 0. That its own default values are used is all that it says of the number of processes.
# `--multi_gpu --num_processes 2` starts two, which work together on the CPU.
#
# Guessed: two processes, as with `torchrun --nproc-per-node 2`, or a refusal.
# Seen:    one process of one. What is tried on a CPU before it is sent to a cluster, such as how a stream is split between
#          ranks, is not tried at all.
#
# For users: on a CPU, start ranks with `torchrun`, or print `accelerator.num_processes` once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet accelerate==1.15.0 torch==2.13.0
cat >"$folder/who.py" <<'PY'
from accelerate import Accelerator

accelerator = Accelerator(cpu=True)
print(f"process {accelerator.process_index} of {accelerator.num_processes}")
PY
started() {
    echo "$*:"
    "$folder/venv/bin/$1" "${@:2}" "$folder/who.py" 2>"$folder/said.txt" | grep '^process' | sort
}
{
    started accelerate launch --cpu --num_processes 2
    started accelerate launch --multi_gpu --num_processes 2
    started torchrun --nproc-per-node 2
} | tee "$folder/seen.txt"
diff "$folder/seen.txt" - <<'SEEN'
accelerate launch --cpu --num_processes 2:
process 0 of 1
accelerate launch --multi_gpu --num_processes 2:
process 0 of 2
process 1 of 2
torchrun --nproc-per-node 2:
process 0 of 2
process 1 of 2
SEEN
