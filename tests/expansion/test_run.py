"""Whole runs with an engine that answers by a function: what is kept, what is dropped, and why."""

import json
import logging

import numpy as np
import pytest

from instraug_datasets import InstructionPool
from instraug_datasets.engines import Completion, MockEngine, Request
from instraug_datasets.errors import EngineError, InstrAugError, SettingError, UnknownNameError
from instraug_datasets.expansion import Dropped, Journal, expand, make_config, run, run_settings, select_tasks
from instraug_datasets.filters import normalize
from instraug_datasets.templates import parse
from tests.expansion.toy import CAPTION, CHOICE, HELD_OUT, TASKS, TASKS_YAML, rewrite


def variants(pool, task=None):
    """Return the variants of a pool."""
    return [each for name, its in pool.items() if task in (None, name) for each in its if each.origin is not None]


def test_a_pool_reaches_its_target_with_exact_placeholders():
    """Every training task reaches the target with exact placeholders and without duplicates."""
    pool = expand(TASKS, rewrite, target=6)
    stats = {each.task: each for each in pool.stats()}
    assert {task: each.expansion >= 6 for task, each in stats.items()} == {
        "caption": True,
        "choice": True,
        "held_out": False,
    }
    for task in (CAPTION, CHOICE):
        texts = [each.text for each in pool[task.name]]
        assert {tuple(sorted(parse(text).names)) for text in texts} == {tuple(sorted(task.fields))}
        assert len({normalize(text) for text in texts}) == len(texts)


def test_evaluation_tasks_keep_their_meta_instructions_only():
    """Evaluation tasks are expanded only with `include_eval`."""
    assert variants(expand(TASKS, rewrite, target=3), "held_out") == []
    assert len(variants(expand([HELD_OUT], rewrite, target=3, include_eval=True))) >= 2


@pytest.mark.parametrize(
    ("tasks", "settings", "warns"),
    [([HELD_OUT], {}, True), ([HELD_OUT], {"include_eval": True}, False), (TASKS, {}, False)],
    ids=["evaluation only", "included", "with training tasks"],
)
def test_a_run_that_expands_nothing_says_how_to(tasks, settings, warns, caplog):
    """With evaluation tasks alone and no `include_eval`, the pool would be small for no visible reason."""
    expand(tasks, rewrite, target=2, **settings)
    told = "No task was expanded: held_out is kept for evaluation. Pass include_eval=True to expand it."
    assert (told in caplog.messages) is warns


def test_the_same_run_gives_the_same_pool():
    """With a deterministic engine the pool depends only on the settings; another seed changes it."""
    first = expand(TASKS, rewrite, target=4)
    assert expand(TASKS, rewrite, target=4) == first
    assert expand(TASKS, rewrite, target=4, seed=1) != first


@pytest.mark.parametrize("order", [sorted, lambda keyed: sorted(keyed, reverse=True)])
def test_the_order_in_which_completions_come_does_not_matter(order):
    """The pool does not depend on the order of completions."""

    class Shuffled(MockEngine):
        def complete(self, requests):
            yield from order(super().complete(requests))

    by_key = type("Keyed", (Completion,), {"__slots__": (), "__lt__": lambda self, other: self.key < other.key})

    class Keyed(Shuffled):
        def complete(self, requests):
            done = [by_key(each.key, rewrite(each)) for each in requests]
            yield from order(done)

    assert expand(TASKS, Keyed(rewrite), target=4) == expand(TASKS, MockEngine(rewrite), target=4)


def test_variants_know_where_they_come_from():
    """Every variant records origin, parent, engine, model, meta-prompt, temperature and iteration."""
    engine = MockEngine(rewrite, name="mine", model="toy-1")
    pool = expand([CAPTION], engine, target=None, meta_prompts=["concise"], temperatures=[0.5])
    metas = {each.instruction_id for each in pool["caption"] if each.origin is None}
    for each in variants(pool):
        assert each.origin in metas
        assert each.parent == each.origin
        facts = (each.engine, each.model, each.meta_prompt, each.temperature, each.iteration)
        assert facts == ("mine", "toy-1", "concise", 0.5, 1)


