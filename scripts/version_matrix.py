"""Install the package beside other versions of what it stands on, in fresh environments, and try the main things there.

    python scripts/version_matrix.py                                                   # every row, about 5 minutes each
    python scripts/version_matrix.py --python python3.12 datasets==5.2.0 transformers==5.23.0    # one row of your own

A row passes if its trial does, or, of a version that is not supported, if using it is refused with what to install.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]


class Row(NamedTuple):
    """An environment: an interpreter, requirements beside ours, and whether it is one that is supported."""

    python: str
    requirements: tuple[str, ...]
    supported: bool = True


ROWS = (
    Row("python3.10", ("datasets==5.2.0", "transformers>=5,<6")),
    Row("python3.11", ("datasets==5.2.0", "transformers>=5,<6")),
    Row("python3.12", ("datasets<6", "transformers<6")),
    Row("python3.13", ("datasets<6", "transformers<6")),
    Row("python3.11", ("datasets==5.0.1",), supported=False),
    # Requires huggingface-hub<1, and datasets 5.2 requires >=1.31: pip installs either.
    Row("python3.11", ("transformers==4.57.6",), supported=False),
)


def main() -> int:
    """Print one line for each row; the exit code says whether all passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("requirements", nargs="*", help="requirements of one row; by default the table of this file")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of that row")
    parser.add_argument("--only", help="rows of the table that name this, as `python3.12` or `5.0.1`")
    args = parser.parse_args()
    rows = (Row(args.python, tuple(args.requirements)),) if args.requirements else ROWS
    rows = tuple(row for row in rows if not args.only or args.only in " ".join((row.python, *row.requirements)))
    sys.stdout.write(f"{'python':<12}{'datasets':<10}{'transformers':<14}result\n")
    good = True
    for row in rows:
        result = tried(row)
        good = good and result["good"]
        name = Path(row.python).name
        sys.stdout.write(f"{name:<12}{result['datasets']:<10}{result['transformers']:<14}{result['said']}\n")
        sys.stdout.flush()
    return 0 if good else 1


def tried(row: Row) -> dict[str, Any]:
    """Make the environment, and run the trial in it."""
    result: dict[str, Any] = {"datasets": "", "transformers": "", "good": False}
    if not runs(row.python):
        return {**result, "said": "not tried: no such interpreter here", "good": True}
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin/python"
        install = [str(python), "-m", "pip", "install", "--quiet"]
        # The pinned torch is the one whose build for CPUs may be at hand.
        pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        ours = [f"{ROOT}[train]", *(pin for pin in pins if pin.startswith("torch=="))]
        # What the package does not allow has to come after it, since pip would refuse them together.
        steps = [[row.python, "-m", "venv", folder]]
        steps += (
            [[*install, *ours, *row.requirements]]
            if row.supported
            else [[*install, *ours], [*install, *row.requirements]]
        )
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True)
            if done.returncode:
                return {**result, "said": "not installed: " + done.stderr.strip().splitlines()[-1]}
        # Elsewhere than in the repository: what is tried is the installed package.
        trial = [str(python), "-W", "ignore", str(ROOT / "scripts/version_trial.py"), folder]
        done = subprocess.run(trial, capture_output=True, text=True, cwd=folder)
    if done.returncode:
        return {**result, "said": "fails: " + done.stderr.strip().splitlines()[-1]}
    found = json.loads(done.stdout.splitlines()[-1])
    return {**result, **found, "good": ("refused" in found["said"]) is not row.supported}


def runs(python: str) -> bool:
    """Whether the interpreter is here; a shim of a version manager may stand for one that is not."""
    return shutil.which(python) is not None and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
