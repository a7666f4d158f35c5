"""LLaVA-Instruct-150K: conversations about pictures of MSCOCO that a language model wrote, in three files."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from instraug_datasets.errors import SourceError
from instraug_datasets.hashing import fold

from ..files.json_tables import JsonArray, read_json
from ..files.root import DataRoot
from ..files.tables import Table
from .shared_pictures import COCO_ARCHIVES, COCO_VERIFIED, TRAIN2017, also_in, downloads_of, files_with
from .spec import Download, Files, Source

__all__ = ["LLAVA_CONVERSATION", "LLAVA_DETAIL", "LLAVA_REASONING", "ConversationTurn", "read_conversation_turns"]

FOLDER = "LLaVA-Instruct-150K"
_SITE = "https://huggingface.co/datasets/liuhaotian/LLaVA-Instruct-150K"
_DOWNLOADS = downloads_of(TRAIN2017)
_MARKER = "<image>"
_PREFIX = re.compile(r"(?:coco/)?(?:train2017|images)/")
"""Folders that later mixtures put before the name of the picture."""

_SPEAKERS = ("human", "gpt")


def _source(kind: str, title: str, file: str) -> Source:
    return Source(
        name=f"llava_{kind}",
        title=f"LLaVA-Instruct-150K, {title}",
        licence="texts CC BY-NC 4.0 and the terms of use of OpenAI; pictures of MSCOCO under the Flickr terms of their "
        "owners",
        homepage="https://llava-vl.github.io",
        downloads=(_SITE, *(download.url for download in _DOWNLOADS)),
        splits={"train": files_with(TRAIN2017, annotations=(f"{FOLDER}/{file}",))},
        alternatives=also_in([f"{FOLDER}/{file}"], "llava"),
        archives=COCO_ARCHIVES,
        note=f"Put {file} into {FOLDER}/, and train2017.zip into MSCOCO2017/.",
        automatic=(Download(f"{_SITE}/resolve/main/{file}", f"{FOLDER}/{file}"), *_DOWNLOADS),
        size="18 GB: pictures of MSCOCO 2017, zipped; texts 0.1 GB",
        verified="The names and sizes of the files, and train2017 as the pictures (haotian-liu/LLaVA: docs/Data.md, "
        f"README.md); {COCO_VERIFIED}",
    )


LLAVA_CONVERSATION = _source("conversation", "conversation", "conversation_58k.json")
LLAVA_REASONING = _source("reasoning", "complex reasoning", "complex_reasoning_77k.json")
LLAVA_DETAIL = _source("detail", "detailed description", "detail_23k.json")


@dataclass(frozen=True, slots=True)
class ConversationTurn:
    """One message of a conversation about a picture, its reply, and the earlier pairs of message and reply."""

    key: str
    picture: str
    text: str
    reply: str
    history: tuple[tuple[str, str], ...]


def read_conversation_turns(root: DataRoot, files: Files) -> Table[ConversationTurn]:
    """Every turn of every conversation."""
    (file,) = files.annotations
    raws = read_json(root, file, kind=list[msgspec.Raw])
    return _Turns(JsonArray(file, raws, kind=_Conversation, label="record"))


class _Message(msgspec.Struct):
    speaker: str = msgspec.field(name="from")
    value: str


class _Conversation(msgspec.Struct):
    id: str | int
    image: str
    conversations: list[_Message]


class _Turns(Table[ConversationTurn]):
    def __init__(self, conversations: JsonArray[_Conversation]) -> None:
        self._conversations = conversations
        self._places: list[tuple[int, int]] = []
        keys, orphans = list[str](), list[SourceError]()
        for place in range(len(conversations)):
            try:
                key, turns = self._key_and_length(place)
            except SourceError as error:
                orphans.append(error)
                continue
            self._places += [(place, turn) for turn in range(turns)]
            keys += [f"{key}-{turn}" for turn in range(turns)]
        super().__init__(conversations.file, keys, orphans=orphans)

    def _key_and_length(self, place: int) -> tuple[str, int]:
        """The key of a conversation and its number of turns.

        The id in the file is that of the picture, which several conversations may share, so that a hash of the texts
        is added.
        """
        conversation = self._conversations[place]
        pairs = self._pairs(place, conversation)
        return f"{conversation.id}-{fold(*(text for pair in pairs for text in pair)):016x}", len(pairs)

    def _pairs(self, place: int, conversation: _Conversation) -> list[tuple[str, str]]:
        messages = conversation.conversations
        if (
            not messages
            or len(messages) % 2
            or any(each.speaker != _SPEAKERS[i % 2] for i, each in enumerate(messages))
        ):
            problem = "expected messages that alternate between human and gpt"
            raise SourceError(
                problem, file=self._conversations.file, record=self._conversations.name(place), field="conversations"
            )
        texts = [each.value.replace(_MARKER, "").strip() for each in messages]
        return list(zip(texts[::2], texts[1::2], strict=True))

    def _record(self, index: int) -> ConversationTurn:
        place, turn = self._places[index]
        conversation = self._conversations[place]
        pairs = self._pairs(place, conversation)
        text, reply = pairs[turn]
        return ConversationTurn(
            self.key(index), _PREFIX.sub("", conversation.image, count=1), text, reply, tuple(pairs[:turn])
        )
