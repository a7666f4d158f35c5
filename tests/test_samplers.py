"""The choice of an instruction: pinned, even, independent of everything but seed, epoch, id and pool."""

import re
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets import InstructionPool
from instraug_datasets.candidates import candidates
from instraug_datasets.errors import PoolError, SettingError, UnknownNameError
from instraug_datasets.hashing import hash_text, hash_texts
from instraug_datasets.pool import Instruction
from instraug_datasets.samplers import STRATEGIES, epoch_word, example_word
from tests import strategies, toy

IDS = [f"coco/image_caption/{i}" for i in range(20_000)]
HASHES = hash_texts((each.encode() for each in IDS), len(IDS))


def family_pool(*variants, task="a"):
    """Create a pool of one task, with one meta instruction per number and that number of variants."""
    metas = [Instruction(task=task, text=f"Meta {i}.") for i in range(len(variants))]
    return InstructionPool.from_instructions(
        [
            *metas,
            *(
                Instruction(task=task, text=f"Variant {n} of {meta.text}", origin=meta.instruction_id)
                for meta, count in zip(metas, variants, strict=True)
                for n in range(count)
            ),
        ]
    )


def chosen(pool, *, task="a", epoch=0, strategy="cycle", seed=0, hashes=HASHES, **settings):
    """Return the texts of these examples, chosen as a batch."""
    prepared = candidates(pool, strategy=strategy, seed=seed, **settings).tables.as_arrays()
    number = np.full(len(hashes), list(pool).index(task))
    words = example_word(hashes, seed)
    rows = prepared.rows[STRATEGIES[strategy].choose(words, epoch_word(epoch), epoch, number, prepared)]
    return np.array(pool.to_table().column("text").to_pylist(), object)[rows.astype(int)]


def chosen_one(pool, unique_id, *, task="a", epoch=0, strategy="cycle", seed=0, **settings):
    """Return the text of one example."""
    prepared = candidates(pool, strategy=strategy, seed=seed, **settings).tables
    word = example_word(hash_text(unique_id), seed)
    place = STRATEGIES[strategy].choose(word, epoch_word(epoch), epoch, list(pool).index(task), prepared)
    return pool.to_table().column("text")[prepared.rows[place]].as_py()


def assert_shares(texts, expected):
    """Return the chi-square statistic of the counts of `texts` against shares."""
    counts = Counter(texts)
    assert set(counts) == {text for text, share in expected.items() if share}
    number = {text: share * len(texts) for text, share in expected.items() if share}
    distance = sum((counts[text] - number[text]) ** 2 / number[text] for text in number)
    freedom = max(len(number) - 1, 1)
    assert distance < freedom + 4 * (2 * freedom) ** 0.5


WRITTEN_OUT = {
    **{f"M{i}": f"Meta {i}." for i in range(3)},
    **{f"V{n}/{i}": f"Variant {n} of Meta {i}." for i in range(2) for n in range(3)},
}
GOLDEN = {
    "cycle": "M2 V1/0 V0/1 V0/0 M2 M1 V0/0 V0/1 M0 M1 V0/0 V0/1",
    "uniform": "V2/0 V1/0 M1 M1 M1 V0/1 V1/0 M0 V1/0 M1 M0 V1/0",
    "weighted": "V0/0 V0/1 M2 M2 M1 V0/1 V1/0 M0 V0/1 M0 M0 V0/0",
    "by_origin": "M2 M2 V0/1 V0/1 M1 V0/0 V1/0 V0/1 V2/0 M2 V0/1 M0",
    "original": "M2 M1 M0 M2 M1 M0 M0 M1 M0 M0 M1 M0",
}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_choices_are_pinned(strategy):
    """Pinned choices; a change would change the prompts of every user."""
    pool = family_pool(3, 1, 0)
    texts = [
        chosen_one(pool, unique_id, epoch=epoch, strategy=strategy, seed=seed)
        for seed in (0, 42)
        for epoch in (0, 3)
        for unique_id in ("nlvr/visual_nli/dev-1", "7", "é🙂")
    ]
    assert texts == [WRITTEN_OUT[name] for name in GOLDEN[strategy].split()]


