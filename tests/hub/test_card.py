"""The card: filled from what is published, and merged so that every word of its owner stays."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.errors import PublicationError
from instraug_datasets.hub.card import CardFacts, merge_card
from instraug_datasets.hub.card.config_table import configs_section
from instraug_datasets.hub.card.front_matter import merge_front_matter, split_card
from instraug_datasets.hub.naming import Configs, configs_of
from instraug_datasets.hub.recipe import ConfigFacts, Recipe
from instraug_datasets.pool import InstructionPool

FOLDERS = ("train", "eval", "instructions")
POOL = InstructionPool.from_dict({"ITM": ["Does {text} fit? {options}", "Say whether {text} fits. {options}"]})
FILES = ["train/ITM/train-00000-of-00001.parquet", "instructions/train-00000-of-00001.parquet"]
DEFAULTS = "license: other\npretty_name: Ours\n"

OWNED = """\
# About this card.
license: cc-by-4.0  # asked the lawyers
language: no
pretty_name: "Mine"
configs:
# The one everybody wants.
- config_name: default
  description: Everything.  # and more
  data_files:
  - split: train
    path: train/*/train-*.parquet
- config_name: gone
  data_files:
  - split: train
    path: train/gone/train-*.parquet
  # A word about extra.
- config_name: extra
  data_files: extra/*.csv
"""


def facts(**changes: object) -> CardFacts:
    configs = configs_of(FILES)
    recipe = Recipe(digest=POOL.digest, instructions=2, configs={"ITM": ConfigFacts(role="train", splits={"train": 3})})
    return CardFacts(**{"repo_id": "me/mine", "recipe": recipe, "pool": POOL, "configs": configs, **changes})  # type: ignore[arg-type]


def test_front_matter_keeps_what_the_owner_wrote() -> None:
    """Comments, keys, values as they are spelt and configs of other folders stay; gone configs leave."""
    merged, notes = merge_front_matter(OWNED, DEFAULTS, configs_of(FILES), folders=FOLDERS)
    assert [note.split(":")[0] for note in notes] == ["The config 'extra' is not Parquet (extra/*.csv)"]
    assert (
        merged
        == """\
# About this card.
license: cc-by-4.0  # asked the lawyers
language: no
pretty_name: "Mine"
configs:
# The one everybody wants.
- config_name: default
  description: Everything.  # and more
  data_files:
  - split: train
    path: train/*/train-*.parquet
- config_name: ITM
  data_files:
  - split: train
    path: train/ITM/train-*.parquet
- config_name: instructions
  data_files:
  - split: train
    path: instructions/train-*.parquet
