"""Instructions and pools, in every format."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from instraug_datasets import InstructionPool
from instraug_datasets.expansion.masking import MASK_STYLES, mask, restore
from instraug_datasets.pool_text import TEXT_FORMATS, format_pool, parse_pool
from instraug_datasets.promptsource_format import read_promptsource
from instraug_datasets.research_format import EXPRESSIONS, parse_research_tsv
from instraug_datasets.templates import parse
from tests.fuzz.draws import Draws, Surface

__all__ = ["POOL", "SURFACES"]

POOL = InstructionPool.from_dict(
    {"a": ["{question} Answer:", "Say: {question}"], "b": ["Pick: {options}", 'A "b"\n{text}'], "c": ["{region}?"]}
)
_PLACEHOLDERS = (
    "{question}",
    "{options}",
    "{text}",
    "{{",
    "}}",
    "{a!r}",
    "{text:>9}",
    "{options[0]}",
    "{",
    "}",
    "word ",
)
_EXPRESSIONS = (*(f"{{{each}}}" for each in EXPRESSIONS), "word ", "[new_line]", "{x[0](y)}")
_RESEARCH = (
    "task_name\tinstructions\torigin\tis_preserved\nvqa\t{question} Say.\t-1\tTrue\nvqa\tSay: {question}\t0\t1\n"
)
_PROMPTSOURCE = """\
templates:
  1b2c: !Template
    name: one
    jinja: "Look. {{question}}\\nOptions: {{choices | join(', ')}} ||| {{answer}}"
  2b2c: !Template {name: two, jinja: "{% if x %}{{question}}"}
"""


def check_template(text: str, folder: Path) -> None:
    """What is parsed is written as it was read."""
    if parse(text).text != text:
        raise AssertionError(text)


def check_masks(case: tuple[str, str, str], folder: Path) -> None:
    """A masked instruction is restored as it was, and a reply never gets a placeholder that its source lacks."""
    text, reply, style = case
    masked = mask(text, style)
    if restore(masked.text, masked).text != text:
        raise AssertionError(text)
    restore(reply, masked)


def pool_text(draws: Draws) -> tuple[str, bytes]:
    """The suffix of a format, and a pool in it, changed."""
    suffix = draws.pick(sorted(TEXT_FORMATS))
    return suffix, draws.changed(_pool_texts()[suffix])


def check_pool_text(case: tuple[str, bytes], folder: Path) -> None:
    """A table that is read is a pool, or refused."""
    suffix, content = case
    InstructionPool(parse_pool(content.decode("utf-8", "replace"), name=f"x{suffix}"))


def check_pool_file(content: bytes, folder: Path) -> None:
    """A file is a pool, or refused."""
    path = folder / "p.parquet"
    path.write_bytes(content)
    InstructionPool.load(path)


def research_text(draws: Draws) -> str:
    """A file of the research format."""
    rows = draws.several(
        lambda: "\t".join((draws.pick(("vqa", "", draws.text(2))), draws.line(*_EXPRESSIONS), _origin(draws), "True")),
        4,
    )
    return draws.changed_text(_RESEARCH + "\n".join(rows), most=2)


def _origin(draws: Draws) -> str:
    return draws.pick(("-1", "0", "1", "2", "-2", "99999999999999999999", "1.0", "x"))


def check_research(text: str, folder: Path) -> None:
    """Every kept row has an instruction that can be parsed."""
    for row in parse_research_tsv(io.StringIO(text, newline="")).rows:
        parse(row.text)


def check_promptsource(content: bytes, folder: Path) -> None:
    """Every template that is read can be parsed."""
    path = folder / "t.yaml"
    path.write_bytes(content)
    for text in read_promptsource(path, {"question": "question", "choices": "options"}).texts.values():
        parse(text)


@cache
def _pool_texts() -> dict[str, bytes]:
    return {suffix: format_pool(POOL.to_table(), suffix).encode() for suffix in TEXT_FORMATS}


@cache
def _parquet() -> bytes:
    with TemporaryDirectory() as folder:
        POOL.save(Path(folder) / "p.parquet")
        return (Path(folder) / "p.parquet").read_bytes()


SURFACES = {
    "templates": Surface(lambda draws: draws.line(*_PLACEHOLDERS), check_template, 340),
    "masks": Surface(
        lambda draws: (
            draws.line(*_PLACEHOLDERS),
            draws.line("[question]", "[A]", "[options]", *_PLACEHOLDERS),
            draws.pick(sorted(MASK_STYLES)),
        ),
        check_masks,
        60,
    ),
    "pools as text": Surface(pool_text, check_pool_text, 40),
    "pools as Parquet": Surface(lambda draws: draws.changed(_parquet()), check_pool_file, 25),
    "research pools": Surface(research_text, check_research, 60),
    "promptsource templates": Surface(lambda draws: draws.changed(_PROMPTSOURCE.encode()), check_promptsource, 15),
}
