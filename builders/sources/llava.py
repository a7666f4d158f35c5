"""LLaVA-Instruct-150K: what a language model wrote as talks about pictures of MSCOCO, in three files."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from instraug_datasets.errors import SourceError
from instraug_datasets.hashing import fold

from ..files.json_tables import JsonArray, Table, read_json
from ..files.root import DataRoot
from .mscoco2017 import ARCHIVES, DOWNLOADS, PICTURES
from .spec import Download, Files, Source

__all__ = ["LLAVA_CONVERSATION", "LLAVA_DETAIL", "LLAVA_REASONING", "Turn", "read_turns"]

FOLDER = "LLaVA-Instruct-150K"
_SITE = "https://huggingface.co/datasets/liuhaotian/LLaVA-Instruct-150K"
_MARKER = "<image>"
_SPEAKERS = ("human", "gpt")


def _source(kind: str, title: str, file: str) -> Source:
    return Source(
        name=f"llava_{kind}",
        title=f"LLaVA-Instruct-150K, {title}",
        licence="texts CC BY-NC 4.0 and the terms of use of OpenAI; pictures of MSCOCO under the Flickr terms of their "
        "owners",
        homepage="https://llava-vl.github.io",
        downloads=(_SITE, *(download.url for download in DOWNLOADS)),
        splits={"train": Files((f"{FOLDER}/{file}",), tuple(PICTURES.values()))},
        archives=ARCHIVES,
        note=f"Put {file} into {FOLDER}/, and the zips of pictures into MSCOCO2017/.",
        automatic=(Download(f"{_SITE}/resolve/main/{file}", f"{FOLDER}/{file}"), *DOWNLOADS),
        size="19 GB: pictures of MSCOCO 2017, zipped; texts 0.1 GB",
    )


LLAVA_CONVERSATION = _source("conversation", "conversation", "conversation_58k.json")
LLAVA_REASONING = _source("reasoning", "complex reasoning", "complex_reasoning_77k.json")
LLAVA_DETAIL = _source("detail", "detailed description", "detail_23k.json")


@dataclass(frozen=True, slots=True)
class Turn:
    """What a person says in a talk about a picture, the reply, and the pairs of both that came before."""

    key: str
    picture: str
    text: str
    reply: str
    history: tuple[tuple[str, str], ...]


def read_turns(root: DataRoot, files: Files) -> Table[Turn]:
    """Every turn of every talk of a split."""
    (file,) = files.annotations
    raws = read_json(root, file, kind=list[msgspec.Raw])
    return _Turns(JsonArray(file, raws, kind=_Talk, label="record"))


class _Said(msgspec.Struct):
    speaker: str = msgspec.field(name="from")
    value: str


class _Talk(msgspec.Struct):
    id: str
    image: str
    conversations: list[_Said]


class _Turns(Table[Turn]):
    def __init__(self, talks: JsonArray[_Talk]) -> None:
        self._talks = talks
        self._places: list[tuple[int, int]] = []
        keys, orphans = list[str](), list[SourceError]()
        for place in range(len(talks)):
            try:
                key, turns = self._outline(place)
            except SourceError as error:
                orphans.append(error)
                continue
            self._places += [(place, turn) for turn in range(turns)]
            keys += [f"{key}-{turn}" for turn in range(turns)]
        super().__init__(talks.file, keys, orphans=orphans)

    def _outline(self, place: int) -> tuple[str, int]:
        """What a talk is known by, and how many turns it has.

        Its id is that of its picture, so that two talks may share one: what they say tells them apart.
        """
        talk = self._talks[place]
        pairs = self._pairs(place, talk)
        return f"{talk.id}-{fold(*(text for pair in pairs for text in pair)):016x}", len(pairs)

    def _pairs(self, place: int, talk: _Talk) -> list[tuple[str, str]]:
        said = talk.conversations
        if not said or len(said) % 2 or any(each.speaker != _SPEAKERS[i % 2] for i, each in enumerate(said)):
            problem = "human and gpt do not take turns"
            raise SourceError(problem, file=self._talks.file, record=self._talks.name(place), field="conversations")
        texts = [each.value.replace(_MARKER, "").strip() for each in said]
        return list(zip(texts[::2], texts[1::2], strict=True))

    def _record(self, index: int) -> Turn:
        place, turn = self._places[index]
        talk = self._talks[place]
        pairs = self._pairs(place, talk)
        text, reply = pairs[turn]
        return Turn(self.key(index), talk.image, text, reply, tuple(pairs[:turn]))
