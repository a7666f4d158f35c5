"""The connection to a Ray cluster."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from .errors import DependencyError, SettingError

try:
    import ray
    from ray.exceptions import RayError, RayTaskError
except ImportError as error:
    raise DependencyError("Running on Ray requires ray: pip install 'instraug-datasets[ray]'.") from error

__all__ = ["RayError", "RayTaskError", "connect", "connected", "ray", "total_resources"]

total_resources: Callable[[], Mapping[str, float]] = ray.cluster_resources
"""What all machines of the cluster have, in use or not: `CPU`, `GPU` and others."""


def connect(address: str | None) -> bool:
    """Connect this process to a cluster, unless it is connected to one already.

    Args:
        address: None for the cluster that this machine is part of, or else for a new one on this machine.

    Returns:
        Whether the connection is new, so that the caller may end it with `ray.shutdown()`.

    Raises:
        SettingError: Raised if there is no cluster at the address.
    """
    if ray.is_initialized():
        return False
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise SettingError(f"Cannot connect to a Ray cluster at {address!r}: {error}") from error
    return True


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """Connect as `connect` does, and end a new connection afterwards.

    Raises:
        SettingError: Raised if there is no cluster at the address.
    """
    started = connect(address)
    try:
        yield
    finally:
        if started:
            ray.shutdown()
