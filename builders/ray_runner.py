"""Builds splits on a Ray cluster; what is lost with a machine is built again on another one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from instraug_datasets.errors import InstrAugError, OutputError
from instraug_datasets.ray_cluster import RayError, RayTaskError, connected, ray

from .generation.builder import RawBuilder
from .parts import BuildSettings, build_part, divide, join_parts, list_jobs

__all__ = ["RayRunner", "connect"]

_MAX_RETRIES = 5
"""How often a task is run again after its process or machine was lost."""


@contextmanager
def connect(address: str | None) -> Iterator[RayRunner]:
    """A runner on the cluster at `address`; None for the one that this machine is part of, or else for a new one here.

    Raises:
        SettingError: Raised if there is no cluster at the address.
    """
    with connected(address):
        yield RayRunner()


@dataclass(slots=True)
class RayRunner:
    """Runs the jobs of splits as tasks of Ray, each on one CPU."""

    _running: set[Any] = field(default_factory=set)
    _is_cancelled: bool = False

    def prepare(self, settings: BuildSettings, builder: RawBuilder, split: str, work: Path) -> None:
        """Build a split into `work/data` and `work/counts`, in the parts that `num_proc` local processes would write.

        Raises:
            InstrAugError: Raised as by a local build.
            OutputError: Raised if tasks are lost again and again, or the output is not shared.
        """
        settings, task, work = _absolute(settings), builder.config.name, work.absolute()
        jobs = self._wait([_list_jobs.remote(settings, task, split, work)])[0]
        parts = divide(jobs, settings.num_proc or 1)
        join_parts(self._wait([_build_part.remote(settings, task, split, part, work) for part in parts]), work)

    def cancel(self) -> None:
        """Stop what is running and what is started later, so that whoever waits for it gets an error."""
        self._is_cancelled = True
        _cancel(list(self._running))

    def _wait(self, references: list[Any]) -> list[Any]:
        """The results, in order; the first error stops the others."""
        self._running.update(references)
        if self._is_cancelled:
            self.cancel()
        try:
            return list(ray.get(references))
        except RayTaskError as error:
            _cancel(references)
            cause = error.cause
            raise cause if isinstance(cause, (InstrAugError, OSError)) else error from None
        except RayError as error:
            raise OutputError(f"Ray could not finish the build: {error}") from error
        finally:
            self._running.difference_update(references)


def _cancel(references: list[Any]) -> None:
    """Interrupt the tasks that are not done.

    Without `force`: Ray 2.60 aborts this process where a task ends while it is cancelled by force.
    """
    if references:
        _, pending = ray.wait(references, num_returns=len(references), timeout=0)
        for reference in pending:
            ray.cancel(reference)


def _absolute(settings: BuildSettings) -> BuildSettings:
    """Settings that mean the same in the working directory of another process."""
    data_dir = settings.data_dir if "://" in settings.data_dir else str(Path(settings.data_dir).expanduser().absolute())
    return replace(settings, data_dir=data_dir, output=settings.output.absolute())


def _list(settings: BuildSettings, task: str, split: str, work: Path) -> Any:
    return list_jobs(settings, task, split, work=work)


def _build(settings: BuildSettings, task: str, split: str, jobs: Any, work: Path) -> Any:
    logging.getLogger("instraug_datasets.builders").setLevel(logging.ERROR)  # the joined counts say it
    return build_part(settings, task, split, jobs, work=work)


_remote: Any = ray.remote(num_cpus=1, max_retries=_MAX_RETRIES)
_list_jobs, _build_part = _remote(_list), _remote(_build)
