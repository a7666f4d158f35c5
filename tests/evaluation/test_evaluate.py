"""`evaluate`: scores under several wordings, and what becomes of bad input and interruptions."""

import json
from collections import Counter

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Image, List, Value

from instraug_datasets import InstructionPool, augment
from instraug_datasets.errors import EngineError, ExampleError, PoolError, SettingError, UnknownNameError
from instraug_datasets.evaluation import evaluate, render_evaluation, select_wordings
from instraug_datasets.pool import Instruction, instruction_id
from instraug_datasets.records import FEATURES
from tests import toy

QUESTIONS = [
    {
        "unique_id": f"q/{number}",
        "task": "quiz",
        "question": f"Is {number} even?",
        "options": ["yes", "no"],
        "context": "Even numbers end in 0, 2, 4, 6 or 8." if number % 4 == 0 else None,
        "target": "no" if number % 2 else "yes",
    }
    for number in range(8)
]
TEXTS = ["{question} {options}", "Say yes or no: {question}", "{context} {question} {options}"]
POOL = InstructionPool.from_dict({"quiz": TEXTS})
IDS = [instruction_id("quiz", text) for text in TEXTS]


def right_if_asked_politely(examples):
    """Answer rightly under the first and third wording, and always "yes" under the second."""
    return ["yes" if example["instruction_id"] == IDS[1] else example["target"] for example in examples]


def quiz(generate=right_if_asked_politely, dataset=QUESTIONS, **settings):
    """Evaluate on the quiz."""
    return evaluate(generate, dataset, POOL, **{"wordings": TEXTS, "metric": "accuracy", **settings})


def test_scores_per_wording_and_what_they_say():
    """Mean, spread, worst wording, deviation and sensitivity are those of the scores; skipped examples are counted."""
    (task,) = quiz().tasks
    assert [each.score for each in task.wordings] == [100, 50, 100]
    assert [each.examples for each in task.wordings] == [8, 8, 2]
    assert [dict(each.skipped) for each in task.wordings[:2]] == [{}, {}]
    assert task.wordings[2].skipped == {"it has no 'context', which the wording shows.": 6}
    assert (task.mean, task.spread, task.worst.text) == (pytest.approx(250 / 3), 50, TEXTS[1])
    assert task.deviation == pytest.approx(23.5702, abs=1e-4)  # sqrt(((100/6)**2 * 2 + (200/6)**2) / 3)
    assert task.sensitivity == pytest.approx(0.282843, abs=1e-6)


def test_a_function_gets_examples_with_prompt_turns_and_pictures():
    """The prompt is the text of the turns, options are in the same order in every wording, other columns are there."""
    seen = []

    def generate(examples):
        seen.extend(examples)
        return ["yes"] * len(examples)

    dataset = [{**QUESTIONS[0], "images": ["picture"], "mine": 1}]
    quiz(generate, dataset, wordings=TEXTS[:2], options_style="letters", system="Be brief.")
    assert [example["prompt"] for example in seen] in (
        ["Is 0 even? (a) yes (b) no", "Say yes or no: Is 0 even?"],
        ["Is 0 even? (a) no (b) yes", "Say yes or no: Is 0 even?"],
    )
    assert [turn["role"] for turn in seen[0]["messages"]] == ["system", "user"]
    assert [part["type"] for part in seen[0]["messages"][1]["content"]] == ["image", "text"]
    assert (seen[0]["images"], seen[0]["mine"]) == (["picture"], 1)


@pytest.mark.parametrize("kind", ["list", "map", "stream"])
def test_every_kind_of_data_gives_the_same(kind):
    """Lists, map-style data and streams, with pictures that only generating decodes."""
    rows = [
        {name: row.get(name) for name in FEATURES} | {"images": [{"path": None, "bytes": None}]} for row in QUESTIONS
    ]
    dataset = {
        "list": lambda: rows,
        "map": lambda: Dataset.from_list(rows, FEATURES).cast_column("images", List(Image(decode=False))),
        "stream": lambda: (
            Dataset.from_list(rows, FEATURES).to_iterable_dataset().cast_column("images", List(Image(decode=False)))
        ),
    }[kind]()
    assert quiz(dataset=dataset, limit=6).to_table() == quiz(limit=6).to_table()