- config_name: extra
  data_files: extra/*.csv
# A word about extra.
"""
    )


def test_merging_again_changes_nothing() -> None:
    """A card that is merged twice is that which was merged once."""
    once = merge_card(f"---\n{OWNED}---\n# Mine\n\nWords.\n", facts(), folders=FOLDERS)
    twice = merge_card(once.text, facts(), folders=FOLDERS)
    assert (twice.text, twice.notes) == (once.text, once.notes[:1])


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_body_keeps_what_the_owner_wrote(newline: str) -> None:
    """Sections of ours are added after it, and renewed in their places from then on."""
    old = newline.join(["# Mine", "", "Words of mine.", ""])
    first = merge_card(old, facts(), folders=FOLDERS)
    assert first.text.split(f"---{newline}", 2)[2].startswith(old.rstrip())
    assert first.notes == ("The card has no sections of ours yet; they are added at its end.",)
    between = first.text.replace("## Recipe", "## My recipe", 1).replace("Words of mine.", "Other words.")
    second = merge_card(between, facts(), folders=FOLDERS)
    assert "Other words." in second.text
    assert "## My recipe" in second.text
    assert "## Recipe" in second.text
    assert second.notes == ("The section 'recipe' of the card was edited: it stays, and the new one follows it.",)
    third = merge_card(second.text, facts(), folders=FOLDERS)
    assert (third.text, third.notes) == (second.text, ())


def test_a_default_of_the_owners_stays_the_default() -> None:
    """Beside a config called `default` nothing would load, so none is written."""
    old = "configs:\n- config_name: ITM\n  default: true\n  data_files: train/ITM/*.parquet\n"
    merged, notes = merge_front_matter(old, "", configs_of(FILES), folders=FOLDERS)
    loaded = yaml.safe_load(merged)["configs"]
    assert [(each["config_name"], each.get("default")) for each in loaded] == [("ITM", True), ("instructions", None)]
    assert notes == ["The card makes 'ITM' the default config; it stays so, and no config 'default' is written."]


def test_a_config_that_is_no_mapping_stays() -> None:
    """What an owner wrote by mistake into the list of configs is kept beside ours."""
    merged, _ = merge_front_matter("configs:\n- own\n", "", configs_of(FILES), folders=FOLDERS)
    assert [each for each in yaml.safe_load(merged)["configs"] if not isinstance(each, dict)] == ["own"]


def test_features_and_sizes_of_the_old_files_leave() -> None:
    """`dataset_info` would stop the new files from loading; that of other configs stays."""
    old = "dataset_info:\n- config_name: ITM\n  splits: []\n- config_name: extra\n  splits: []\n"
    merged, notes = merge_front_matter(old, "", configs_of(FILES), folders=FOLDERS)
    assert [each["config_name"] for each in yaml.safe_load(merged)["dataset_info"]] == ["extra"]
    assert len(notes) == 1


def test_a_comment_with_another_line_break_is_kept_once() -> None:
    """A break that YAML knows and text files rarely have does not double what follows with every publication."""
    merged, _ = merge_front_matter("license: mit  #\x85# mine\n", DEFAULTS, configs_of(FILES), folders=FOLDERS)
    again, _ = merge_front_matter(merged, DEFAULTS, configs_of(FILES), folders=FOLDERS)
    assert (again, merged.count("# mine")) == (merged, 1)


@pytest.mark.parametrize(
    ("card", "problem"),
    [
        ("---\na: [\n---\n", "no valid YAML"),
        ("---\na: 1\na: 2\n---\n", "no valid YAML"),
        ("---\na: {? {b: {c: 1}} : 2}\n---\n", "no valid YAML"),
        ("---\na: 2024-13-01\n---\n", "no valid YAML"),
        ("---\n- a\n---\n", "no mapping"),
        ("---\nconfigs: x\n---\n", "no list"),
        ("---\nlicense: mit\n\n# Text\n", "no end"),
    ],
)
def test_front_matter_that_cannot_be_read_is_refused(card: str, problem: str) -> None:
    """Nothing is lost by guessing; the message says to repair the card first."""
    with pytest.raises(PublicationError, match=f"{problem}.*Repair README"):
        merge_card(card, facts(), folders=FOLDERS)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_]{3,12}", fullmatch=True),
        st.one_of(st.text(max_size=60), st.booleans(), st.integers(), st.lists(st.text(max_size=8), max_size=3)),
        max_size=5,
    ),
    st.lists(st.from_regex(r"# [a-z ]{1,30}[a-z]", fullmatch=True), max_size=3),
)
def test_no_key_and_no_comment_is_lost(owned: dict[str, object], comments: list[str]) -> None:
    """Whatever the owner has in the front matter is there after merging, spelt so that it reads the same."""
    for name in ("configs", "dataset_info", "license", "pretty_name"):
        owned.pop(name, None)
    old = "".join(f"{comment}\n" for comment in comments) + (yaml.safe_dump(owned) if owned else "")
    merged, _ = merge_front_matter(old, DEFAULTS, configs_of(FILES), folders=FOLDERS)
    loaded = yaml.safe_load(merged)
    assert {name: loaded[name] for name in owned} == owned
    assert [comment for comment in comments if comment not in merged] == []
    assert [each["config_name"] for each in loaded["configs"]] == ["default", "ITM", "instructions"]


@pytest.mark.parametrize("template", ["multiinstruct", "instructblip", "own", "pools"])
def test_templates_have_valid_front_matter(template: str) -> None:
    """Each is a card by itself: a licence, a name, and a place for each section that is filled."""
    text = (Path(__file__).parents[2] / "hub_cards" / f"{template}.md").read_text(encoding="utf-8")
    front, body = split_card(text)
    assert {"license", "pretty_name", "tags"} <= set(yaml.safe_load(front.replace("$title", "x")))
    assert "<!-- section: usage -->" in body
    assert "<!-- section: pool -->" in body


def test_configs_are_counted() -> None:
    """The default config first, with the sums of what it loads; splits in their usual order; no left-out source."""
    recipe = Recipe(
        digest="d",
        configs={
            "ITM": ConfigFacts(role="train", splits={"validation": 1, "train": 1200}, sources={"coco": "references"}),
            "GC": ConfigFacts(role="train", splits={"train": 34}, sources={"own": "whole", "other": "left out"}),
            "VQA": ConfigFacts(role="eval", splits={"test": 5}, sources={"own": "whole"}),
        },
    )
    configs: Configs = {"default": {}, "ITM": {}, "GC": {}, "VQA": {}, "instructions": {}}
    assert configs_section(configs, recipe).split("\n\n")[-1].splitlines() == [
        "| config | for | train | validation | test | pictures | sources |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| `default` | training | 1,234 | 1 |  | in part | those of every config for training |",
        "| `ITM` | training | 1,200 | 1 |  | references | `coco` |",
        "| `GC` | training | 34 |  |  | yes | `own` |",
        "| `VQA` | evaluation |  |  | 5 | yes | `own` |",
    ]


def test_a_text_with_a_fence_stays_inside_its_own() -> None:
    """An instruction may hold three backticks; the code block around it has more."""
    pool = InstructionPool.from_dict({"ITM": ["```\n{text}\n```"]})
    card = merge_card(None, facts(pool=pool), folders=FOLDERS).text
    assert "````text\n'```\\n{text}\\n```'\n````\n" in card
