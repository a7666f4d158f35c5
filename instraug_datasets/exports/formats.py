"""The formats: what rows of each training framework look like, declared as one table.

Sources: the pages on dataset formats of TRL (conversational language modeling), LLaMA-Factory (`data/README.md`,
sharegpt with the tags of the openai format), ms-swift (custom dataset), axolotl (multimodal) and LLaVA (custom data).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from ..errors import ExampleError, SettingError

__all__ = ["FORMATS", "Chat", "Format", "row_of"]

MARKER = "<image>"

Part = Mapping[str, Any]


class Chat(NamedTuple):
    """One row to write.

    Attributes:
        unique_id: The example's id, with its epoch.
        turns: Turns as `augment(..., output="messages")` makes them.
        images: The addresses of its pictures, in the order of their places in the turns.
        columns: The example's own columns, without its pictures, and those that its augmenter adds.
    """

    unique_id: str
    turns: Sequence[Mapping[str, Any]]
    images: Sequence[str]
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What the rows of a framework look like.

    Attributes:
        reader: What reads the files.
        file: The name of the file with the rows.
        turns: The column of the turns; empty for none.
        role, text: The keys of a turn.
        roles: What the speakers of turns are called; one that is left out cannot have turns.
        content: What a turn says: `parts` with places of pictures, `paths`, which are parts with the pictures' paths,
            or `marked`, one text with a marker at the place of each picture.
        reserved: What no text of a `marked` turn may contain, as readers replace or count it.
        after_marker: What stands between a marker and the text after it.
        images: The column with the paths of the pictures; empty for none.
        single: Whether one picture is a path instead of a list, and no picture no column at all.
        unique_id: The column with the id; empty for none.
        fields: Whether rows hold the example's own columns, and those that its augmenter adds.
        is_list: Whether the file is one JSON list instead of JSON lines.
        beside: Other files to write, by name.
    """

    reader: str
    file: str
    turns: str = "messages"
    role: str = "role"
    text: str = "content"
    roles: Mapping[str, str] = field(default_factory=lambda: {role: role for role in ("system", "user", "assistant")})
    content: str = "marked"
    after_marker: str = ""
    reserved: tuple[str, ...] = (MARKER,)
    images: str = "images"
    single: bool = False
    unique_id: str = ""
    fields: bool = False
    is_list: bool = False
    beside: Mapping[str, Any] = field(default_factory=dict)


_ROLE_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}
_DATASET_INFO = {
    "instraug": {
        "file_name": "data.jsonl",
        "formatting": "sharegpt",
        "columns": {"messages": "messages", "images": "images"},
        "tags": _ROLE_TAGS,
    }
}

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "jsonl": Format(
            reader='load_dataset("imagefolder", data_dir="OUTPUT")',
            file="metadata.jsonl",
            turns="",
            images="images_file_names",
            fields=True,
        ),
        "trl": Format(
            reader='load_dataset("imagefolder", data_dir="OUTPUT"), for SFTTrainer',
            file="metadata.jsonl",
            content="parts",
            # The image folder of `datasets` makes a column `images` of pictures from these paths.
            images="images_file_names",
        ),
        "llama-factory": Format(
            reader="llamafactory-cli, with dataset_dir: OUTPUT and dataset: instraug",
            file="data.jsonl",
            reserved=(MARKER, "<video>", "<audio>"),
            beside={"dataset_info.json": _DATASET_INFO},
        ),
        "ms-swift": Format(
            reader="swift sft --dataset OUTPUT/data.jsonl",
            file="data.jsonl",
            reserved=(MARKER, "<video>", "<audio>", "<bbox>", "<ref-object>", "<cot-process>", "<start-image>"),
        ),
        "axolotl": Format(
            reader="axolotl train, with datasets: [{path: OUTPUT/data.jsonl, type: chat_template}]",
            file="data.jsonl",
            content="paths",
            images="",
        ),
        "llava": Format(
            reader="train.py of LLaVA, with --data_path OUTPUT/data.json --image_folder OUTPUT",
            file="data.json",
            turns="conversations",
            role="from",
            text="value",
            roles={"user": "human", "assistant": "gpt"},
            after_marker="\n",
            images="image",
            single=True,
            unique_id="id",
            is_list=True,
        ),
    }
)
"""The formats by name."""


def row_of(chat: Chat, form: Format) -> dict[str, Any]:
    """The row of a chat.

    Raises:
        ExampleError: Raised if there is no target, or a text contains the marker for pictures, so that a reader would
            count one too many.
        SettingError: Raised if a turn is the system's where there can be none.
    """
    row: dict[str, Any] = dict(chat.columns) if form.fields else {}
    if form.unique_id:
        row[form.unique_id] = chat.unique_id
    if form.images and not form.single:
        row[form.images] = list(chat.images)
    elif form.images and chat.images:
        row[form.images] = chat.images[0] if len(chat.images) == 1 else list(chat.images)
    if not form.turns:
        return row
    if chat.turns[-1]["role"] != "assistant":
        raise ExampleError(f"Example {chat.unique_id!r} has no target, which is the answer of the last turn.")
    images = iter(chat.images)
    row[form.turns] = [
        {form.role: _role(turn["role"], form), form.text: _content(turn["content"], images, form, chat.unique_id)}
        for turn in chat.turns
    ]
    return row


def _role(role: str, form: Format) -> str:
    if role not in form.roles:
        raise SettingError(f"{form.file} of this format cannot have a turn of the {role}: leave out system=.")
    return form.roles[role]


def _content(parts: Sequence[Part], images: Any, form: Format, unique_id: str) -> Any:
    if form.content == "marked":
        return _marked(parts, form, unique_id)
    listed = []
    for part in parts:
        if part["type"] == "text":
            listed.append({"type": "text", "text": part["text"]})
        else:
            listed.append({"type": "image", "path": next(images)} if form.content == "paths" else {"type": "image"})
    return listed


def _marked(parts: Sequence[Part], form: Format, unique_id: str) -> str:
    pieces = []
    for part in parts:
        if part["type"] == "image":
            pieces.append(MARKER + form.after_marker)
        elif found := next((marker for marker in form.reserved if marker in part["text"]), None):
            raise ExampleError(
                f"Example {unique_id!r}: the text {json.dumps(part['text'])[:200]} contains {found}, which readers of "
                "this format take for the place of something else. Leave the example out, or replace the marker."
            )
        else:
            pieces.append(part["text"])
    return "".join(pieces)
