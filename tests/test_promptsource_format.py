"""Published templates in the YAML of promptsource, read as instructions."""

import pytest

from instraug_datasets import InstructionPool
from instraug_datasets.errors import PoolError
from instraug_datasets.promptsource_format import read_promptsource

FIELDS = {"question": "question", "choices": "options", "sentence": "text"}


def written(tmp_path, *templates):
    """Write templates (name, jinja) as promptsource does."""
    lines = ["dataset: my_vqa", "templates:"]
    for number, (name, jinja) in enumerate(templates):
        body = "\n".join(f"      {line}" for line in jinja.splitlines())
        lines += [
            f"  id-{number}: !Template",
            "    answer_choices: null",
            f"    id: id-{number}",
            f"    jinja: |-\n{body}",
            "    metadata: !TemplateMetadata",
            "      original_task: true",
            f"    name: {name}",
        ]
    path = tmp_path / "templates.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_inputs_become_instructions(tmp_path):
    """The part before the bars is the instruction; joined lists are options, and literal braces are escaped."""
    path = written(
        tmp_path,
        ("plain", "Look at the picture.\n{{ question }}\n|||\n{{ answer }}"),
        ("options", "{{question}}\nOptions: {{ choices | join(', ') }} ||| {{choices[label]}}"),
        ("braces", "Fill {this}: {{sentence}} ||| x"),
    )
    found = read_promptsource(path, FIELDS)
    assert found.texts == {
        "plain": "Look at the picture.\n{question}",
        "options": "{question}\nOptions: {options}",
        "braces": "Fill {{this}}: {text}",
    }
    assert found.left_out == {}
    assert len(InstructionPool.from_dict({"my_vqa": found.texts.values()})["my_vqa"]) == 3


def test_what_cannot_be_translated_is_left_out_with_its_reason(tmp_path):
    """Statements, other expressions and unknown columns are not evaluated, and are named."""
    path = written(
        tmp_path,
        ("condition", "{% if question %}{{question}}{% endif %} ||| a"),
        ("code", "{{ question.__class__ }} ||| a"),
        ("unknown", "{{ image_id }} {{question}} ||| a"),
        ("kept", "{{question}} ||| {{ image_id }}"),
    )
    found = read_promptsource(path, FIELDS)
    assert found.texts == {"kept": "{question}"}
    assert found.left_out == {
        "condition": "it has a statement or a comment",
        "code": "it has the expression 'question.__class__'",
        "unknown": "it has the expression 'image_id'",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "templates: 3",
        "templates:\n  a: !Template\n    name: x",
        "templates: !!python/object:os.system {}",
        "a: [",
        "- 1",
    ],
)
def test_another_file_is_refused(tmp_path, text):
    """Files without templates, and YAML that would create objects, are refused."""
    path = tmp_path / "templates.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PoolError, match=r"templates\.yaml is no file of promptsource templates"):
        read_promptsource(path, FIELDS)
