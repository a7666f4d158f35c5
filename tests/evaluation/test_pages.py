"""What all pages have in common: text that can be read, on light and dark ones, and as wide as the window."""

import re

import pytest

from instraug_datasets.evaluation import render_evaluation, render_preview, render_report, render_run
from instraug_datasets.evaluation.coverage import RunCoverage, TaskCoverage, WordingCoverage
from instraug_datasets.pool import InstructionPool
from tests.chromium import CHROMIUM
from tests.evaluation import test_evaluate, test_preview_page, test_report

LONG = "a_name_of_a_task_without_any_place_to_break_it " * 3


def evaluation():
    """Scores of three wordings, some of whose examples were skipped."""
    return render_evaluation(test_evaluate.quiz())


def preview():
    """An example with hostile text, boxes and options."""
    pool = test_preview_page.hostile_pool()
    return render_preview(test_preview_page.hostile_stream(pool), pool, epochs=4, num_examples=1, title="mine")


def report():
    """A pool with hostile text, and dropped candidates."""
    return render_report(test_report.hostile_pool(), dropped=test_report.DROPPED)


def run():
    """Two wordings of a task, one never seen."""
    wordings = (WordingCoverage("a", LONG, True, 12, 1.5, 0.1), WordingCoverage("b", "{question}", False, 0))
    task = TaskCoverage(LONG.replace(" ", ""), 12, 1.5, wordings)
    return render_run(RunCoverage((task,), 3, 1, 1, 12, 0, ("other",), {}))


PAGES = [evaluation, preview, report, run]


def colors(page, *, dark):
    """The colors of a page by name."""
    light, other = re.findall(r":root \{(.*?)\}", page)
    found = dict(re.findall(r"--(\w+): (#\w{6}|white)", light))
    return {name: color.replace("white", "#ffffff") for name, color in (found | _dark(other, dark)).items()}


def _dark(block, wanted):
    return dict(re.findall(r"--(\w+): (#\w{6})", block)) if wanted else {}


def luminance(color):
    """The relative luminance (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    parts = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first, second):
    """The contrast ratio of two colors, 1 to 21."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_text_and_bars_stand_out_from_the_page(dark):
    """By the thresholds of WCAG AA, 4.5 for text and 3 for graphics, on the page and in boxes."""
    of_page = colors(render_report(InstructionPool.from_dict({"vqa": ["{question}"]})), dark=dark)
    for ground in ("back", "paper"):
        assert {name: contrast(of_page[name], of_page[ground]) >= 4.5 for name in ("ink", "soft")} == {
            "ink": True,
            "soft": True,
        }
        assert {name: contrast(of_page[name], of_page[ground]) >= 3 for name in ("bar", "drop")} == {
            "bar": True,
            "drop": True,
        }


@pytest.mark.full
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_no_page_is_wider_than_the_window(page, tmp_path):
    """On a phone, a tablet and a laptop; what does not fit is broken, or scrolls by itself."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine")
    file = tmp_path / "page.html"
    file.write_text(page(), encoding="utf-8")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shown = browser.new_page()
        widths = (390, 768, 1280)
        for width in widths:
            shown.set_viewport_size({"width": width, "height": 900})
            shown.goto(file.as_uri())
            assert shown.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()
