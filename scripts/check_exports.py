"""Reads exports with the code of the frameworks that they are for, each in an environment of its own.

python scripts/check_exports.py write DIR            # with this package: an export per format, and what must be read
python scripts/check_exports.py read FORMAT DIR      # with that framework; this package is not needed

Reading compares every turn, its places of pictures and the pictures themselves, and ends with exit code 1 if they
differ. `docs/export.md` says which versions were checked, and how to install them.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import io
import json
import os
import sys
import types
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeAlias

from PIL import Image

MARKER = "<image>"
Row: TypeAlias = dict[str, Any]
"""`turns`, as pairs of role and text with a marker for each picture, and `pictures`, as colors."""


def main(action: str, *arguments: str) -> None:
    """Write exports, or read one."""
    if action == "write":
        write(Path(arguments[0]))
        return
    name, folder = arguments[0], Path(arguments[1]).resolve()
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    os.chdir(folder / name)
    found = json.loads(json.dumps(list(READERS[name](folder / name))))
    if name == "llava":  # the original LLaVA takes one picture, and a line break follows its marker
        expected = [row for row in expected if len(row["pictures"]) < 2]
        for row in expected:
            row["turns"] = [[role, text.replace(MARKER, MARKER + "\n")] for role, text in row["turns"]]
    differing = [each for each in zip(expected, found, strict=True) if each[0] != each[1]]
    for wanted, read in differing:
        sys.stdout.write(f"expected {wanted}\nread     {read}\n")
    sys.stdout.write(f"{name}: {len(found)} rows, {len(differing)} differ\n")
    sys.exit(bool(differing))


def write(folder: Path) -> None:
    """Export two epochs of three examples: two pictures, a dialogue about one, and none."""
    from datasets import Dataset

    from instraug_datasets import InstructionPool, augment, export
    from instraug_datasets.exports import FORMATS
    from instraug_datasets.records import FEATURES, Example

    pool = InstructionPool.from_dict(
        {"vqa": ["Look: {question}", "{question}\n\nAnswer “briefly”."], "chat": ["{history}\nNow: {question}"]}
    )
    red, blue = ({"bytes": _picture(color, kind), "path": None} for color, kind in (("red", "PNG"), ("blue", "JPEG")))
    turns = ({"question": "big?", "answer": "no"}, {"question": "old?", "answer": "yes"})
    examples = [
        Example(unique_id="a", task="vqa", source="toy", images=(red, blue), question="the same?", target="Yes."),
        Example(unique_id="b", task="chat", source="toy", images=(red,), question="é?", history=turns, target="ü"),
        Example(unique_id="c", task="vqa", source="toy", images=(), question="<b>why?</b>", target='So: "x".'),
    ]
    data = Dataset.from_list([each.to_dict() for each in examples], features=FEATURES)
    augmented = augment(data, pool, seed=3, output="messages", history="turns")
    for name in FORMATS:
        export(augmented, name, folder / name, epochs=2, force=True)
    expected = []
    for epoch in range(2):
        augmented.set_epoch(epoch)
        expected += [_row(row["messages"], row["images"]) for row in augmented]
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")


def _picture(color: str, kind: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (64, 64), color).save(content, kind)
    return content.getvalue()


def _row(messages: list[dict[str, Any]], pictures: list[Any]) -> Row:
    """A row of turns that are texts or lists of parts."""
    texts = [
        (each["role"], each["content"] if isinstance(each["content"], str) else "".join(map(_text, each["content"])))
        for each in messages
    ]
    return {"turns": texts, "pictures": [_color(picture) for picture in pictures]}


def _text(part: dict[str, Any]) -> str:
    return str(part["text"]) if part["type"] == "text" else MARKER


def _color(picture: Any) -> str:
    """The color of a picture or of a picture file."""
    image = picture if isinstance(picture, Image.Image) else Image.open(picture)
    red, _, blue = image.convert("RGB").getpixel((1, 1))  # type: ignore[misc]  # three bands
    return "red" if red > blue else "blue"


def read_jsonl(folder: Path) -> Iterator[Row]:
    """The pictures of `datasets`' image folder; this format has no turns, so that the prompts stand for them."""
    from datasets import load_dataset

    expected = json.loads((folder.parent / "expected.json").read_text(encoding="utf-8"))
    rows = load_dataset("imagefolder", data_dir=str(folder), split="train")
    for row, wanted in zip(rows, expected, strict=True):
        yield {**wanted, "pictures": [_color(picture) for picture in row["images"] or []]}