def test_the_unreadable_is_counted():
    """Replies without an option score 0 and are counted, apart from wrong ones."""
    (task,) = quiz(lambda examples: ["no" if e["unique_id"] < "q/4" else "hm" for e in examples]).tasks
    assert [(each.score, each.unreadable) for each in task.wordings[:2]] == [(25, 4), (25, 4)]


def test_several_tasks():
    """Each task has its own wordings and metric; the overall figures are means over tasks."""
    result = evaluate(lambda e: [x["target"] for x in e], toy.dataset(16), toy.pool(), metric="exact_match", wordings=3)
    assert [(task.task, len(task.wordings), task.mean) for task in result.tasks] == [
        (task, 3, 100) for task in ("caption", "choice", "grounding", "dialogue")
    ]
    assert (result.mean, result.sensitivity, result.interval) == (100, 0, (100, 100))


def test_a_wording_that_would_hide_a_field_is_skipped():
    """Examples that must be shown a field are not asked without it."""
    hides = Instruction(task="quiz", text=TEXTS[0], absent_fields=("context",))
    (task,) = quiz(wordings=[hides]).tasks
    assert task.wordings[0].skipped == {"it has a 'context', which the wording does not show.": 2}


def test_a_metric_of_ones_own_sees_the_example():
    """A function of a prediction and its example; a mean of 0 has no sensitivity."""
    result = quiz(metric=lambda text, example: 0.25 * (text == example["target"]), wordings=TEXTS[:2])
    assert [each.score for each in result.tasks[0].wordings] == [25, 12.5]
    result = quiz(metric=lambda text, example: 0)
    assert (result.mean, result.sensitivity, result.tasks[0].sensitivity) == (0, None, None)


def test_results_as_table_json_and_page():
    """All three show the same figures, and the page escapes instructions and model."""
    text = "<script>{question}</script>"
    result = quiz(wordings=[text, TEXTS[2]], name="<b>m</b>")
    rows = result.to_table().to_pylist()
    assert [(row["score"], row["examples"], row["skipped"]) for row in rows] == [(100, 8, 0), (100, 2, 6)]
    loaded = json.loads(result.to_json())
    assert loaded["tasks"][0]["wordings"][0]["interval"] == [100, 100]
    assert (loaded["mean"], loaded["tasks"][0]["worst"]) == (100, instruction_id("quiz", text))
    page = render_evaluation(result)
    assert "<script>" not in page
    assert "&lt;b&gt;m&lt;/b&gt;" in page
    assert "6 skipped" in page
    assert "over different examples" in page
    assert "over different examples" not in render_evaluation(quiz(wordings=TEXTS[:1]))