@given(st.integers(1, 60), strategies.seeds, strategies.epochs, st.sampled_from(["cycle", "original"]))
def test_cycle_gives_each_instruction_once_in_n_epochs(size, seed, start, strategy):
    """In any n consecutive epochs, every example sees all n instructions."""
    pool = InstructionPool.from_dict({"a": [f"Say {i}." for i in range(size)]})
    seen = [
        chosen(pool, seed=seed, epoch=epoch, hashes=HASHES[:20], strategy=strategy)
        for epoch in range(start, start + size)
    ]
    assert [len(set(texts)) for texts in zip(*seen, strict=True)] == [size] * 20


def test_cycle_orders_differ_from_example_to_example():
    """Successive instructions are independent across examples."""
    pool = InstructionPool.from_dict({"a": [f"Say {i}." for i in range(5)]})
    pairs = Counter(zip(chosen(pool, epoch=0), chosen(pool, epoch=1), strict=True))
    assert len(pairs) == 5 * 4
    assert max(pairs.values()) < 2 * min(pairs.values())


@pytest.mark.parametrize("epoch", [0, 1, 12345])
@pytest.mark.parametrize("sizes", [(0,), (1, 1), (4, 2), (6, 0, 1), (9, 9, 9)])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_has_the_shares_it_promises(strategy, sizes, epoch):
    """Counts over 20 000 examples match each strategy's distribution."""
    pool = family_pool(*sizes)
    metas, variants = len(sizes), sum(sizes)
    family = {
        each.instruction_id: sum(other.origin == each.instruction_id for other in pool["a"]) + 1 for each in pool["a"]
    }
    half = 0.5 if variants else 1.0
    shares = {
        "cycle": lambda each: 1 / (metas + variants),
        "uniform": lambda each: 1 / (metas + variants),
        "weighted": lambda each: half / metas if each.origin is None else (1 - half) / variants,
        "by_origin": lambda each: 1 / metas / family[each.origin or each.instruction_id],
        "original": lambda each: 0 if each.origin else 1 / metas,
    }
    assert_shares(
        chosen(pool, strategy=strategy, epoch=epoch, seed=3), {each.text: shares[strategy](each) for each in pool["a"]}
    )


@pytest.mark.parametrize("strategy", ["uniform", "weighted", "by_origin"])
def test_draws_of_different_epochs_are_independent(strategy):
    """Choices of consecutive epochs are independent."""
    pool = family_pool(1, 1)
    pairs = [f"{a}|{b}" for a, b in zip(*(chosen(pool, strategy=strategy, epoch=e) for e in (4, 5)), strict=True)]
    texts = [each.text for each in pool["a"]]
    assert_shares(pairs, {f"{a}|{b}": 1 / 16 for a in texts for b in texts})


@pytest.mark.parametrize("probability", [0, 0.1, 0.5, 0.9, 1])
@pytest.mark.parametrize("sizes", [(29,), (30, 30, 30, 30, 30)])
def test_weighted_realises_its_probability(probability, sizes):
    """The share of meta instructions equals `meta_probability`."""
    texts = chosen(family_pool(*sizes), strategy="weighted", meta_probability=probability, epoch=2)
    share = sum(text.startswith("Meta") for text in texts) / len(texts)
    assert abs(share - probability) < 0.015
    assert (share in (0, 1)) == (probability in (0, 1))


def test_weighted_with_one_kind_only_gives_that():
    """`meta_probability` is ignored for tasks with only meta instructions or only variants."""
    metas = family_pool(0, 0)
    variants = InstructionPool.from_instructions(each for each in family_pool(5)["a"] if each.origin)
    assert len(set(chosen(metas, strategy="weighted", meta_probability=0))) == 2
    assert len(set(chosen(variants, strategy="weighted", meta_probability=1))) == 5


def test_by_origin_gives_every_family_the_same_share():
    """Families have equal probability, regardless of their size."""
    families = Counter(text[-2] for text in chosen(family_pool(20, 0, 3), strategy="by_origin"))
    assert_shares("".join(key * n for key, n in families.items()), {"0": 1 / 3, "1": 1 / 3, "2": 1 / 3})


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(size=st.integers(1, 12), metas=st.integers(1, 3), seed=strategies.seeds)
def test_a_smaller_cap_keeps_a_subset_metas_first(strategy, size, metas, seed):
    """A smaller cap keeps a subset of a larger one, meta instructions first."""
    pool = family_pool(*[3] * metas)
    kept = [
        set(candidates(pool, strategy=strategy, seed=seed, max_instructions=cap).tables.rows)
        for cap in (size, size + 1)
    ]
    texts = [pool["a"][row] for row in kept[0]]
    available = metas if strategy == "original" else 4 * metas
    assert kept[0] <= kept[1]
    assert len(kept[0]) == min(size, available)
    assert sum(each.origin is None for each in texts) == min(size, metas)


