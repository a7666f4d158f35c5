"""What docs/export.md says is what the library does."""

import re
from pathlib import Path

from instraug_datasets.exports import FORMATS
from instraug_datasets.recipe import PromptSettings, TrainingRecipe

PAGE = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")


def test_the_recipe_of_the_page_is_one() -> None:
    """It is read as it stands, with every key that it shows."""
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert TrainingRecipe.from_yaml(text) == TrainingRecipe(
        benchmark="multiinstruct",
        tasks=("ITM", "image_caption"),
        pool="multiinstruct",
        prompts=PromptSettings(
            seed=42, options_style="letters", styles={"length": ["medium", "short"]}, max_instructions=30
        ),
        epochs=3,
        wordings="heldout",
    )


def test_the_table_names_every_format_and_its_files() -> None:
    """In the order of the declarations."""
    table = PAGE[PAGE.index("| `jsonl` |") :].split("\n\n")[0]
    rows = re.findall(r"^\| `([\w-]+)` \| (.*?) \|", table, re.MULTILINE)
    assert [name for name, _ in rows] == list(FORMATS)
    for name, files in rows:
        assert [f for f in re.findall(r"`([\w.]+\.jsonl?)`", files)] == [FORMATS[name].file, *FORMATS[name].beside]
