"""The report: its figures, its escaping, and the page in a real browser where there is one."""

import sys

import numpy as np
import pytest

from instraug_datasets.errors import DependencyError, PoolError
from instraug_datasets.evaluation import read_dropped, render_report, report_tasks
from instraug_datasets.evaluation.report_samples import Drops, drops_by_reason, families
from instraug_datasets.pool import Instruction, InstructionPool
from tests import toy
from tests.chromium import CHROMIUM, dom_of

HOSTILE = "<img src=x onerror=alert(2)> \"' {text} </script><script>document.title='broken'</script>"
DROPPED = [
    *[{"task": "caption", "reason": "near_duplicate", "text": "Describe this.", "parent": "Describe the picture."}]
    * 29,
    {"task": "choice", "reason": "near_duplicate", "text": "{options}\nPick <b>one</b>.", "parent": ""},
    *[{"task": "choice", "reason": "length_ratio"}] * 8,
]


def hostile_pool():
    """A toy pool with an instruction that would run as code if it were not escaped."""
    listed = [each for instructions in toy.pool(12).values() for each in instructions]
    return InstructionPool.from_instructions([*listed, Instruction(task="<script>", text=HOSTILE)])


def encode(texts):
    """Return embeddings that depend on the length of each text."""
    angles = np.array([len(text) / 40 for text in texts])
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_figures_of_a_task():
    """Metrics come from the pool and the dropped candidates; unknown ones are None."""
    caption, choice, *_ = report_tasks(toy.pool(12), dropped=DROPPED, encode=encode)
    assert (caption.task, caption.meta_instructions, caption.instructions, caption.expansion) == ("caption", 2, 26, 13)
    assert caption.dropped == {"near_duplicate": 29}
    assert caption.kept_share == 24 / 53
    assert choice.kept_share == 24 / 33
    assert caption.mean_cosine_distance is not None
    assert 0 < caption.mean_cosine_distance < 2
    assert caption.similarity is not None
    assert 0.9 < caption.similarity <= 1
    assert [
        (family.meta and family.meta.text, family.variants, len(family.samples)) for family in caption.families
    ] == [
        ("Describe the picture.", 12, 3),
        ("What does the picture show?", 12, 3),
    ]
    without = report_tasks(toy.pool(12))[0]
    assert (without.mean_cosine_distance, without.similarity, without.kept_share) == (None, None, None)


def test_progress_names_each_task_and_the_total():
    """Each task is announced before it is measured."""
    steps = []
    report_tasks(toy.pool(12), on_task=lambda *step: steps.append(step))
    assert steps == [(task, done, len(toy.pool(12))) for done, task in enumerate(toy.pool(12))]


def test_the_page_escapes_every_text_and_loads_nothing():
    """Texts of a pool are escaped, and the page has no external references."""
    page = render_report(hostile_pool(), dropped=DROPPED, title="<b>mine</b>")
    assert "<img" not in page
    assert page.count("<script>") == 1
    assert "&lt;b&gt;mine&lt;/b&gt;" in page
    assert "src=" not in page.replace("img src=x", "")
    assert "http" not in page.replace('http-equiv="Content-Security-Policy"', "")


def test_the_page_sets_the_papers_figures_beside_ours():
    """Expansion, kept and duplicates are compared with the paper's."""
    page = render_report(toy.pool(12), dropped=DROPPED)
    assert "13.0x" in page
    assert "22 to 29 with eleven temperatures" in page
    assert "near duplicate: 2 of 30" in page
    assert "near_duplicate" not in page


def test_a_pool_of_meta_instructions_alone_has_a_page():
    """A pool without variants and dropped candidates can be rendered."""
    page = render_report(InstructionPool.from_dict({"vqa": ["{question}"]}))
    assert "No data about dropped candidates" in page
    assert "<b>1</b>instruction<small>1 meta instruction, 1 task</small>" in page