def test_a_second_round_rewrites_what_passed():
    """With two rounds, variants of variants record their parent and keep the origin."""
    pool = expand([CHOICE], rewrite, target=None, rounds=2, meta_prompts=["concise", "polite"], length_ratio=(0, 9))
    by_id = {each.instruction_id: each for each in pool["choice"]}
    second = [each for each in variants(pool) if each.iteration == 2]
    assert second
    for each in second:
        parent = by_id[each.parent]
        assert (parent.iteration, parent.origin) == (1, each.origin)


def test_a_target_leaves_room_for_every_round():
    """A target does not end a run before all rounds took place."""
    pool = expand([CAPTION], rewrite, target=8, rounds=2, length_ratio=(0, 9))
    assert {each.iteration for each in variants(pool)} == {1, 2}


def test_an_engine_with_nothing_more_to_give_is_not_asked_again():
    """A task ends after a round of 100 replies or more that brought no variant."""
    expansion = run([CAPTION], MockEngine(lambda _: ""), make_config("mock", target=101, overgenerate=1, repairs=0))
    assert expansion.short == {"caption": 100 * len(CAPTION.instructions)}
    assert expansion.statistics.planned == 100 * len(CAPTION.instructions)


def test_every_order_is_asked_at_every_temperature():
    """Without a target, one pass uses each meta-prompt at each temperature for each meta instruction, with repeats."""
    seen = []

    def note(request: Request) -> str:
        seen.append((request.temperature, request.text, request.sample))
        return rewrite(request)

    expand([CAPTION], note, target=None, meta_prompts=["polite", "generic", "generic"], temperatures=[0.5, 0.9])
    expected = [(t, text, s) for t in (0.5, 0.9) for text in CAPTION.instructions for s in (0, 0, 1)]
    assert sorted(seen) == sorted(expected)


def test_duplicates_are_found_across_temperatures_and_rounds():
    """Texts that differ only in case, spacing or punctuation are kept once."""

    def same(request: Request) -> str:
        return ("WHAT do you see here, my friend?", "What do  you see here my friend")[int(request.temperature > 0.6)]

    one = CAPTION.instructions[0]
    task = select_tasks([CAPTION])[0]
    expansion = run(
        [task],
        MockEngine(same),
        make_config("mock", target=None, rounds=2, temperatures=[0.5, 0.7], meta_prompts=["generic"]),
    )
    assert len(variants(expansion.pool)) == 1
    assert one in {each.text for each in expansion.pool["caption"]}
    assert set(expansion.statistics.reasons) <= {"duplicate", "echo"}


def test_an_unchanged_copy_is_an_echo_although_it_had_placeholders():
    """A reply that copies the instruction is dropped."""
    config = make_config("mock", target=None, masks="letters", meta_prompts=["generic"])
    expansion = run([CHOICE], MockEngine(lambda request: f"{request.text}!"), config)
    assert expansion.statistics.reasons == {"echo": 2}


def test_a_lost_mask_is_named_and_corrected_once():
    """The retry names the lost mask, and acceptance is counted with and without retries."""
    heard = []

    def forgetful(request: Request) -> str:
        if "is missing" in request.system:
            heard.append(request.system)
            return rewrite(request)
        return rewrite(request).replace("{options}", "")

    config = make_config("mock", target=None, meta_prompts=["generic"], near_duplicate=1)
    expansion = run([CHOICE], MockEngine(forgetful), config)
    assert len(heard) == 2
    assert all("{options} is missing" in system for system in heard)
    counts = expansion.statistics
    assert (counts.candidates, counts.repairs, counts.acceptance, counts.acceptance_without_repair) == (2, 2, 1.0, 0.0)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda text: text.replace("{question}", ""), "placeholder_lost"),
        (lambda text: f"{text} {{question}}", "placeholder_doubled"),
        (lambda text: f"{text} {{image}}", "placeholder_unknown"),
        (lambda text: f"{text} }}", "placeholder_extra"),
    ],
)
def test_a_mistake_that_stays_is_dropped_with_its_name(damage, reason):
    """After one retry the candidate is dropped with the mask problem as the reason."""
    dropped: list[Dropped] = []
    config = make_config("mock", target=None, meta_prompts=["generic"])
    expansion = run([CHOICE], MockEngine(lambda request: damage(rewrite(request))), config, on_drop=dropped.append)
    assert expansion.statistics.reasons == {reason: 2}
    assert [each.to_dict()["reason"] for each in dropped] == [reason] * 2


