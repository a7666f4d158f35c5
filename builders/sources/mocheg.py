"""MOCHEG: claims with the verdicts and rulings of fact checkers, and pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from ..files.csv_tables import read_csv
from ..files.root import Archive, DataRoot
from ..files.tables import ListTable, Table
from .spec import Files, Source

__all__ = ["MOCHEG", "Claim", "Truthfulness", "read_claims"]

FOLDER = "mocheg/mocheg"
_PROOF = "-proof"

Truthfulness: TypeAlias = Literal["supported", "refuted", "NEI"]
"""The verdict on a claim; NEI means not enough information."""


def _files(split: str) -> Files:
    return Files((f"{FOLDER}/{split}/Corpus2.csv",), (f"{FOLDER}/{split}/images",))


MOCHEG = Source(
    name="mocheg",
    title="MOCHEG version 1",
    licence="CC BY 4.0",
    homepage="https://github.com/VT-NLP/Mocheg",
    downloads=("https://docs.google.com/forms/d/e/1FAIpQLScAGehM6X9ARZWW3Fgt7fWMhc_Cec6iiAAN4Rn1BHAk6KOfbw/viewform",),
    splits={"train": _files("train"), "validation": _files("val")},
    alternatives={
        f"{FOLDER}/{part}/{name}": (f"mocheg/{part}/{name}",)
        for part in ("train", "val")
        for name in ("Corpus2.csv", "images")
    },
    archives=tuple(Archive(file, into="mocheg", holds=FOLDER) for file in ("mocheg/mocheg.zip", "mocheg.zip")),
    note="The form gives the address of mocheg.tar.gz. Put it into mocheg/ as it is, or unpack it there, which is "
    "faster to read.",
    size="15,601 claims with 12,112 pictures (all splits)",
    verified="Corpus2.csv with its columns and images/ per split (VT-NLP/MultiInstruct: download_scripts/mocheg.sh, "
    "data_preprocessor/mocheg.py; multimodal-ai-lab/DEFAME: defame/eval/mocheg/benchmark.py).",
    unverified="The zero-padding of the ids in names of pictures, so ids are compared as numbers.",
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim.

    Attributes:
        ruling: The fact checkers' explanation, which often states the verdict.
        pictures: The file names of the claim's pictures; may be empty.
    """

    key: str
    text: str
    ruling: str
    truthfulness: Truthfulness
    pictures: tuple[str, ...]


def read_claims(root: DataRoot, files: Files) -> Table[Claim]:
    """Every claim of a split once; the file has one row per piece of evidence."""
    (file,) = files.annotations
    rows = read_csv(root, file, kind=_Row)
    first = {row.claim_id: row for row in reversed(rows.valid)}
    names = dict.fromkeys(name for folder in files.pictures for name in root.list_folder(folder))
    pictures = _pictures_by_claim(names)
    claims = [_claim(first[key], pictures[_number(key)]) for key in dict.fromkeys(row.claim_id for row in rows.valid)]
    return ListTable(file, claims, orphans=rows.errors)


class _Row(msgspec.Struct):
    claim_id: str
    ruling_outline: str
    cleaned_truthfulness: Truthfulness
    claim: str = msgspec.field(name="Claim")


def _claim(row: _Row, pictures: list[str]) -> Claim:
    return Claim(row.claim_id, row.claim.strip(), row.ruling_outline, row.cleaned_truthfulness, tuple(pictures))


def _pictures_by_claim(names: Iterable[str]) -> defaultdict[str, list[str]]:
    """The file names of pictures by claim; names start with the claim's id (`00017-proof-...`)."""
    pictures: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        claim_id, mark, _ = name.partition(_PROOF)
        if mark:
            pictures[_number(claim_id)].append(name)
    return pictures


def _number(claim_id: str) -> str:
    """An id without leading zeros: names of pictures have them, the ids of claims do not."""
    return claim_id.strip().lstrip("0") or "0"
