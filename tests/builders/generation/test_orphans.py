"""Worker processes end with the process that started them."""

import subprocess
import sys

import pytest

PARENT = """
import sys
import multiprocess
from instraug_datasets.builders.generation.orphans import end_with_parent

def work():
    end_with_parent()
    print("ready", flush=True)
    multiprocess.Event().wait()

multiprocess.get_context("fork").Process(target=work).start()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_no_worker_outlives_a_killed_process():
    """The pipe that the worker inherits is at its end only when the worker is dead."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.kill()
        assert process.communicate(timeout=60)[0] == ""