def read_trl(folder: Path) -> Iterator[Row]:
    """As the collator of `SFTTrainer` prepares rows."""
    from datasets import load_dataset
    from trl.data_utils import prepare_multimodal_messages

    for row in load_dataset("imagefolder", data_dir=str(folder), split="train"):
        messages = prepare_multimodal_messages(row["messages"], images=row["images"] or [])
        parts = [part for turn in messages for part in turn["content"] if part["type"] == "image"]
        yield _row(messages, [part["image"] for part in parts])


def read_llama_factory(folder: Path) -> Iterator[Row]:
    """As `llamafactory-cli train` loads and checks rows."""
    if importlib.util.find_spec("torchaudio") is None:  # imported for audio, which there is none of
        sys.modules["torchaudio"] = types.ModuleType("torchaudio")
        sys.modules["torchaudio"].__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
    from llamafactory.data.loader import _load_single_dataset
    from llamafactory.data.mm_plugin import BasePlugin
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.hparams import DataArguments, ModelArguments

    (described,) = get_dataset_list(["instraug"], str(folder))
    data = DataArguments(dataset_dir=str(folder), media_dir=str(folder))
    training = types.SimpleNamespace(local_process_index=0, dataloader_num_workers=0)
    plugin = BasePlugin(image_token=MARKER, video_token=None, audio_token=None)
    for row in _load_single_dataset(described, ModelArguments(model_name_or_path="none"), data, training):
        turns = [*row["_prompt"], *row["_response"]]
        plugin._validate_messages(turns, row["_images"] or [], [], [])
        yield _row(turns, row["_images"] or [])


def read_ms_swift(folder: Path) -> Iterator[Row]:
    """As `swift sft` loads rows, without dropping any."""
    from swift.dataset import load_dataset
    from swift.template.template_inputs import StdTemplateInputs

    rows, _ = load_dataset([str(folder / "data.jsonl")], strict=True, load_from_cache_file=False)
    for row in rows:
        inputs = StdTemplateInputs.from_dict(deepcopy(row))
        yield _row(inputs.messages, [each["path"] if isinstance(each, dict) else each for each in inputs.images])


def read_axolotl(folder: Path) -> Iterator[Row]:
    """As axolotl's collator for pictures prepares rows; it loads them with `datasets`."""
    from axolotl.processing_strategies import ProcessingStrategy
    from datasets import load_dataset

    rows = load_dataset("json", data_files=str(folder / "data.jsonl"), split="train")
    for row in ProcessingStrategy(types.SimpleNamespace())(list(rows)):
        parts = [part for turn in row["messages"] for part in turn["content"] if part["type"] == "image"]
        yield _row(row["messages"], [part["path"] for part in parts])


def read_llava(folder: Path) -> Iterator[Row]:
    """As `train.py` of LLaVA reads rows and places pictures; it takes one picture a row."""
    import transformers.trainer

    if not hasattr(transformers.trainer, "ALL_LAYERNORM_LAYERS"):  # LLaVA imports it; transformers 5 has it no more
        transformers.trainer.ALL_LAYERNORM_LAYERS = []
    from llava.train.train import LazySupervisedDataset, preprocess_multimodal

    options = types.SimpleNamespace(is_multimodal=True, mm_use_im_start_end=False, image_folder=str(folder))
    speakers = {"human": "user", "gpt": "assistant"}
    for row in LazySupervisedDataset(str(folder / "data.json"), tokenizer=None, data_args=options).list_data_dict:
        if isinstance(row.get("image"), list):
            continue
        (turns,) = preprocess_multimodal([deepcopy(row["conversations"])], options)
        messages = [{"role": speakers[turn["from"]], "content": turn["value"]} for turn in turns]
        yield _row(messages, [folder / row["image"]] if "image" in row else [])


READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "jsonl": read_jsonl,
    "trl": read_trl,
    "llama-factory": read_llama_factory,
    "ms-swift": read_ms_swift,
    "axolotl": read_axolotl,
    "llava": read_llava,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
