"""`instraug init`: a commented file of tasks to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import OutputError
from .output import print_message

__all__ = ["init"]

_TEMPLATE = """\
# Your own tasks and their instructions, for `instraug expand {name} -o pool.parquet`.

benchmark: mine                # any name
category: Visual Question Answering   # any text

tasks:
  my_vqa:                      # the name of the task, as in the column `task` of your data
    # What each instruction must contain, as {{question}}. Known fields: {fields}.
    fields: [question]
    # What an instruction may contain:
    # optional_fields: [context]
    # How answers are scored: {metrics}.
    metric: vqa_accuracy
    # At least one instruction; a handful of different ones makes a better pool.
    instructions:
    - "Look at the image and answer the question: {{question}}"
    - "{{question}}\\n\\nAnswer in one or two words."

  my_captions:
    metric: cider
    instructions:
    - "Describe the image in one sentence."
    - "Write a caption for this picture."
"""


def init(
    output: Annotated[Path, typer.Argument(metavar="FILE", help="The YAML file to write.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write a commented task file to edit and to expand.

    Example:
        instraug init tasks.yaml
        instraug expand tasks.yaml -o pool.parquet
    """
    from ..records import FIELDS
    from ..tasks.spec import METRICS

    if output.exists() and not force:
        raise OutputError(f"{str(output)!r} exists already; --force replaces it.")
    text = _TEMPLATE.format(name=output, fields=", ".join(FIELDS), metrics=", ".join(METRICS))
    output.write_text(text, encoding="utf-8")
    print_message(f"Wrote {output}. Edit it, then: instraug expand {output} -o pool.parquet")