def test_the_page_sets_the_papers_scores_beside_ours():
    """For tasks of the protocol."""
    rows = [{**row, "task": "visual_nli", "text": row["question"]} for row in QUESTIONS]
    result = evaluate(right_if_asked_politely, rows, "multiinstruct")
    assert len(result.tasks[0].wordings) == 5
    page = " ".join(render_evaluation(result, benchmark="multiinstruct").split())
    assert "OFA-Large 50.7 with meta instructions, 53.1 with the pool, by prefix" in page


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda texts: texts[:-1], "generate returned 3 texts for 4 examples, from 'q/1' on"),
        (lambda texts: [*texts, "more"], "generate returned 5 texts for 4 examples"),
        (lambda texts: None, "must return a list of 4 texts, one per example, but returned None"),
        (lambda texts: "yes", "must return a list of 4 texts"),
        (lambda texts: [*texts[:3], None], "returned None for the example 'q/3'"),
        (lambda texts: 1 / 0, "division by zero"),
    ],
)
def test_a_function_that_fails_in_the_middle_is_resumed(tmp_path, bad, message):
    """What was predicted before is kept, nothing is generated or scored twice, and the result is the same."""
    asked: list[tuple[str, str]] = []

    def generate(examples):
        texts = right_if_asked_politely(examples)
        if len(asked) == 4 and bad is not None:
            return bad(texts)
        asked.extend((example["unique_id"], example["instruction_id"]) for example in examples)
        return texts

    settings = {"batch_size": 4, "predictions": tmp_path / "p.jsonl", "name": "m"}
    with pytest.raises((EngineError, ZeroDivisionError), match=message):
        quiz(generate, **settings)
    bad = None
    progress = []
    result = quiz(generate, **settings, progress=lambda done, total: progress.append((done, total)))
    assert (len(asked), set(Counter(asked).values())) == (18, {1})
    assert progress[0] == (4, 18)
    assert progress[-1] == (18, 18)
    assert result == quiz(name="m")
    again = quiz(lambda examples: 1 / 0, **settings)
    assert again == result


def test_predictions_of_another_evaluation_are_refused(tmp_path):
    """Other settings, examples and wordings are named; more examples and wordings are added."""
    settings = {"predictions": tmp_path / "p.jsonl", "name": "m", "wordings": TEXTS[:1]}
    quiz(**settings, limit=4)
    with pytest.raises(SettingError, match="model was 'm' and is now 'n'"):
        quiz(**{**settings, "name": "n"})
    with pytest.raises(SettingError, match="options_style was None and is now 'letters'"):
        quiz(**settings, options_style="letters")
    with pytest.raises(SettingError, match="line 5: unknown unique_id 'q/3'"):
        quiz(**settings, limit=3)
    with pytest.raises(SettingError, match=f"line 2: unknown instruction_id '{IDS[0]}'"):
        quiz(**{**settings, "wordings": TEXTS[1:]})
    assert [each.examples for each in quiz(**{**settings, "wordings": TEXTS[:2]}).tasks[0].wordings] == [8, 8]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"dataset": []}, SettingError, "no examples"),
        ({"dataset": Dataset.from_list(QUESTIONS).select([])}, SettingError, "no examples"),
        ({"dataset": iter(QUESTIONS)}, SettingError, "read twice"),
        ({"dataset": DatasetDict(test=Dataset.from_list(QUESTIONS))}, SettingError, "choose one of test"),
        ({"dataset": [QUESTIONS[0]] * 2}, ExampleError, "Two examples have the unique_id 'q/0'"),
        ({"dataset": [{"task": "quiz"}]}, ExampleError, "no 'unique_id'"),
        ({"dataset": [{"unique_id": "a"}]}, ExampleError, "task= names"),
        ({"dataset": [{**QUESTIONS[0], "prompt": "?"}]}, ExampleError, "already have a column 'prompt'"),
        ({"dataset": [{**QUESTIONS[0], "target": None}]}, ExampleError, "neither a target nor answers"),
        ({"wordings": TEXTS[2:], "limit": 1, "dataset": QUESTIONS[1:]}, ExampleError, "No wording of the task 'quiz'"),
        ({"metric": None}, SettingError, "The task 'quiz' declares no metric"),
        ({"metric": "acuracy"}, UnknownNameError, "'accuracy'"),
        ({"wordings": 0}, SettingError, "number from 1"),
        ({"wordings": []}, SettingError, "No wordings"),
        ({"wordings": ["{qestion}"]}, PoolError, "question"),
        ({"wordings": "heldout"}, UnknownNameError, "task 'quiz'"),
        ({"limit": 0}, SettingError, "limit"),
        ({"batch_size": 0}, SettingError, "batch_size"),
        ({"options_style": "leters"}, UnknownNameError, "'letters'"),
        ({"generate": "a model"}, SettingError, "or a model of transformers"),
    ],
)
def test_bad_input_is_refused_before_anything_is_generated(settings, error, message):
    """Each error names what is wrong and what helps."""
    with pytest.raises(error, match=message):
        quiz(**{"generate": lambda examples: pytest.fail("generated"), **settings})