def test_dropped_candidates_come_with_their_lineage():
    """A row of the dropped candidates has the request, the reply and the problem."""
    dropped: list[Dropped] = []
    config = make_config("mock", target=None, meta_prompts=["polite"], temperatures=[0.4], repairs=0)
    run(
        [HELD_OUT],
        MockEngine(["Sure! {text} {text}"]),
        make_config("mock", **{**config.to_dict(), "include_eval": True}),
        on_drop=dropped.append,
    )
    (row,) = (each.to_dict() for each in dropped)
    assert row == {
        "task": "held_out",
        "reason": "placeholder_doubled",
        "text": "Sure! {text} {text}",
        "reply": "Sure! {text} {text}",
        "origin": "Decide whether this statement is true of the picture: {text}",
        "parent": "Decide whether this statement is true of the picture: {text}",
        "meta_prompt": "polite",
        "temperature": 0.4,
        "sample": 0,
        "iteration": 1,
        "problems": ["doubled {text}"],
        "error": None,
        "score": None,
    }


def test_a_target_out_of_reach_ends_with_what_was_kept(caplog):
    """After the last round the pool is returned, and a warning names the tasks below the target."""
    with caplog.at_level(logging.WARNING):
        pool = expand(TASKS, lambda request: "Please describe the picture with one sentence.", target=4, max_rounds=2)
    assert len(variants(pool)) == 1
    assert "caption has 3 of 8 instructions, choice has 2 of 8 instructions" in caplog.text


def test_the_worst_beyond_the_target_can_be_left_out():
    """With `keep_best`, the highest-scoring variants up to the target are kept."""

    class SentenceEncoder:
        def encode(self, texts):
            angles = [len(text) / 1000 for text in texts]
            return np.array([[np.cos(angle), np.sin(angle)] for angle in angles])

    config = make_config(
        "mock", target=3, keep_best=True, overgenerate=4, filters=["placeholders", "duplicate", "meaning"], similarity=0
    )
    expansion = run([CAPTION], MockEngine(rewrite), config, encoder=SentenceEncoder())
    kept = variants(expansion.pool)
    assert len(kept) == 4
    assert expansion.statistics.kept["caption"] > 4
    assert all(each.score is not None for each in kept)


def test_bootstrapped_orders_are_used_and_recorded():
    """Meta-prompts written by the engine are used like declared ones."""
    asked = []

    def engine(request: Request) -> str:
        if "numbered list" in request.system:
            return "Sure!\n\n1. Begin with a verb of motion.\n2. Write it as a short notice.\n3. Bad {order} here."
        asked.append(request.system)
        return rewrite(request)

    config = make_config("mock", target=None, bootstrap=2, meta_prompts=[])
    expansion = run([CAPTION], MockEngine(engine), config)
    assert [each.text for each in expansion.bootstrapped] == [
        "Begin with a verb of motion.",
        "Write it as a short notice.",
    ]
    assert {each.meta_prompt for each in variants(expansion.pool)} <= {each.name for each in expansion.bootstrapped}
    assert sum("Begin with a verb of motion." in system for system in asked) == 2


def test_an_engine_that_writes_no_orders_is_an_error_only_without_others():
    """If bootstrapping gives no meta-prompt, the declared ones are used."""
    with pytest.raises(EngineError, match="no usable meta-prompt"):
        expand([CAPTION], lambda request: "no", target=None, bootstrap=3, meta_prompts=[])
    pool = expand(
        [CAPTION], lambda request: "no" if "list" in request.system else rewrite(request), target=2, bootstrap=3
    )
    assert variants(pool)


def test_a_journal_answers_instead_of_the_engine(tmp_path):
    """A finished run is repeated from its journal without a request."""
    first = expand(TASKS, rewrite, target=4, journal=tmp_path / "j.jsonl")

    def rewrite_not(request: Request) -> str:
        raise AssertionError("asked again")

    engine = MockEngine(rewrite_not, name="function", model="rewrite")
    assert expand(TASKS, engine, target=4, journal=tmp_path / "j.jsonl") == first


