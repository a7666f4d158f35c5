"""Exports: whole rows of every format, equal bytes, and what reads them."""

import io
import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, load_dataset
from PIL import Image

from instraug_datasets import InstructionPool, augment, export
from instraug_datasets.errors import ExampleError, OutputError, SettingError, UnknownNameError
from instraug_datasets.exports import FORMATS, measure
from instraug_datasets.records import FEATURES, Example

POOL = InstructionPool.from_dict(
    {"vqa": ["Look: {question}", "Answer this: {question}"], "chat": ["So far: {history}\nNow: {question}"]}
)


def picture(color: str, kind: str = "PNG") -> bytes:
    """The bytes of a small picture."""
    content = io.BytesIO()
    Image.new("RGB", (4, 4), color).save(content, kind)
    return content.getvalue()


def data() -> Dataset:
    """Two pictures in one example, a dialogue about one of them, and an example without pictures."""
    red, blue = ({"bytes": picture("red"), "path": None}, {"bytes": picture("blue", "JPEG"), "path": "blue.jpeg"})
    rows = [
        Example(unique_id="a", task="vqa", source="toy", images=(red, blue), question="is it?", target="Yes."),
        Example(
            unique_id="b",
            task="chat",
            source="toy",
            images=(red,),
            question="and “now”?",
            history=({"question": "big?", "answer": "no"},),
            target="é",
        ),
        Example(unique_id="c", task="vqa", source="toy", images=(), question="why?", target="So."),
    ]
    return Dataset.from_list([each.to_dict() for each in rows], features=FEATURES)


