r"""Reads published prompt templates in the YAML of promptsource: Jinja templates that become instructions.

A file holds templates by id, each with a `name` and a text `jinja` of the form `<input> ||| <output>`::

    templates:
      1b2c: !Template
        name: question then answer
        jinja: "Look at the picture. {{question}}\nOptions: {{choices | join(', ')}} ||| {{answer}}"

Only the input is read. Expressions are looked up in a table and replaced by placeholders; nothing is evaluated, and
templates with anything else in them (conditions, loops, other columns) are left out and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .errors import PoolError

__all__ = ["PromptsourceTemplates", "read_promptsource"]

_EXPRESSION = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_STATEMENT = re.compile(r"\{[%#]")
_OUTPUT = "|||"
_JOINED = re.compile(r"(\w+)\s*\|\s*join\(\s*(?:\"[^\"]*\"|'[^']*')\s*\)")


class PromptsourceTemplates(NamedTuple):
    """The templates of a file.

    Attributes:
        texts: The instructions, by the template's name.
        left_out: Why other templates were left out, by name.
    """

    texts: Mapping[str, str]
    left_out: Mapping[str, str]


class _Loader(yaml.SafeLoader):
    """Reads mappings with the tags of promptsource as plain mappings."""


def _untagged(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if not isinstance(node, yaml.MappingNode):
        raise yaml.constructor.ConstructorError(None, None, "expected a mapping", node.start_mark)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _untagged)


def read_promptsource(path: str | Path, fields: Mapping[str, str]) -> PromptsourceTemplates:
    """Read the templates of a promptsource file as instructions.

    Args:
        fields: The placeholder for each column of the published data set: `{"sentence": "text", "choices": "options"}`.

    Raises:
        PoolError: Raised if the file is not of this format.

    Example:
        >>> found = read_promptsource("templates.yaml", {"question": "question", "choices": "options"})
        >>> pool = InstructionPool.from_dict({"my_vqa": found.texts.values()})
    """
    try:
        document = yaml.load(Path(path).read_text(encoding="utf-8"), _Loader)  # a safe loader
        templates = document["templates"].values()
        listed = [(str(each["name"]), str(each["jinja"])) for each in templates]
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise PoolError(
            f"{path} is no file of promptsource templates: {error}. Expected `templates`, each with `name` and `jinja`."
        ) from error
    texts, left_out = {}, {}
    for name, jinja in listed:
        unknown = list(_problems(jinja, fields))
        if unknown:
            left_out[name] = f"it has {', '.join(unknown)}"
        else:
            texts[name] = _translated(jinja, fields)
    return PromptsourceTemplates(texts, left_out)


def _problems(jinja: str, fields: Mapping[str, str]) -> Iterator[str]:
    source = jinja.partition(_OUTPUT)[0]
    if _STATEMENT.search(source):
        yield "a statement or a comment"
    for expression in _EXPRESSION.findall(source):
        if _column(expression) not in fields:
            yield f"the expression {expression!r}"


def _column(expression: str) -> str:
    """The column that an expression shows; joined lists show the options as their style writes them."""
    joined = _JOINED.fullmatch(expression)
    return joined[1] if joined else expression


def _translated(jinja: str, fields: Mapping[str, str]) -> str:
    source = jinja.partition(_OUTPUT)[0].strip()
    parts = _EXPRESSION.split(source)
    # Odd parts are expressions; literal braces of the others are escaped.
    return "".join(
        f"{{{fields[_column(part)]}}}" if i % 2 else part.replace("{", "{{").replace("}", "}}")
        for i, part in enumerate(parts)
    )
