"""Every test runs offline and with its own caches."""

import atexit
import ipaddress
import os
import shutil
import socket
import tempfile
from typing import Any

import hypothesis
import pytest

# A busy machine fails no test, and every run draws the same examples; `make fuzz` draws new ones.
hypothesis.settings.register_profile(
    "here", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("here")

# Libraries read these on import, which happens after this file is loaded and in every process that a test starts.
_caches = tempfile.mkdtemp(prefix="instraug-tests-")
atexit.register(shutil.rmtree, _caches, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith(("HF_", "HUGGINGFACE_", "TRANSFORMERS_"))]:
    del os.environ[_name]
os.environ.pop("COLUMNS", None)  # the width of tables, which the workers of pytest-xdist set
os.environ.update(
    HF_HOME=_caches,
    HF_HUB_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_DISABLE_PROGRESS_BARS="1",
    TOKENIZERS_PARALLELISM="false",
    OMP_NUM_THREADS="1",  # models of this size gain nothing from more, and the tests run side by side
)


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that connects to anything but loopback."""
    for method in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))


def _guarded(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            self.close()  # an open socket would be reported as a leak, too
            pytest.fail(f"A test tried to connect to {address!r}; tests reach nothing but loopback.")
        return connect(self, address)

    return guarded


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a host name
        return host == "localhost"
