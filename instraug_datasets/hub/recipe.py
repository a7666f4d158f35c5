"""`augmentation.yaml`: what re-creates the prompts, and what the repository holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import yaml

from ..errors import PublicationError
from ..recipe import PromptSettings
from ..recipe.schema import FORMAT
from ..safe_yaml import parse_yaml

__all__ = ["ConfigFacts", "PromptSettings", "Recipe"]

_HEAD = """\
# How the prompts of this data set are made, and what it holds; written by instraug-datasets.
#
#   from instraug_datasets import augment
#   ds = augment(load_dataset(REPO, ..., streaming=True), REPO)    # reads this file and the pool
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFacts:
    """What is known of one config with examples.

    Attributes:
        role: `train` or `eval`; the empty text for an augmented split.
        splits: The number of examples by split.
        sources: By source, whether it is there whole, as references or not at all.
        variants: How many wordings of each example an augmented split holds.
        tasks: The number of examples by task in an augmented split.
    """

    role: str
    splits: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    version: int = 1
    variants: int = 0
    tasks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a reader needs beside data and pool.

    Attributes:
        benchmark: The benchmark; empty for data of one's own or a pool alone.
        digest: That of the pool.
        instructions: How many the pool has.
        version: The version of this package that wrote it.
        rights: The sources that the publisher has claimed the rights to.
        epochs: The number of epochs that the publisher trained; None if it is not stated.
        wordings: The wordings that the publisher evaluated with; None if they are not stated.
    """

    digest: str
    instructions: int = 0
    benchmark: str = ""
    prompts: PromptSettings = field(default_factory=PromptSettings)
    version: str = ""
    rights: tuple[str, ...] = ()
    configs: Mapping[str, ConfigFacts] = field(default_factory=dict)
    epochs: int | None = None
    wordings: int | str | tuple[str, ...] | None = None

    @property
    def augmented(self) -> tuple[str, ...]:
        """The names of the augmented splits."""
        return tuple(name for name, facts in self.configs.items() if facts.variants)

    def settings(self) -> dict[str, Any]:
        """The arguments for `augment`."""
        return self.prompts.stated()

    def to_yaml(self) -> str:
        """The text of the file; equal recipes give equal texts."""
        document = {
            "format": FORMAT,
            "benchmark": self.benchmark,
            "pool": {"config": "instructions", "digest": self.digest, "instructions": self.instructions},
            "prompts": self.prompts.stated(),
            **({} if self.epochs is None else {"epochs": self.epochs}),
            **({} if self.wordings is None else {"evaluation": {"wordings": _listed(self.wordings)}}),
            "versions": {"instraug-datasets": self.version},
            "rights": list(self.rights),
            "configs": {name: _plain(facts) for name, facts in self.configs.items()},
        }
        return _HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)

    @classmethod
    def from_yaml(cls, text: str, *, place: str = "augmentation.yaml") -> Recipe:
        """Read the text of a file.

        Raises:
            PublicationError: If the text is not YAML or lacks a key of a recipe.
        """
        try:
            document = parse_yaml(text)
            if document["format"] > FORMAT:
                raise PublicationError(
                    f"{place} has the format {document['format']}, which is newer than this version of "
                    "instraug-datasets knows: pip install --upgrade instraug-datasets."
                )
            return cls(
                benchmark=str(document.get("benchmark") or ""),
                digest=str(document["pool"]["digest"]),
                instructions=int(document["pool"].get("instructions", 0)),
                prompts=PromptSettings(**_known(PromptSettings, document["prompts"])),
                version=str(document.get("versions", {}).get("instraug-datasets", "")),
                rights=tuple(document.get("rights") or ()),
                configs={
                    str(name): ConfigFacts(**_known(ConfigFacts, facts))
                    for name, facts in (document.get("configs") or {}).items()
                },
                epochs=document.get("epochs"),
                wordings=_unlisted((document.get("evaluation") or {}).get("wordings")),
            )
        except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, PublicationError):
                raise
            raise PublicationError(
                f"{place} is no recipe of this package: {error}. Publish the data set again."
            ) from error

    def with_configs(self, configs: Mapping[str, ConfigFacts]) -> Recipe:
        """The recipe of a repository with these configs."""
        return replace(self, configs=dict(configs))


def _plain(facts: ConfigFacts) -> dict[str, Any]:
    known = {name: getattr(facts, name) for name in ("role", "version", "variants", "splits", "sources", "tasks")}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in known.items() if value}


def _known(kind: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that this version of the file's format has; a later one may have more."""
    names = {each.name for each in fields(kind)}
    return {name: value for name, value in {"role": "", **values}.items() if name in names}


def _listed(value: Any) -> Any:
    """As YAML has it."""
    return list(value) if isinstance(value, tuple) else value


def _unlisted(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
