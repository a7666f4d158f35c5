"""Choose and fill instructions: a pool compiled once, then whole Arrow batches or single examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..axes import checked_styles
from ..candidates import candidates
from ..errors import ExampleError, InstrAugError
from ..hashing import Words, fold, hash_text, hash_texts, mix
from ..option_order import shown_order
from ..pool import InstructionPool
from ..records import FEATURES, FIELDS
from ..samplers import STRATEGIES, epoch_word, example_word
from ..templates import fill
from .answers import Answers, answer, answer_column
from .fields import (
    NO_FACTS,
    Facts,
    facts_of,
    facts_of_rows,
    field_column,
    field_text,
    options_lists,
    options_of,
    restyled,
    text_of,
)
from .groups import Groups
from .instruction_texts import InstructionTexts
from .layouts import column_of, id_values, values_of
from .option_columns import Choices, choices_of, order_column
from .settings import Settings

__all__ = ["Rendered", "Renderer"]

_TOGETHER = 16
"""For so many examples, drawing with NumPy is faster than one by one."""

_OPTIONS = 1 << FIELDS.index("options")
_TYPES = (pa.string(), pa.string(), pa.string(), pa.list_(pa.int32()))


class Rendered(NamedTuple):
    """What is shown of examples: columns, or the values of one example.

    Attributes:
        target: The target as it stands to the prompt: boxes in its style, an answer key in its order of options.
        option_order: The place in the data of each option shown.
    """

    prompt: Any
    instruction_id: Any
    target: Any
    option_order: Any


class Renderer:
    """A pool and settings, compiled for filling.

    Args:
        shows_target: Whether targets are rendered too; otherwise they are not looked at.
    """

    def __init__(self, pool: InstructionPool, settings: Settings, *, shows_target: bool = True) -> None:
        self._shows_target = shows_target
        self._settings, self._seed, self._styles = settings, settings.seed, settings.field_styles
        self._answers = Answers(settings.shuffle_options, settings.check_targets, shows_target)
        pool = settings.selected(pool)
        drawn = candidates(
            pool,
            strategy=settings.strategy,
            seed=settings.seed,
            max_instructions=settings.max_instructions,
            meta_probability=settings.meta_probability,
        )
        self._tables, self._arrays = drawn.tables, drawn.tables.as_arrays()
        self._groups = Groups(drawn.groups, settings.styles and checked_styles(settings.styles))
        self._choose = STRATEGIES[settings.strategy].choose
        self._texts = InstructionTexts(pool.to_table(), self._styles.options)

    def batch(self, table: pa.Table, epoch: int) -> Rendered:
        """Render every row of a table that has the columns of `records.FEATURES`, or those that its instructions need.

        Raises:
            ExampleError: An id is null, or a row lacks a field that its instruction names.
            UnknownNameError: A row's task is not in the pool.
        """
        try:
            return self._batch(table, epoch)
        except (ExampleError, pa.ArrowException):
            # Whole columns have something in them that cannot be shown, or more than Arrow puts into one. One by one,
            # only what an instruction needs is looked at, and an error says which example it is.
            return self._one_by_one(table, epoch)

    def _one_by_one(self, table: pa.Table, epoch: int) -> Rendered:
        columns = {name: values_of(table, name) for name in FEATURES if name in table.column_names and name != "images"}
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        examples = [self.example(row, epoch) for row in rows or [{}] * table.num_rows]
        rendered = zip(*examples, strict=True) if examples else [()] * len(_TYPES)
        return Rendered(*(pa.array(values, kind) for values, kind in zip(rendered, _TYPES, strict=True)))

    def _batch(self, table: pa.Table, epoch: int) -> Rendered:
        words = example_word(_id_hashes(table), self._seed)
        chosen = self._chosen(self._groups.of_table(table), words, epoch)
        facts = None if self._styles.plain else facts_of_rows(table)
        shows_options = self._texts.fields[chosen] & _OPTIONS > 0
        choices = None
        if shows_options.any():
            order_words = mix(words ^ _order_word(epoch))
            choices = choices_of(options_lists(table), order_words, shuffle=self._settings.shuffle_options)
        prompt = self._texts.filled(chosen, lambda name: field_column(name, table, choices, self._styles, facts))
        target = self._targets(table, choices, shows_options, facts)
        order = self._orders(choices, shows_options)
        return Rendered(prompt, self._texts.ids.take(pa.array(chosen)), target, order)

    def example(self, example: Mapping[str, Any], epoch: int) -> Rendered:
        """Render one example; the same text as `batch` gives it, and the same errors."""
        unique_id = example.get("unique_id")
        if not isinstance(unique_id, (str, Integral)) or isinstance(unique_id, bool):
            raise _no_id(unique_id)
        try:
            group = self._groups.of_example(example)
            word = example_word(hash_text(str(unique_id)), self._seed)
            row = self._tables.rows[self._choose(word, epoch_word(epoch), epoch, group, self._tables)]
            return self._rendered(example, row, word, epoch)
        except UnicodeEncodeError:
            raise ExampleError(
                f"The id {unique_id!r} has half of a surrogate pair; give the example another."
            ) from None
        except ExampleError as error:
            raise ExampleError(f"Example {unique_id!r} of the task {example['task']!r}: {error}") from None

    def examples(self, examples: Sequence[Mapping[str, Any]], epoch: int) -> list[Rendered]:
        """Render several examples; what `example` gives for each, and the same errors."""
        ids: list[Any] = [example.get("unique_id") for example in examples]
        if len(ids) >= _TOGETHER and {str}.issuperset(map(type, ids)):
            try:
                return self._together(examples, ids, epoch)
            except (InstrAugError, UnicodeEncodeError):
                pass  # One by one, an error says which example it is about.
        return [self.example(example, epoch) for example in examples]

    def _together(self, examples: Sequence[Mapping[str, Any]], ids: Sequence[str], epoch: int) -> list[Rendered]:
        words = example_word(hash_texts((each.encode() for each in ids), len(ids)), self._seed)
        groups = np.array([self._groups.of_example(example) for example in examples])
        rows = self._chosen(groups, words, epoch).tolist()
        return [self._rendered(*each, epoch) for each in zip(examples, rows, words.tolist(), strict=True)]

    def _rendered(self, example: Mapping[str, Any], row: int, word: int, epoch: int) -> Rendered:
        instruction_id, template = self._texts.one(row)
        styles = self._styles
        facts = NO_FACTS if styles.plain else facts_of(example.get("meta"))
        options, order = self._options(example, word, epoch) if "options" in template.names else ((), ())
        values = {name: field_text(name, example.get(name), order, styles, facts) for name in template.names}
        target = self._target(example.get("target"), options, order, facts)
        return Rendered(fill(template, values), instruction_id, target, order if options else None)

    def _options(self, example: Mapping[str, Any], word: int, epoch: int) -> tuple[Sequence[str], Sequence[int]]:
        """The options of an example, and the place of each as they are shown."""
        options = options_of(example.get("options"))
        if self._settings.shuffle_options:
            return options, shown_order(options, mix(word ^ _order_word(epoch)))
        return options, list(range(len(options)))

    def _chosen(self, groups: npt.NDArray[np.int64], words: Words, epoch: int) -> npt.NDArray[np.int64]:
        """The pool's row that each example gets."""
        places = self._choose(words, epoch_word(epoch), epoch, groups, self._arrays)
        rows: Words = self._arrays.rows[places]
        return rows.astype(np.int64)

    def _target(self, target: Any, options: Sequence[str], order: Sequence[int], facts: Facts) -> str | None:
        if target is None or not (self._shows_target or options):
            return None
        text = text_of("target", target)
        if options:
            text = answer(text, options, order, self._answers)
        return restyled("target", text, self._styles, facts) if self._shows_target else None

    def _targets(
        self, table: pa.Table, choices: Choices | None, shown: npt.NDArray[np.bool_], facts: Sequence[Facts] | None
    ) -> pa.StringArray | None:
        if not self._shows_target and choices is None:
            return None
        targets = column_of(table, "target", pa.string())
        if choices is not None:
            targets = answer_column(targets, choices, shown, self._answers)
        if not self._shows_target or facts is None or not any("target" in each.boxes for each in facts):
            return targets
        rows = zip(targets.to_pylist(), facts, strict=True)
        return pa.array([restyled("target", text, self._styles, each) for text, each in rows], pa.string())

    def _orders(self, choices: Choices | None, shown: npt.NDArray[np.bool_]) -> pa.ListArray | None:
        if not self._settings.option_order:
            return None
        return pa.nulls(len(shown), _TYPES[-1]) if choices is None else order_column(choices, shown)


@lru_cache
def _order_word(epoch: int) -> int:
    """What orders options anew in each epoch.

    Not `epoch_word`: instructions are drawn by that, and would tell something of the order.
    """
    return fold("order of options", epoch)


def _id_hashes(table: pa.Table) -> Words:
    index = table.schema.get_field_index("unique_id")
    ids = id_values(table.column(index)) if index >= 0 else None
    if ids is None or ids.null_count:
        raise _no_id(None)
    encoded = ids.cast(pa.string()).cast(pa.binary())
    return hash_texts(encoded.to_pylist(), len(encoded))


def _no_id(found: object) -> ExampleError:
    problem = "missing or null" if found is None else f"neither text nor a whole number, but {found!r}"
    return ExampleError(
        f"An example has no unique_id: it is {problem}. Every example needs its own, "
        "since its instruction depends on it; columns={'unique_id': ...} names another column."
    )