def test_without_sacrebleu_the_page_says_how_to_get_self_bleu(monkeypatch):
    """All else is there; without jinja2, there is no page, and no task is measured first."""
    advice = "self-BLEU needs sacrebleu"
    pool, steps = toy.pool(4), []
    assert advice not in render_report(pool)
    for name in ("sacrebleu", "sacrebleu.metrics", "sacrebleu.metrics.bleu"):
        monkeypatch.setitem(sys.modules, name, None)
    page = render_report(pool)
    assert advice in page
    assert "<code>pip install 'instraug-datasets[report]'</code>" in page
    assert {each.self_bleu for each in report_tasks(pool)} == {None}
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(DependencyError, match=r"Reports require jinja2: pip install 'instraug-datasets\[report\]'"):
        render_report(pool, on_task=lambda *step: steps.append(step))
    assert steps == []


def test_read_dropped(tmp_path):
    """An invalid line raises an error that names it."""
    file = tmp_path / "dropped.jsonl"
    file.write_text('{"task": "a", "reason": "echo", "text": "x"}\n{"task": "a"}\n', encoding="utf-8")
    with pytest.raises(PoolError, match=r"dropped\.jsonl, line 2: expected an object with task and reason"):
        read_dropped(file)
    file.write_text('{"task": "a", "reason": "echo", "text": "x"}\n', encoding="utf-8")
    assert read_dropped(file) == [{"task": "a", "reason": "echo", "text": "x", "parent": ""}]


def test_samples_of_a_meta_instruction_have_different_parents():
    """With three parents each is quoted once; variants of a missing meta instruction come last."""
    meta = Instruction(task="vqa", text="{question}")
    variants = [
        Instruction(
            task="vqa", text=f"{{question}} ({i}, {parent})", origin=meta.instruction_id, parent=f"vqa/{parent}"
        )
        for parent, count in (("a", 20), ("b", 1), ("c", 1))
        for i in range(count)
    ]
    lost = Instruction(task="vqa", text="Answer: {question}", origin="vqa/0", parent="vqa/0")
    [family, missing] = families([meta, *variants, lost])
    assert (family.meta, family.variants) == (meta, 22)
    assert {each.parent for each in family.samples} == {"vqa/a", "vqa/b", "vqa/c"}
    assert missing == (None, 1, [lost])


def test_drops_are_quoted_by_reason_from_different_tasks():
    """The most frequent reason comes first; each text is quoted once, and rows without text only counted."""
    [near, length] = drops_by_reason(DROPPED)
    assert (near.reason, near.count, length) == ("near_duplicate", 30, Drops("length_ratio", 8, []))
    assert {row["task"]: row["text"] for row in near.samples} == {
        "caption": "Describe this.",
        "choice": "{options}\nPick <b>one</b>.",
    }


def test_the_page_shows_lineage_in_words():
    """No id of an instruction is on the page: origins and parents are quoted."""
    meta = Instruction(task="vqa", text="{question}")
    first = Instruction(task="vqa", text="Q: {question}", origin=meta.instruction_id, engine="grammar", iteration=1)
    second = Instruction(
        task="vqa", text="Ask: {question}", origin=meta.instruction_id, parent=first.instruction_id, iteration=2
    )
    page = render_report(InstructionPool.from_instructions([meta, first, second]))
    assert "<title>Instruction pool</title>" in page
    assert "engine unknown · round 2 · via “Q: {question}”" in page
    assert '<small class="lineage">grammar · round 1<br>of “{question}”</small>' in page
    assert "vqa/" not in page


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")
@pytest.mark.parametrize(("search", "found"), [("grammar%20describe", 12), ("dropped%20near", 3), ("dropped", 4)])
def test_the_page_in_a_browser(tmp_path, search, found):
    """The page's script searches instructions and different dropped candidates, and a script in a pool does not run."""
    page = tmp_path / "report.html"
    dropped = [
        *DROPPED,
        {"task": "caption", "reason": "near_duplicate", "text": "Tell me of the picture.", "parent": "Describe it."},
        {"task": "choice", "reason": "echo", "text": HOSTILE, "parent": HOSTILE},
        {"task": "of another pool", "reason": "echo", "text": "Say it.", "parent": ""},
    ]
    page.write_text(render_report(hostile_pool(), dropped=dropped, title="mine"), encoding="utf-8")
    seen = dom_of(page, search)
    assert "<title>mine</title>" in seen
    assert f'<p class="note" id="found">{found} found</p>' in seen
    assert "<img" not in seen
