"""What the explorer shows: the stream's own prompts, boxes, lineage, search and statistics, with every text escaped."""

import html
import re

import pytest
from datasets import Dataset

from instraug_datasets.evaluation.lineage import by_id
from instraug_datasets.explorer import Collection, open_built, search
from instraug_datasets.explorer.search import SHOWN
from instraug_datasets.explorer.views import Views, style_sheet
from instraug_datasets.pool import Instruction, InstructionPool
from instraug_datasets.records import FEATURES
from instraug_datasets.samplers import STRATEGIES
from instraug_datasets.stream import augment
from tests.explorer.conftest import HOSTILE, LONG, collection, pick_example, pick_pool


def found(pattern, page):
    """The texts between tags, unescaped."""
    return [html.unescape(text) for text in re.findall(pattern, page, re.DOTALL)]


@pytest.mark.parametrize("strategy", list(STRATEGIES))
@pytest.mark.parametrize("seed", [0, 7])
def test_each_epoch_shows_the_prompt_of_the_stream(toys, strategy, seed):
    """For every strategy, seed and epoch the prompt is the one that training sees."""
    stream = augment(toys.stream("pick"), toys.pool, strategy=strategy, seed=seed)
    views = Views(toys)
    for epoch in range(4):
        stream.set_epoch(epoch)
        shown = [views.example("pick", place, epoch, strategy=strategy, seed=seed) for place in (0, 1)]
        prompts = [found('<p class="text prompt" dir="auto">(.*?)</p>', page) for page in shown]
        assert prompts == [[row["prompt"]] for row in stream]


def test_an_example_is_shown_with_boxes_options_target_and_lineage(toys):
    """Options are lettered in the order of the epoch, on the picture too, and the lineage is in words."""
    views = Views(toys)
    pages = [views.example("pick", 1, epoch, strategy="cycle", seed=7) for epoch in range(3)]
    for epoch, page in enumerate(pages):
        assert f"<h3>Prompt in epoch {epoch}</h3>" in page
        options = found(r'<li class="text(?: chosen)?" dir="auto">(.*?)</li>', page)
        assert sorted(each[4:] for each in options) == ["1 2 3 4", "10 20 30 25 ← target"]
        letter = next(each[1] for each in options if "target" in each)
        assert found('<g class="target">.*?>([^<]*)</text>', page) == [letter]
        assert found('<g class="region">.*?>([^<]*)</text>', page) == ["region"]
        assert not re.search("<g [^>]*hidden", page)
        assert found("<h3>Target</h3>.*?>(.*?)</p>", page) == ["10 20 30 25"]
    lineages = sorted(found("<li><small>(.*?)</small>", page) for page in pages)
    assert lineages == [
        ["meta instruction"],
        ["meta instruction", "grammar · round 1"],
        ["meta instruction", "grammar · round 1", "transformers · round 2"],
    ]


def test_every_text_is_escaped_and_no_template_is_left_to_fill(hostile):
    """Markup, and the braces and dollars that the app's own templates use, stay text in every piece."""
    views = Views(hostile)
    pages = [views.example("pick", 0, epoch, strategy="cycle", seed=0) for epoch in range(4)]
    assert all(HOSTILE + LONG in html.unescape(page) for page in pages)
    for page in [*pages, views.found("", None), views.statistics(), views.heading()]:
        assert "<script" not in page
        assert "<img" not in page
        assert not set("{}$") & set(page.replace("}", ""))
        assert re.findall(r'(?:href|src)="(.{5})', page) in ([], ["data:"])