def test_a_cap_is_kept_by_the_choices():
    """Only kept instructions are chosen; a cap beyond the pool has no effect."""
    pool = family_pool(5, 5)
    assert len(set(chosen(pool, max_instructions=4))) == 4
    assert (chosen(pool, max_instructions=99) == chosen(pool)).all()


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(st.integers(0, 4), st.lists(strategies.ids, min_size=1, max_size=8), strategies.seeds, strategies.epochs)
def test_a_batch_is_chosen_as_its_examples_are(strategy, variants, ids, seed, epoch):
    """Python numbers and NumPy arrays agree for any id, seed and epoch."""
    pool = family_pool(variants, 1, 0)
    hashes = hash_texts((each.encode() for each in ids), len(ids))
    settings = {"strategy": strategy, "seed": seed, "epoch": epoch}
    assert chosen(pool, hashes=hashes, **settings).tolist() == [chosen_one(pool, each, **settings) for each in ids]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_order_of_a_pools_rows_does_not_matter(strategy):
    """The order of a pool's rows does not change choices."""
    pool = family_pool(3, 2)
    backwards = InstructionPool(pool.to_table().take(pa.array(range(len(pool["a"]) - 1, -1, -1))))
    assert (chosen(pool, strategy=strategy) == chosen(backwards, strategy=strategy)).all()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_other_tasks_of_the_pool_do_not_matter(strategy):
    """Other tasks in the pool do not change the choices of a task."""
    own, more = family_pool(3, 2, task="m"), [family_pool(7, task="a"), family_pool(1, 1, 1, task="z")]
    joined = InstructionPool(pa.concat_tables([own.to_table(), *(each.to_table() for each in more)]))
    settings = {"task": "m", "strategy": strategy, "epoch": 3, "max_instructions": 5}
    assert (chosen(own, **settings) == chosen(joined, **settings)).all()


def test_seeds_and_epochs_give_other_choices():
    """The number of changed choices is as expected by chance, and zero without a change."""
    pool = family_pool(4, 4)
    base = chosen(pool, strategy="uniform")
    assert (base == chosen(pool, strategy="uniform")).all()
    for other in (chosen(pool, strategy="uniform", seed=1), chosen(pool, strategy="uniform", epoch=1)):
        assert 0.09 < (base == other).mean() < 0.11


def test_a_toy_pool_of_many_tasks_is_walked_without_leaving_a_task():
    """In a mixed batch every example gets an instruction of its task."""
    pool = toy.pool()
    for task in pool:
        assert set(chosen(pool, task=task)) == {each.text for each in pool[task]}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_instructions": 0}, "max_instructions must be a positive integer or None, but got 0."),
        ({"max_instructions": -3}, "max_instructions must be a positive integer or None, but got -3."),
        ({"max_instructions": 2.5}, "max_instructions must be a positive integer or None, but got 2.5."),
        ({"meta_probability": -0.1}, "meta_probability must be between 0 and 1, but got -0.1."),
        ({"meta_probability": 1.01}, "meta_probability must be between 0 and 1, but got 1.01."),
        ({"meta_probability": float("nan")}, "meta_probability must be between 0 and 1, but got nan."),
        ({"meta_probability": "half"}, "meta_probability must be between 0 and 1, but got 'half'."),
        ({"seed": "42"}, "seed must be an integer, but got '42'."),
        ({"seed": None}, "seed must be an integer, but got None."),
        ({"seed": 0.5}, "seed must be an integer, but got 0.5."),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    """The message names the setting, its range and the value."""
    with pytest.raises(SettingError, match=re.escape(message)):
        candidates(toy.pool(), **settings)


def test_an_unknown_strategy_names_the_near_ones():
    """An unknown name raises an error with close matches."""
    with pytest.raises(UnknownNameError, match=r"^Unknown strategy 'cycles'\. Did you mean 'cycle'\?"):
        candidates(toy.pool(), strategy="cycles")


def test_original_needs_meta_instructions():
    """A task without meta instructions raises an error that names it."""
    variants = InstructionPool.from_instructions(each for each in family_pool(5)["a"] if each.origin)
    with pytest.raises(
        PoolError, match=r"The strategy 'original' requires meta instructions, but the pool has none for 'a'"
    ):
        candidates(variants, strategy="original")
