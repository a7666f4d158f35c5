"""Presets, settings and meta-prompts: what they hold, and what they refuse."""

import pytest

from instraug_datasets.errors import SettingError, UnknownNameError
from instraug_datasets.expansion import PRESETS, Config, make_config
from instraug_datasets.expansion.cost_estimate import estimate_cost
from instraug_datasets.expansion.few_shot_examples import FEW_SHOT_EXAMPLES
from instraug_datasets.expansion.meta_prompts import META_PROMPTS, resolve_meta_prompt
from instraug_datasets.filters import FILTERS
from instraug_datasets.templates import parse
from tests.expansion.toy import TASKS

GUIDED = ["synonyms", "reordering", "simpler", "concise", "active_voice"]


@pytest.mark.parametrize(
    ("preset", "temperatures", "rounds", "replies"),
    [
        ("instraug", [0.6], 1, 10),
        ("instraug-mt", [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0], 1, 110),
        ("instraug-iter", [0.6], 2, 10),
    ],
)
def test_presets_are_the_modes_of_the_paper(preset, temperatures, rounds, replies):
    """Presets have the paper's meta-prompts, temperatures, top_p, rounds, masks and length bounds."""
    config = make_config("transformers", preset=preset).to_dict()
    facts = (
        "meta_prompts",
        "temperatures",
        "rounds",
        "top_p",
        "masks",
        "repairs",
        "length_ratio",
        "count_placeholders",
    )
    assert {name: config[name] for name in facts} == {
        "meta_prompts": [*GUIDED, *["generic"] * 5],
        "temperatures": temperatures,
        "rounds": rounds,
        "top_p": 0.9,
        "masks": "letters",
        "repairs": 0,
        "length_ratio": [0.0, 2.0],
        "count_placeholders": True,
    }
    planned = estimate_cost(TASKS, make_config("transformers", preset=preset))
    assert planned.requests == replies * planned.meta_instructions


def test_both_published_length_bounds_can_be_named():
    """`research` and `released` are 0.5 to 1.5 and 0 to 2."""
    assert Config(length_ratio="research").length_ratio == (0.5, 1.5)  # type: ignore[arg-type]
    assert Config(length_ratio="released").length_ratio == (0.0, 2.0)  # type: ignore[arg-type]


def test_settings_count_before_the_preset_and_the_preset_before_the_engine():
    """Settings override the preset, which overrides the engine's defaults."""
    config = make_config("grammar", preset="instraug", top_p=0.5)
    assert (config.top_p, config.masks, config.temperatures) == (0.5, "letters", (0.6,))


def test_the_settings_written_beside_a_pool_are_a_preset(tmp_path):
    """A run can be repeated from its settings file."""
    config = Config(temperatures=(0.5,), masks="letters", target=None)
    file = tmp_path / "pool.settings.yaml"
    import yaml

    file.write_text(yaml.safe_dump({"engine": "mock", "settings": config.to_dict()}), encoding="utf-8")
    assert make_config("mock", preset=str(file)) == config


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"targets": 3}, UnknownNameError, "Unknown setting 'targets'. Did you mean 'target'"),
        ({"filters": ["lenght"]}, UnknownNameError, "Unknown filter 'lenght'"),
        ({"meta_prompts": ["synonym"]}, UnknownNameError, "Unknown meta-prompt 'synonym'"),
        ({"masks": "numbers"}, UnknownNameError, "Unknown mask style 'numbers'"),
        ({"length_ratio": "paper"}, UnknownNameError, "Unknown length ratio 'paper'"),
        ({"length_ratio": [2, 1]}, SettingError, "length_ratio"),
        ({"length_ratio": [1, 10**400]}, SettingError, "length_ratio must be two numbers"),
        ({"target": 0}, SettingError, "target must be a whole number from 1 to 1000000, but got 0"),
        ({"target": "many"}, SettingError, "'many'"),
        ({"temperatures": []}, SettingError, "at least one temperature"),
        ({"temperatures": [-1]}, SettingError, "temperature must be"),
        ({"temperatures": 0.7}, SettingError, "temperatures must be a list"),
        ({"meta_prompts": []}, SettingError, "No meta-prompts are configured"),
        ({"meta_prompts": [0.5]}, SettingError, "meta_prompts must list ids or sentences, but got 0.5"),
        ({"filters": [["empty"]]}, UnknownNameError, "Unknown filter"),
        ({"masks": []}, UnknownNameError, "Unknown mask style"),
        ({"rounds": 3, "max_rounds": 2}, SettingError, "max_rounds must be at least rounds"),
        ({"top_p": 1.5}, SettingError, "top_p"),
    ],
)
def test_settings_outside_their_range_are_refused(settings, kind, message):
    """The message names the setting, the value and what was expected."""
    with pytest.raises(kind, match=message.replace("(", r"\(")):
        make_config("mock", **settings)


@pytest.mark.parametrize("content", ["- a\n- b\n", "text", "{unclosed", "settings: 3\n"])
def test_a_file_that_holds_no_settings_is_refused(tmp_path, content):
    """The message names the file."""
    file = tmp_path / "mine.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingError, match=r"mine\.yaml"):
        make_config("mock", preset=str(file))


def test_an_unknown_preset_is_refused():
    """The message shows close matches."""
    with pytest.raises(UnknownNameError, match="Did you mean 'instraug-mt'"):
        make_config("mock", preset="instraug-tm")
    with pytest.raises(SettingError, match=r"nowhere\.yaml"):
        make_config("mock", preset="nowhere.yaml")


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_complete(name):
    """Each preset gives a complete config."""
    assert make_config("transformers", preset=name).filters


def test_meta_prompts_are_sentences_without_braces():
    """Meta-prompts are distinct whole sentences without braces."""
    orders = [each.text for each in META_PROMPTS.values()]
    assert [order for order in orders if not order.endswith(".") or "{" in order] == []
    assert len(set(orders)) == len(orders) >= 12


def test_an_order_of_ones_own_has_an_id_of_its_content():
    """A custom sentence is a meta-prompt with a content-derived id."""
    order = "Write it as a riddle."
    assert resolve_meta_prompt(order).text == order
    assert resolve_meta_prompt(order).name.startswith("own/")
    assert resolve_meta_prompt(order) == resolve_meta_prompt(order)


def test_an_order_that_is_no_unicode_is_refused():
    """Half of a surrogate pair, as cut chat logs have, could be neither hashed nor sent to a model."""
    with pytest.raises(SettingError, match="half of a surrogate pair"):
        resolve_meta_prompt("Write it \ud83d shorter.")


def test_shots_keep_their_placeholders():
    """In every example both sides have the same placeholders and different texts."""
    for example in FEW_SHOT_EXAMPLES:
        assert sorted(parse(example.before).names) == sorted(parse(example.after).names), example
        assert example.before != example.after


def test_no_shot_is_an_instruction_of_a_task():
    """Few-example examples are not declared instructions, so that copies can be detected."""
    from instraug_datasets.filters import normalize
    from instraug_datasets.tasks import BENCHMARKS

    declared = {
        normalize(text) for tasks in BENCHMARKS.values() for task in tasks.values() for text in task.instructions
    }
    assert [
        example for example in FEW_SHOT_EXAMPLES if {normalize(example.before), normalize(example.after)} & declared
    ] == []


def test_filters_have_a_summary_and_reasons():
    """Every filter has a summary and reasons."""
    assert [row.name for row in FILTERS.values() if not row.summary.startswith("Drops ") or not row.reasons] == []
