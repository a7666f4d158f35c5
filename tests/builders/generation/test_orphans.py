"""The processes of a build end with the process that started them."""

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from instraug_datasets.builders.demo import write_demo

WORKER = """
import sys
import multiprocess

def work():
    import multiprocess
    from instraug_datasets.builders.generation.orphans import end_with_parent

    end_with_parent()
    print("ready", flush=True)
    multiprocess.Event().wait()

if __name__ == "__main__":
    multiprocess.get_context(sys.argv[1]).Process(target=work).start()
"""

BUILD = """
import os
import signal
import sys
from instraug_datasets.builders import build

def stop_at_a_shard(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".parquet"):
        os.write(1, b"ready\\n")  # at once, because both workers write it
        signal.pause()

data_dir, output = sys.argv[1:]
sys.addaudithook(stop_at_a_shard)
build("multiinstruct", ["ITM"], data_dir=data_dir, output=output, num_proc=2, progress=False)
"""


def outlives_kill(script, *arguments):
    """Kill a script once it, or a process of it, says "ready"; whether any of its processes lives on.

    The pipe that all of them inherit is at its end only when the last one is dead.
    """
    command = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            process.kill()
            while select.select([process.stdout], [], [], 60)[0]:
                if not os.read(process.stdout.fileno(), 100):
                    return False
            return True
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of process groups are POSIX")
@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_no_worker_outlives_a_killed_process(method):
    """However the worker was started."""
    assert not outlives_kill(WORKER, method)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of process groups are POSIX")
def test_no_process_outlives_a_killed_build(tmp_path):
    """Neither its workers, busy or idle, nor the server of the queue through which they report."""
    data_dir = write_demo(tmp_path / "raw", images=8, sources=["mscoco"])
    assert not outlives_kill(BUILD, data_dir, tmp_path / "out")
