"""What `version_matrix.py` runs in each environment; prints one JSON line with the versions and what came out."""

import json
import sys
from importlib.metadata import version

import instraug_datasets
from instraug_datasets.errors import DependencyError


def main(folder: str) -> str:
    """What is right in this environment, or why it is refused."""
    try:
        _ = instraug_datasets.augment  # before other libraries, so that it is this package that refuses them
        from version_loops import main as try_loops

        return try_loops(folder)
    except DependencyError as error:
        return f"refused: {error}" if "pip install" in str(error) else "fails: says not what to install"


if __name__ == "__main__":
    found = {"datasets": version("datasets"), "transformers": version("transformers"), "said": main(sys.argv[1])}
    sys.stdout.write(json.dumps(found) + "\n")
