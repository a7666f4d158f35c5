"""The metrics, beside values of the published rules."""

import pytest

from instraug_datasets.errors import SettingError, UnknownNameError
from instraug_datasets.evaluation import METRICS, Reference, metric_of
from instraug_datasets.evaluation.vqa_accuracy import normalized_answer, vqa_accuracy
from instraug_datasets.styles import OPTIONS_STYLES
from instraug_datasets.tasks.spec import METRICS as DECLARED


def score(metric, prediction, **reference):
    """Return the score and whether the prediction was readable."""
    return tuple(METRICS[metric].judge(prediction, Reference(**reference)))


@pytest.mark.parametrize(
    ("target", "prediction", "expected"),
    [  # rouge-score 0.1.2, rougeL, without stemming
        ("the cat sat on the mat", "a cat on the mat sat", 0.6666666666666666),
        ("A dog's life, 2 cats!", "dogs life 2 cats", 0.6),
        ("stop", "STOP.", 1.0),
        ("naïve café", "naive cafe", 0.0),
        ("red and blue car", "car red blue and", 0.5),
        ("no", "", 0.0),
    ],
)
def test_rouge_l_is_that_of_rouge_score(target, prediction, expected):
    """The F-measure over its words."""
    assert score("rouge_l", prediction, target=target) == (pytest.approx(expected), True)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Two dogs.", "2 dogs"),
        ("THE U.S.", "us"),
        ("1,000 miles", "1000 miles"),
        ("2.5", "2.5"),
        ("isnt it", "isn't it"),
        ("girl's hat", "girl's hat"),
        ("2:50 pm", "2:50 pm"),
        ("black/white", "black white"),
        ("its", "its"),
        ("none", "0"),
    ],
)
def test_answers_have_a_normal_form(text, normal):
    """The processing that visualqa.org describes."""
    assert normalized_answer(text) == normal


@pytest.mark.parametrize(
    ("answer", "given", "expected"),
    [
        ("yes", ["yes"] * 10, 1.0),
        ("The Beatles", ["the beatles"] * 10, 1.0),
        ("2", ["two"] * 3 + ["three"] * 7, 0.9),  # (3 * 2/3 + 7 * 1) / 10
        ("2", ["two"] * 2 + ["three"] * 8, 0.6),
        ("2", ["two"] * 1 + ["three"] * 9, 0.3),
        ("cat", ["dog"] * 10, 0.0),
        ("cat", ["cat"], 1.0),
        ("cat", ["cat", "dog"], 0.5),
        ("cat", [], 0.0),
    ],
)
def test_vqa_accuracy_is_the_mean_over_all_but_one_annotator(answer, given, expected):
    """Three annotators are enough, and both sides are normalized."""
    assert vqa_accuracy(answer, given) == pytest.approx(expected)


def test_accuracy_reads_options_and_boxes():
    """Options are read from replies, targets that are keys too; a box is the option that it overlaps most."""
    options = {"options": ("no", "yes"), "options_style": OPTIONS_STYLES["letters"]}
    assert score("accuracy", "(b) yes", target="yes", **options) == (1, True)
    assert score("accuracy", "yes", target="b", **options) == (1, True)
    assert score("accuracy", "no", target="b", **options) == (0, True)
    assert score("accuracy", "maybe", target="yes", **options) == (0, False)
    plain = {"options": ("cat", "dog", "hen")}
    assert [score("accuracy", text, target="B", **plain)[0] for text in ("dog", "hen")] == [1, 0]
    several = {"target": "cat||||hen", **plain}
    assert [score("accuracy", text, **several) for text in ("hen and cat", "cat", "cow")] == [(1, 1), (0, 1), (0, 0)]
    boxes = {"options": ("0 0 10 10", "20 20 40 40"), "target": "20 20 40 40"}
    assert score("accuracy", "21 19 40 42", **boxes) == (1, True)
    assert score("accuracy", "50 50 60 60", **boxes) == (0, False)
    assert score("accuracy", "The cat.", target="the cat") == (1, True)


def test_exact_match_takes_every_accepted_answer():
    """Up to case and marks at the ends, not inside."""
    reference = {"target": "New York", "answers": ("New York", "NYC")}
    assert [score("exact_match", text, **reference)[0] for text in ("new  york.", "nyc", "New-York")] == [1, 1, 0]


def test_boxes_and_sets():
    """Each box is matched at most once, and items count once."""
    assert score("iou", "0 0 2 2", target="0 0 2 2||||4 4 6 6") == (0.5, True)
    assert score("iou", "0 0 2 2 0 0 2 2", target="0 0 2 2") == (0.5, True)
    assert score("iou", "left", target="0 0 2 2") == (0, False)
    assert score("set_f1", "dog, cat and fish", target="cat||||dog", options=("cat", "dog", "hen")) == (1, True)
    assert score("set_f1", "cat", target="cat||||dog", options=("cat", "dog", "hen")) == (pytest.approx(2 / 3), True)
    assert score("set_f1", "a b", target="a b||||c") == (pytest.approx(2 / 3), True)
    assert score("set_f1", "none", target="cat", options=("cat",)) == (0, False)


def test_tasks_get_the_metric_that_they_declare():
    """Every metric of the table is one that tasks may declare; a task without one needs `metric=`."""
    assert set(METRICS) <= set(DECLARED)
    assert metric_of("text_vqa").name == "rouge_l"
    assert metric_of("mine", "exact_match").name == "exact_match"
    with pytest.raises(SettingError, match=r"'hateful_memes' declares the metric auc, .* pass metric="):
        metric_of("hateful_memes")
    with pytest.raises(SettingError, match="'mine' declares no metric"):
        metric_of("mine")
    with pytest.raises(UnknownNameError, match="'rouge_l'"):
        metric_of("mine", "rouge")