def test_a_journal_of_another_run_is_refused(tmp_path):
    """A journal with another target, engine or task raises an error."""
    expand([CAPTION], rewrite, target=2, journal=tmp_path / "j.jsonl")
    with pytest.raises(SettingError, match="target was 2 and is now 3"):
        expand([CAPTION], rewrite, target=3, journal=tmp_path / "j.jsonl")
    with pytest.raises(SettingError, match="model was 'rewrite' and is now None"):
        expand([CAPTION], MockEngine(rewrite, name="function"), target=2, journal=tmp_path / "j.jsonl")
    with pytest.raises(SettingError, match="tasks added: choice, held_out"):
        expand(TASKS, rewrite, target=2, journal=tmp_path / "j.jsonl")


@pytest.mark.parametrize(
    "tasks", [CAPTION, InstructionPool.from_dict({"a": ["b"]}), ["multiinstruct"]], ids=["one task", "a pool", "names"]
)
def test_other_objects_are_no_tasks(tasks):
    """A pool has the texts of tasks, but not their fields."""
    with pytest.raises(SettingError, match=r"a list of tasks, but got "):
        expand(tasks, rewrite, target=3)


def test_tasks_come_from_a_file_as_well(tmp_path):
    """A custom YAML file of tasks works like a bundled one."""
    file = tmp_path / "mine.yaml"
    file.write_text(TASKS_YAML, encoding="utf-8")
    assert expand(file, rewrite, target=3) == expand([CAPTION, CHOICE], rewrite, target=3)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("metric:", "metrics:", "metrics"),
        ("{options}", "{option}", "option"),
        ("fields:", "felds:", "felds"),
        ("benchmark: toy", "benchmrk: toy", "benchmrk"),
    ],
)
def test_a_file_with_unknown_fields_is_refused(tmp_path, old, new, message):
    """The message names the unknown key."""
    file = tmp_path / "mine.yaml"
    file.write_text(TASKS_YAML.replace(old, new), encoding="utf-8")
    with pytest.raises(InstrAugError, match=message):
        expand(file, rewrite)


def test_what_cannot_be_expanded_is_said(tmp_path):
    """Unknown benchmarks, files, tasks and engines raise errors that name them."""
    with pytest.raises(UnknownNameError, match="Did you mean 'multiinstruct'"):
        expand("multiinstrct", rewrite)
    with pytest.raises(SettingError, match=r"nowhere\.yaml"):
        expand("nowhere.yaml", rewrite)
    with pytest.raises(UnknownNameError, match=r"Unknown task 'captoin'\. Did you mean 'caption'"):
        select_tasks(TASKS, ["captoin"])
    with pytest.raises(SettingError, match="engine must be a name, an object with `complete`"):
        expand(TASKS, 3)  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="No tasks to expand"):
        expand([], rewrite)


def test_progress_is_told(tmp_path):
    """The callback sees increasing completions and kept variants."""
    seen = []
    config = make_config("mock", target=3)
    expansion = run(
        [CAPTION],
        MockEngine(rewrite),
        config,
        on_progress=lambda statistics: seen.append((statistics.completed, statistics.kept.total())),
    )
    assert seen == sorted(seen)
    assert seen[-1] == (expansion.statistics.completed, expansion.statistics.kept.total())


def test_settings_of_a_run_are_plain_data():
    """The settings of a run can be written as JSON."""
    settings = run_settings(TASKS, MockEngine(rewrite), make_config("mock"))
    assert json.loads(json.dumps(settings))["tasks"].keys() == {"caption", "choice", "held_out"}


def test_a_journal_may_be_shared_with_run(tmp_path):
    """`run` leaves the caller's journal open, with every completion in it."""
    config = make_config("mock", target=None, meta_prompts=["generic"])
    engine = MockEngine(rewrite)
    journal = Journal(tmp_path / "j.jsonl", run_settings([CAPTION], engine, config))
    expansion = run([CAPTION], engine, config, journal=journal)
    assert len(journal.completions) == expansion.statistics.completed == 2
    journal.close()