def augmented(**options: Any) -> Any:
    """The data under one wording."""
    return augment(data(), POOL, max_instructions=1, seed=1, **options)


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file."""
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def ask() -> str:
    """The words before a question."""
    prompts = augmented()[:]["prompt"]
    return str(prompts[0]).removesuffix("is it?")


@pytest.fixture
def names(tmp_path: Path) -> tuple[str, str]:
    """The picture files of an export, the red one and the blue one."""
    export(augmented(), "ms-swift", tmp_path / "names")
    rows = read(tmp_path / "names" / "data.jsonl")
    red, blue = rows[0]["images"]
    assert (tmp_path / "names" / red).read_bytes() == picture("red")
    assert (tmp_path / "names" / blue).read_bytes() == picture("blue", "JPEG")
    assert sorted(path.name for path in (tmp_path / "names" / "images").iterdir()) == sorted(
        Path(each).name for each in (red, blue)
    )
    return red, blue


def parts(*texts: str | dict[str, str]) -> list[dict[str, str]]:
    """Parts of a turn: texts, or others as they are."""
    return [{"type": "text", "text": each} if isinstance(each, str) else each for each in texts]


def test_rows_of_turns_with_parts(tmp_path: Path, ask: str, names: tuple[str, str]) -> None:
    """TRL's places of pictures beside their files, and axolotl's paths inside of turns."""
    red, blue = names
    for name, images in (("trl", [{"type": "image"}] * 2), ("axolotl", [{"type": "image", "path": p} for p in names])):
        export(augmented(), name, tmp_path / name)
        rows = read(tmp_path / name / FORMATS[name].file)
        assert [row["messages"] for row in rows] == [
            [
                {"role": "user", "content": parts(*images, f"{ask}is it?")},
                {"role": "assistant", "content": parts("Yes.")},
            ],
            [
                {"role": "user", "content": parts(images[0], "big?")},
                {"role": "assistant", "content": parts("no")},
                {"role": "user", "content": parts("So far: (the turns above)\nNow: and “now”?")},
                {"role": "assistant", "content": parts("é")},
            ],
            [{"role": "user", "content": parts(f"{ask}why?")}, {"role": "assistant", "content": parts("So.")}],
        ]
        files = [[red, blue], [red], []]
        assert [row.get("images_file_names") for row in rows] == (files if name == "trl" else [None] * 3)
        assert {tuple(row) for row in rows} == {("images_file_names", "messages") if name == "trl" else ("messages",)}


@pytest.mark.parametrize("name", ["llama-factory", "ms-swift"])
def test_rows_of_turns_with_markers(tmp_path: Path, ask: str, names: tuple[str, str], name: str) -> None:
    """As many markers as pictures, and the history in turns of its own."""
    red, blue = names
    export(augmented(output="messages", system="Be brief."), name, tmp_path / name)
    system = {"role": "system", "content": "Be brief."}
    assert read(tmp_path / name / "data.jsonl") == [
        {
            "images": [red, blue],
            "messages": [
                system,
                {"role": "user", "content": f"<image><image>{ask}is it?"},
                {"role": "assistant", "content": "Yes."},
            ],
        },
        {
            "images": [red],
            "messages": [
                system,
                {"role": "user", "content": "<image>big?"},
                {"role": "assistant", "content": "no"},
                {"role": "user", "content": "So far: (the turns above)\nNow: and “now”?"},
                {"role": "assistant", "content": "é"},
            ],
        },
        {
            "images": [],
            "messages": [
                system,
                {"role": "user", "content": f"{ask}why?"},
                {"role": "assistant", "content": "So."},
            ],
        },
    ]


def test_the_description_for_llama_factory(tmp_path: Path) -> None:
    """It names the file, the columns and the roles that rows have."""
    export(augmented(), "llama-factory", tmp_path / "out")
    assert json.loads((tmp_path / "out" / "dataset_info.json").read_text(encoding="utf-8")) == {
        "instraug": {
            "file_name": "data.jsonl",
            "formatting": "sharegpt",
            "columns": {"messages": "messages", "images": "images"},
            "tags": {
                "role_tag": "role",
                "content_tag": "content",
                "user_tag": "user",
                "assistant_tag": "assistant",
                "system_tag": "system",
            },
        }
    }


def test_rows_for_llava(tmp_path: Path, ask: str, names: tuple[str, str]) -> None:
    """One JSON list; one picture is a path, several are a list, and without pictures there is no key."""
    red, blue = names
    export(augmented(), "llava", tmp_path / "out")
    assert read(tmp_path / "out" / "data.json") == [
        {
            "id": "a",
            "image": [red, blue],
            "conversations": [
                {"from": "human", "value": f"<image>\n<image>\n{ask}is it?"},
                {"from": "gpt", "value": "Yes."},
            ],
        },
        {
            "id": "b",
            "image": red,
            "conversations": [
                {"from": "human", "value": "<image>\nbig?"},
                {"from": "gpt", "value": "no"},
                {"from": "human", "value": "So far: (the turns above)\nNow: and “now”?"},
                {"from": "gpt", "value": "é"},
            ],
        },
        {
            "id": "c",
            "conversations": [{"from": "human", "value": f"{ask}why?"}, {"from": "gpt", "value": "So."}],
        },
    ]
    with pytest.raises(SettingError, match=r"cannot have a turn of the system: leave out system="):
        export(augmented(output="messages", system="Be brief."), "llava", tmp_path / "system")


def test_rows_with_our_columns(tmp_path: Path, names: tuple[str, str]) -> None:
    """Every column as the data have it, pictures as files, and the prompt as it is read."""
    export(augmented(), "jsonl", tmp_path / "out")
    rows = augmented()[:]
    images = [list(names), [names[0]], []]
    assert read(tmp_path / "out" / "metadata.jsonl") == [
        {
            **{name: values[number] for name, values in rows.items() if name != "images"},
            "images_file_names": images[number],
        }
        for number in range(3)
    ]


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", FORMATS)
def test_epochs_have_fresh_wordings_and_equal_bytes(tmp_path: Path, name: str) -> None:
    """Epoch after epoch as `set_epoch` gives them, the same from a stream; pictures are there once."""
    data_ = augment(data(), POOL, seed=1)
    stream = augment(data().to_iterable_dataset(), POOL, seed=1)
    sizes = export(data_, name, tmp_path / "map", epochs=2)
    assert export(stream, name, tmp_path / "stream", epochs=2) == sizes
    files = folder_bytes(tmp_path / "map")
    assert folder_bytes(tmp_path / "stream") == files
    assert (sizes.examples, sizes.rows, sizes.pictures) == (3, 6, 2)
    assert sizes.picture_bytes == len(picture("red")) + len(picture("blue", "JPEG"))
    text = files[FORMATS[name].file].decode()
    assert sizes.row_bytes == len(text.encode())
    for epoch in range(2):
        export(data_.at_epoch(epoch), name, tmp_path / f"epoch{epoch}")
    apart = [read(tmp_path / f"epoch{epoch}" / FORMATS[name].file) for epoch in range(2)]
    assert apart[0] != apart[1]
    key = {"llava": "id", "jsonl": "unique_id"}.get(name, "")
    for epoch, rows in enumerate(apart):
        for row in rows if key else []:
            row[key] += f"#{epoch}"
    assert read(tmp_path / "map" / FORMATS[name].file) == [*apart[0], *apart[1]]


@pytest.mark.parametrize("name", FORMATS)
def test_sizes_are_told_before_anything_is_written(tmp_path: Path, name: str) -> None:
    """Of one epoch exactly; a list has a few bytes around its rows."""
    told, written = measure(augmented(), name), export(augmented(), name, tmp_path / "out")
    assert told[:4] == written[:4]
    assert 0 <= written.row_bytes - told.row_bytes <= (8 if FORMATS[name].is_list else 0)
    assert measure(augmented(), name, epochs=3).rows == 9


@pytest.mark.parametrize("name", ["trl", "jsonl"])
def test_an_image_folder_loads_with_its_pictures(tmp_path: Path, name: str) -> None:
    """`datasets` gives the pictures of each row, in order, and the turns as they were made."""
    export(augmented(), name, tmp_path / "out")
    loaded = load_dataset("imagefolder", data_dir=str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "c"))
    assert [[image.getpixel((0, 0)) for image in row["images"]] for row in loaded][1:] == [[(255, 0, 0)], []]
    assert [len(row["images"]) for row in loaded] == [2, 1, 0]
    if name == "trl":
        assert [row["messages"] for row in loaded] == [
            [
                {**turn, "content": [{"type": part["type"], "text": part.get("text")} for part in turn["content"]]}
                for turn in row["messages"]
            ]
            for row in read(tmp_path / "out" / "metadata.jsonl")
        ]


@pytest.mark.parametrize("name", ["llama-factory", "ms-swift", "axolotl", "llava"])
def test_rows_load_as_json(tmp_path: Path, name: str) -> None:
    """The reader that these frameworks use gives every row, and each path leads to a picture."""
    export(augmented(), name, tmp_path / "out", epochs=2)
    form = FORMATS[name]
    file = str(tmp_path / "out" / form.file)
    if name == "llava":  # LLaVA reads its file with the json module: a path or a list of paths
        loaded = read(Path(file))
    else:
        loaded = load_dataset("json", data_files=file, split="train", cache_dir=str(tmp_path / "c")).to_list()
    assert len(loaded) == 6
    assert [len(row[form.turns]) for row in loaded] == [2, 4, 2] * 2
    for row in loaded[:3] if form.images == "images" else []:
        said = "".join(turn["content"] for turn in row["messages"])
        assert said.count("<image>") == len(row["images"])
        for path in row["images"]:
            assert (tmp_path / "out" / path).is_file()


def test_what_cannot_be_exported_is_refused(tmp_path: Path) -> None:
    """Unknown formats, data that are not augmented, a marker in a text, no target; nothing is left behind."""
    with pytest.raises(UnknownNameError, match="Did you mean 'llama-factory'"):
        export(augmented(), "llama_factory", tmp_path / "out")
    with pytest.raises(SettingError, match=r"that augment\(\) made, but got Dataset"):
        export(data(), "trl", tmp_path / "out")
    with pytest.raises(SettingError, match="epochs must be a whole number from 1"):
        export(augmented(), "trl", tmp_path / "out", epochs=0)
    boxed = data().map(lambda row: {"target": "a <bbox> tag"})
    with pytest.raises(ExampleError, match=r"Example 'a': the text .* contains <bbox>"):
        export(augment(boxed, POOL), "ms-swift", tmp_path / "out")
    marked = data().map(lambda row: {"target": "an <image> tag"})
    with pytest.raises(ExampleError, match=r"Example 'a': the text .* contains <image>"):
        export(augment(marked, POOL), "ms-swift", tmp_path / "out")
    mute = data().map(lambda row: {"target": None}, features=data().features)
    with pytest.raises(ExampleError, match="Example 'a' has no target"):
        export(augment(mute, POOL), "trl", tmp_path / "out")
    broken = Dataset.from_list([{**data()[2], "images": [{"bytes": b"no", "path": None}]}], features=FEATURES)
    with pytest.raises(ExampleError, match="Example 'c': a picture cannot be read"):
        export(augment(broken, POOL), "trl", tmp_path / "out")
    empty = Dataset.from_list([{**data()[2], "images": [None]}], features=FEATURES)
    with pytest.raises(ExampleError, match="Example 'c': a picture has neither bytes nor a path"):
        export(augment(empty, POOL), "trl", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["trl", "jsonl"])
def test_a_filtered_stream_keeps_its_pictures_and_its_epoch(tmp_path: Path, name: str) -> None:
    """A filter that has looked at pictures changes no byte of them; the stream shows what it showed."""
    rows = augmented().filter(lambda row: len(row["images"]) > 0)
    export(rows, name, tmp_path / "rows", epochs=2)
    stream = augment(data().to_iterable_dataset(), POOL, max_instructions=1, seed=1)
    stream = stream.filter(lambda row: [each.size for each in row["images"]][:1] == [(4, 4)])
    stream.set_epoch(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export(stream, name, tmp_path / "stream", epochs=2)
    assert folder_bytes(tmp_path / "stream") == folder_bytes(tmp_path / "rows")
    assert stream.epoch == 3


CHANGES: dict[str, Any] = {
    "repeated": (lambda stream: stream.repeat(2), "Example 'a' has another 'prompt' than augment"),
    "prompts changed": (
        lambda stream: stream.map(lambda row: {"prompt": row["prompt"].upper()}, features=stream.features),
        "Example 'a' has another 'prompt' than augment",
    ),
    "a column renamed": (lambda stream: stream.rename_column("question", "q"), "needs the field 'question'"),
    "columns left out": (lambda stream: stream.select_columns(["images", "prompt"]), "has no unique_id"),
    "columns unknown": (lambda stream: stream.map(lambda row: row), r"export\(stream\.cast\(features\), \.\.\.\)"),
}


@pytest.mark.parametrize(("change", "message"), CHANGES.values(), ids=CHANGES)
def test_what_a_stream_has_lost_is_said(tmp_path: Path, change: Any, message: str) -> None:
    """Prompts that differ from those that would be written, and columns that instructions need."""
    stream = change(augment(data().to_iterable_dataset(), POOL, seed=1))
    with pytest.raises(SettingError, match=message):
        export(stream, "trl", tmp_path / "out")


def test_rows_have_the_columns_that_are_shown(tmp_path: Path) -> None:
    """Under the names that they are shown by."""
    shown = augmented().select_columns(["unique_id", "prompt", "images"]).rename_columns({"unique_id": "id"})
    export(shown, "jsonl", tmp_path / "out", epochs=2)
    rows = read(tmp_path / "out" / "metadata.jsonl")
    assert [list(row) for row in rows] == [["id", "prompt", "images_file_names"]] * 6
    assert [row["id"] for row in rows] == ["a#0", "b#0", "c#0", "a#1", "b#1", "c#1"]


def test_a_folder_is_replaced_only_by_force(tmp_path: Path) -> None:
    """And only one that is an export."""
    out = tmp_path / "out"
    export(augmented(), "trl", out)
    with pytest.raises(OutputError, match="exists already; --force or force=True replaces it"):
        export(augmented(), "llava", out)
    export(augmented(), "llava", out, force=True)
    assert sorted(path.name for path in out.iterdir()) == ["data.json", "images"]
    (tmp_path / "mine").mkdir()
    with pytest.raises(OutputError, match="is no export"):
        export(augmented(), "llava", tmp_path / "mine", force=True)


@pytest.mark.parametrize("as_bytes", [False, True])
@pytest.mark.parametrize("as_list", [False, True])
def test_pictures_may_be_paths_or_bytes(tmp_path: Path, as_list: bool, as_bytes: bool) -> None:
    """A table of one's own has its pictures, one or a list of them, in a column of its own name."""
    path = tmp_path / "red.png"
    path.write_bytes(picture("red"))
    photo = picture("red") if as_bytes else str(path)
    table = Dataset.from_dict({"id": [1], "query": ["why?"], "photo": [[photo] if as_list else photo]})
    columns = {"unique_id": "id", "question": "query", "images": "photo"}
    export(augment(table, POOL, task="vqa", columns=columns, seed=1), "jsonl", tmp_path / "out")
    (row,) = read(tmp_path / "out/metadata.jsonl")
    (name,) = row["images_file_names"]
    assert (tmp_path / "out" / name).read_bytes() == picture("red")


def test_pictures_that_a_map_has_changed_are_written(tmp_path: Path) -> None:
    """They come decoded."""
    stream = augment(data().to_iterable_dataset(), POOL, seed=1)
    stream = stream.map(
        lambda row: {"images": [each.resize((2, 3)) for each in row["images"]]}, features=stream.features
    )
    export(stream, "trl", tmp_path / "out")
    rows = read(tmp_path / "out" / "metadata.jsonl")
    assert [[size(tmp_path / "out" / name) for name in row["images_file_names"]] for row in rows] == [
        [(2, 3), (2, 3)],
        [(2, 3)],
        [],
    ]


def size(path: Path) -> tuple[int, int]:
    """The size of a picture."""
    with Image.open(path) as opened:
        return opened.size