def test_augmented_data_are_refused():
    """They show one wording already."""
    dataset = augment(Dataset.from_list(QUESTIONS), POOL)
    with pytest.raises(ExampleError, match="already have a column"):
        quiz(dataset=dataset)


def test_names_and_task_of_other_data():
    """`columns` and `task` say how other data are read, for scoring too."""
    rows = [{"id": number, "q": f"Is {number} even?", "label": "no" if number % 2 else "yes"} for number in range(4)]
    columns = {"unique_id": "id", "question": "q", "target": "label"}
    result = evaluate(
        lambda examples: [example["label"] for example in examples],
        rows,
        InstructionPool.from_dict({"mine": ["{question}"]}),
        columns=columns,
        task="mine",
        metric="exact_match",
    )
    assert (result.mean, result.tasks[0].wordings[0].examples) == (100, 4)


@pytest.mark.parametrize("make", [Dataset.from_list, lambda rows: Dataset.from_list(rows).to_iterable_dataset(), list])
def test_a_mapped_column_that_is_not_there_is_refused(make):
    """A model would be asked without its pictures."""
    rows = [{"id": 1, "photo": "a.jpg", "label": "yes"}]
    columns = {"unique_id": "id", "target": "label", "images": "phot"}
    with pytest.raises(UnknownNameError, match=r"'phot'\. Did you mean 'photo'\? columns= names it for 'images'"):
        evaluate(
            lambda examples: ["yes"] * len(examples),
            make(rows),
            InstructionPool.from_dict({"mine": ["Is it?"]}),
            columns=columns,
            task="mine",
            metric="exact_match",
        )


def test_labels_are_scored_by_their_names():
    """Of the target and of the task; an error names the example by the data's id."""
    features = Features(
        {"id": Value("int64"), "what": ClassLabel(names=["even"]), "label": ClassLabel(names=["no", "yes"])}
    )
    rows = {"id": [4, 5], "what": [0, 0], "label": [1, 0]}
    seen: list[str] = []

    def generate(examples):
        seen.extend(example["completion"][0]["content"][0]["text"] for example in examples)
        return ["yes"] * len(examples)

    def scored(labels):
        return evaluate(
            generate,
            Dataset.from_dict({**rows, "label": labels}, features=features),
            InstructionPool.from_dict({"even": ["Is it?"]}),
            columns={"unique_id": "id", "task": "what", "target": "label"},
            metric="exact_match",
        )

    assert (scored([1, 0]).mean, seen) == (50, ["yes", "no"])
    with pytest.raises(ExampleError, match="2 times: it has neither a target nor answers"):
        scored([-1, -1])


def test_which_wordings_a_number_takes():
    """Meta instructions first, then variants in an order by seed; a pool gives all of its own."""
    pool = toy.pool()
    metas = [each.text for each in pool["caption"] if each.origin is None]
    first = [each.text for each in select_wordings(["caption"], pool, 4)["caption"]]
    assert (first[:2], len(set(first))) == (metas, 4)
    others = {tuple(each.text for each in select_wordings(["caption"], pool, 4, seed=s)["caption"]) for s in range(5)}
    assert len(others) > 1
    assert len(select_wordings(["caption"], pool, 99)["caption"]) == 10
    assert select_wordings(["caption"], POOL, pool)["caption"] == list(pool["caption"])
    own: list[Instruction | str] = [
        Instruction(task="caption", text="A"),
        Instruction(task="other", text="B"),
        "C",
        "C",
    ]
    assert [each.text for each in select_wordings(["caption"], POOL, own)["caption"]] == ["A", "C"]