def test_what_cannot_be_shown_is_said(toys):
    """An unreadable example, an empty task, and a task that is not in the pool each give their message."""
    other = Collection("toys", ["other"], toys.pool, lambda task: [pick_example(0, task="other")])
    assert "Unknown task &#39;other&#39;" in Views(other).example("other", 0, 0, strategy="cycle", seed=0)
    empty = Views(Collection("toys", ["pick"], toys.pool, lambda task: []))
    assert empty.unique_ids("pick") == []
    assert empty.example("pick", 0, 0, strategy="cycle", seed=0).strip() == (
        '<p class="instraug note">No examples.</p>'
    )
    unreadable = Views(collection(toys.pool, pick_example(0, options=("1 2 3", "10 20 30 25"))))
    assert 'class="instraug note"' in unreadable.example("pick", 0, 0, strategy="cycle", seed=0)


@pytest.mark.parametrize(("tasks", "start"), [(["other", "pick"], "pick"), (["other", "unknown"], "other")])
def test_the_first_task_with_variants_is_shown_first(tasks, start):
    """A task of meta instructions only, or one that the pool lacks, is where to begin if there is no other."""
    pool = InstructionPool.from_instructions([*pick_pool()["pick"], Instruction(task="other", text="Say it.")])
    assert Views(Collection("toys", tasks, pool, lambda task: [])).start == start


def test_files_that_are_gone_are_a_message_until_they_are_back(toys, tmp_path):
    """The app goes on when a file cannot be read, and shows the example once it can."""
    file = tmp_path / "pick/train-00000-of-00001.parquet"
    file.parent.mkdir()
    Dataset.from_list(toys.examples("pick", 2), features=FEATURES).to_parquet(file)
    views = Views(open_built(tmp_path, pool=toys.pool))
    file.rename(tmp_path / "away")
    assert "The example cannot be shown: " in views.example("pick", 0, 0, strategy="cycle", seed=0)
    assert views.unique_ids("pick") == []
    (tmp_path / "away").rename(file)
    assert views.unique_ids("pick") == ["toy/pick/0", "toy/pick/1"]
    assert "Prompt in epoch 0" in views.example("pick", 0, 0, strategy="cycle", seed=0)


@pytest.mark.parametrize(
    ("words", "task", "texts"),
    [
        ("", None, ["{text}\n{options}", "{options}\nPick: {text}", "{options}\nTake: {text}", "Say it."]),
        ("PICK: grammar", None, ["{options}\nPick: {text}"]),
        ("pick", "other", []),
        ("say", "other", ["Say it."]),
        ("no such word", None, []),
    ],
)
def test_search_finds_instructions_with_every_word(words, task, texts):
    """Case does not matter, text, task and origin count, and a task narrows the search."""
    known = by_id(pick_pool()) | by_id(InstructionPool.from_dict({"other": ["Say it."]}))
    result = search(known, words, task=task)
    assert sorted(line[-1].text for line in result.lines) == sorted(texts)
    assert result.hits == len(texts)


def test_search_counts_all_hits_and_lists_the_first_with_their_lineage():
    """A common word has a bounded list; each hit comes with its ancestors."""
    pool = pick_pool(*(f"{number} {{text}}" for number in range(100)))
    result = search(by_id(pool), "")
    assert (result.hits, len(result.lines)) == (103, SHOWN)
    [line] = search(by_id(pool), "take").lines
    assert [each.text for each in line] == ["{text}\n{options}", "{options}\nPick: {text}", "{options}\nTake: {text}"]


def test_statistics_count_meta_instructions_and_variants(toys):
    """Each task has its counts and its expansion factor, and the pool their sums."""
    page = Views(toys).statistics()
    assert "3 instructions of 1 meta instructions in 1 task: 3.0x." in page
    assert found("<td[^>]*>(.*?)</td>", page) == ["pick", "1", "3", "3.0x"]


def test_the_style_touches_nothing_outside_its_own_pieces():
    """Every rule is for the explorer's classes: the app's own buttons and icons keep their look."""
    rules = re.findall(r"([^{}]+)\{[^{}]*\}", re.sub(r"@media[^{]*\{", "", style_sheet()))
    selectors = [each.strip(" }\n") for rule in rules for each in rule.split(",")]
    assert len(selectors) > 20
    assert [each for each in selectors if not each.startswith((".instraug", ".example"))] == []
