"""The page of examples over epochs: what it shows, what it escapes, and its slider in a real browser."""

import base64
import html
import io
import re

import pytest
from datasets import Dataset
from PIL import Image

from instraug_datasets.evaluation import examples_over_epochs, render_preview
from instraug_datasets.evaluation.lineage import by_id, lineage, made_by
from instraug_datasets.evaluation.pictures import MAX_SIDE, MarkedBox, fixed_boxes, option_boxes, picture_of
from instraug_datasets.pool import Instruction, InstructionPool
from instraug_datasets.records import FEATURES, Example
from instraug_datasets.stream import augment
from tests import toy
from tests.chromium import CHROMIUM, dom_of

HOSTILE = "<img src=x onerror=alert(2)> \"' {text} </script><script>document.title='broken'</script>"


def stored(size=(40, 30), mode="RGB", color="red"):
    """A picture as `datasets.Image` stores it."""
    content = io.BytesIO()
    Image.new(mode, size, color).save(content, "PNG")
    return {"path": None, "bytes": content.getvalue()}


def boxes_example(**changes):
    """An example of a task whose options and target are boxes."""
    values = {
        "unique_id": "toy/pick/1",
        "task": "pick",
        "source": "toy",
        "images": (stored(),),
        "text": HOSTILE,
        "options": ("1 2 3 4", "10 20 30 25"),
        "region": ((0.5, 1.5, 20.5, 30),),
        "target": "10 20 30 25",
        "meta": {"image_size": [40, 30], "boxes": ["options", "target"]},
    }
    return Example(**{**values, **changes}).to_dict()


def hostile_stream(pool):
    """One example with hostile text, augmented."""
    rows = Dataset.from_list([boxes_example()], features=FEATURES)
    return augment(rows.to_iterable_dataset(), pool, option_order=True)


def hostile_pool():
    """A meta instruction, two variants in a row, and a hostile one."""
    metas = [Instruction(task="pick", text=text) for text in ("{text}\n{options}", HOSTILE)]
    first = Instruction(
        task="pick", text="{options}\nPick: {text}", origin=metas[0].instruction_id, engine="grammar", iteration=1
    )
    second = Instruction(
        task="pick",
        text="{options}\nTake: {text}",
        origin=metas[0].instruction_id,
        parent=first.instruction_id,
        engine="transformers",
        model="some/model",
        meta_prompt="synonyms",
        temperature=0.7,
        iteration=2,
        score=0.912,
    )
    return InstructionPool.from_instructions([*metas, first, second])


def found(pattern, page):
    """The texts between tags, unescaped."""
    return [html.unescape(text) for text in re.findall(pattern, page, re.DOTALL)]


def test_examples_over_epochs_are_those_of_the_stream():
    """Each example comes once per epoch with that epoch's prompt, and further columns once."""
    stream = augment(toy.dataset(12).to_iterable_dataset(num_shards=3), toy.pool(), seed=3).shuffle(seed=1)
    rows = examples_over_epochs(stream, epochs=3, num_examples=4, once=["source"])
    assert [len(versions) for versions in rows] == [3] * 4
    for epoch in range(3):
        stream.set_epoch(epoch)
        prompts = toy.prompts(stream, ("prompt",))
        assert [versions[epoch]["prompt"] for versions in rows] == [
            prompts[versions[0]["unique_id"]][0] for versions in rows
        ]
    assert [["source" in row for row in versions] for versions in rows] == [[True, False, False]] * 4


def test_the_page_shows_prompt_options_target_and_lineage_of_each_epoch():
    """Per epoch it holds what the stream gives, and the wording's ancestors from the meta instruction on."""
    pool = hostile_pool()
    page = render_preview(hostile_stream(pool), pool, epochs=4, num_examples=5, title="mine")
    [rows] = examples_over_epochs(
        hostile_stream(pool),
        epochs=4,
        num_examples=1,
        columns=["unique_id", "prompt", "option_order", "instruction_id"],
    )
    assert found('<p class="text prompt" dir="auto">(.*?)</p>', page) == [row["prompt"] for row in rows]
    options = ["1 2 3 4", "10 20 30 25 ← target"]
    shown = [[options[place] for place in row["option_order"] or (0, 1)] for row in rows]
    assert found(r'<li class="text(?: chosen)?" dir="auto">(.*?)</li>', page) == [
        f"({letter}) {text}" for each in shown for letter, text in zip("ab", each, strict=True)
    ]
    assert page.count("<h3>Options, which this wording does not show</h3>") == 1
    lines = [lineage(by_id(pool)[row["instruction_id"]], by_id(pool)) for row in rows]
    assert found('<li><small>(.*?)</small><p class="text" dir="auto">(?:.*?)</p></li>', page) == [
        made_by(each) for line in lines for each in line
    ]
    assert sorted(map(len, lines)) == [1, 1, 2, 3]
    assert "4 different instructions in 4 epochs" in page


def test_lineage_goes_from_the_meta_instruction_to_the_variant():
    """Parents are followed; one that is not in the pool is left out; each is described in words."""
    known = by_id(hostile_pool())
    last = next(each for each in known.values() if each.text == "{options}\nTake: {text}")
    assert [each.text for each in lineage(last, known)] == [
        "{text}\n{options}",
        "{options}\nPick: {text}",
        "{options}\nTake: {text}",
    ]
    del known[last.parent or ""]
    assert [each.text for each in lineage(last, known)] == ["{text}\n{options}", "{options}\nTake: {text}"]
    assert lineage(last, {}) == [last]
    assert made_by(last) == (
        "transformers · some/model · meta-prompt synonyms · temperature 0.7 · round 2 · similarity 0.91"
    )


def test_of_a_long_lineage_the_last_steps_are_listed():
    """Of many rewritings of rewritings, the meta instruction and the last ones stand; a short line stands whole."""
    steps = [Instruction(task="vqa", text="Step 0: {question}")]
    for number in range(1, 40):
        origin, parent = steps[0].instruction_id, steps[-1].instruction_id
        steps.append(Instruction(task="vqa", text=f"Step {number}: {{question}}", origin=origin, parent=parent))
    known = {each.instruction_id: each for each in steps}
    assert lineage(steps[-1], known) == [steps[0], *steps[-20:]]
    assert lineage(steps[19], known) == steps[:20]
    assert lineage(steps[20], known) == steps[:21]


def test_boxes_are_in_pixels_of_the_original_and_labelled():
    """Regions and targets stay; boxes of options carry the letters of the order shown, the target's its own kind."""
    assert fixed_boxes(boxes_example()) == [MarkedBox(0.5, 1.5, 20, 28.5, "region", "region")]
    assert option_boxes(boxes_example(), [1, 0]) == [
        MarkedBox(10, 20, 20, 5, "a", "target"),
        MarkedBox(1, 2, 2, 2, "b", "option"),
    ]
    grounding = boxes_example(
        options=None, region=((1, 2, 3, 4), (5, 6, 7, 9)), target="1 1 5 6||||2 3 9 9", meta={"boxes": ["target"]}
    )
    assert fixed_boxes(grounding) == [
        MarkedBox(1, 2, 2, 2, "region 1", "region"),
        MarkedBox(5, 6, 2, 3, "region 2", "region"),
        MarkedBox(1, 1, 4, 5, "target", "target"),
        MarkedBox(2, 3, 7, 6, "target", "target"),
    ]
    assert option_boxes(grounding, None) == []


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "L", "P", "1", "I;16"])
def test_pictures_of_every_mode_are_embedded_and_downscaled(mode):
    """The size is the original's, which boxes refer to; the JPEG is at most `MAX_SIDE` long."""
    picture = picture_of(stored((2000, 500), mode, 0))
    assert (picture.width, picture.height, picture.problem) == (2000, 500, "")
    head, _, content = picture.address.partition(",")
    embedded = Image.open(io.BytesIO(base64.b64decode(content)))
    assert (head, embedded.size, embedded.mode) == ("data:image/jpeg;base64", (MAX_SIDE, MAX_SIDE // 4), "RGB")


def test_transparency_is_white():
    """What is transparent in a PNG is white, as on the page."""
    address = picture_of(stored(mode="RGBA", color=(0, 0, 0, 0))).address
    assert Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("bad", [{"path": None, "bytes": b"no picture"}, {"path": "no/such.jpg", "bytes": None}])
def test_a_picture_that_cannot_be_read_is_said_on_the_page(bad):
    """The example is shown with the reason in place of the picture."""
    rows = Dataset.from_list([boxes_example(images=(bad,))], features=FEATURES).to_iterable_dataset()
    page = render_preview(augment(rows, hostile_pool()), hostile_pool(), epochs=1, num_examples=1, title="mine")
    assert page.count("This picture cannot be read: ") == 1
    assert "<svg" not in page


def test_the_page_escapes_every_text_and_loads_nothing():
    """Hostile text in an example, an instruction or the title stays text; the one picture is inside the page."""
    page = render_preview(hostile_stream(hostile_pool()), hostile_pool(), epochs=4, num_examples=1, title=HOSTILE)
    assert "<img" not in page
    assert page.count("<script>") == 1
    assert page.count("</script>") == 1
    assert re.findall(r'<[^>]* (?:href|src)="(.{5})', page) == ["data:"]
    assert "http" not in page.replace('http-equiv="Content-Security-Policy"', "")


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")
def test_the_page_in_a_browser(tmp_path):
    """The epoch of the address is shown, the others are hidden, and a script in the data does not run."""
    page = tmp_path / "preview.html"
    pool = hostile_pool()
    page.write_text(
        render_preview(hostile_stream(pool), pool, epochs=4, num_examples=1, title="mine"), encoding="utf-8"
    )
    seen = dom_of(page, "2")
    assert "<title>mine</title>" in seen
    assert found('<output id="shown" for="epoch">(.*?)</output>', seen) == ["2 (0 to 3)"]
    assert re.findall('<section class="version" data-epoch="(.)">', seen) == ["2"]
    assert re.findall('<g data-epoch="(.)">', seen) == ["2"]
    assert "<img" not in seen
