"""A demo world: images of colored shapes with annotations, in the original file layouts of all sources.

`write_demo` writes a data dir that the builders read like a real one; `zip_demo` packs it into the archives that the
publishers ship. Both work offline and write the same bytes for the same arguments.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from instraug_datasets.errors import MissingFilesError, SettingError, UnknownNameError

from . import (
    aokvqa,
    coco_text,
    gqa,
    hateful_memes,
    karpathy_splits,
    llava,
    medic,
    mocheg,
    mscoco,
    nlvr,
    nocaps,
    ocr_vqa,
    ok_vqa,
    refcoco,
    scienceqa_iconqa,
    snli_ve,
    tdiuc,
    textcaps,
    textvqa,
    vaw,
    vcr,
    video_qa,
    visdial,
    visual7w,
    visual_genome,
    vizwiz_quality,
    vizwiz_vqa,
    vqa_v2,
    vsr,
    web_capfilt,
    wikihow,
)
from .files import folder, write_json, write_zip

__all__ = ["DEMO_SOURCES", "DemoSource", "write_demo", "zip_demo"]

_VERSION = 1  # raise it when the same arguments give different bytes
_STAMP, _PARTIAL = ".demo.json", ".demo.partial"


class Writer(Protocol):
    """Writes the files of one source below a root, and those of other sources that it builds on."""

    def __call__(self, root: Path, /, *, seed: int, images: int) -> None: ...


@dataclass(frozen=True, slots=True)
class DemoSource:
    """A source of the demo world: its writer, and the top-level folders that it writes."""

    write: Writer
    folders: tuple[str, ...]


DEMO_SOURCES: Mapping[str, DemoSource] = MappingProxyType(
    {
        "mscoco": DemoSource(mscoco.write, ("MSCOCO2014",)),
        "vqa_v2": DemoSource(vqa_v2.write, ("MSCOCO2014", "VQA_V2")),
        "ok_vqa": DemoSource(ok_vqa.write, ("MSCOCO2014", "OK-VQA")),
        "tdiuc": DemoSource(tdiuc.write, ("MSCOCO2014", "TDIUC")),
        "gqa": DemoSource(gqa.write, ("GQA",)),
        "textvqa": DemoSource(textvqa.write, ("TextVQA",)),
        "visual7w": DemoSource(visual7w.write, ("visual7w",)),
        "vizwiz_quality": DemoSource(vizwiz_quality.write, ("vizwiz_image_quality",)),
        "coco_text": DemoSource(coco_text.write, ("MSCOCO2014", "coco_text")),
        **{
            corpus: DemoSource(partial(refcoco.write, corpus=corpus), ("MSCOCO2014", corpus))
            for corpus in refcoco.CORPORA
        },
        "visual_genome": DemoSource(visual_genome.write, ("visual_genome",)),
        "vaw": DemoSource(vaw.write, ("visual_genome", "VAW")),
        "nlvr": DemoSource(nlvr.write, ("nlvr",)),
        "vsr": DemoSource(vsr.write, ("visual_spatial_reasoning",)),
        "wikihow": DemoSource(wikihow.write, ("wikihow",)),
        "mocheg": DemoSource(mocheg.write, ("mocheg",)),
        "snli_ve": DemoSource(snli_ve.write, ("SNLI-VE",)),
        "vcr": DemoSource(vcr.write, ("VCR",)),
        "visdial": DemoSource(visdial.write, ("visdial",)),
        "hateful_memes": DemoSource(hateful_memes.write, ("hateful_memes",)),
        "medic": DemoSource(medic.write, ("MEDIC",)),
        "coco_karpathy": DemoSource(karpathy_splits.write_coco, ("MSCOCO2014", "caption_datasets")),
        "flickr30k": DemoSource(karpathy_splits.write_flickr, ("caption_datasets", "flickr30k")),
        "nocaps": DemoSource(nocaps.write, ("nocaps",)),
        "web_capfilt": DemoSource(web_capfilt.write, ("web_capfilt",)),
        "textcaps": DemoSource(textcaps.write, ("TextCaps", "TextVQA")),
        "aokvqa": DemoSource(aokvqa.write, ("MSCOCO2017", "A-OKVQA")),
        "llava": DemoSource(llava.write, ("MSCOCO2017", "LLaVA-Instruct-150K")),
        "ocr_vqa": DemoSource(ocr_vqa.write, ("OCR-VQA",)),
        "iconqa": DemoSource(scienceqa_iconqa.write_iconqa, ("IconQA",)),
        "scienceqa": DemoSource(scienceqa_iconqa.write_scienceqa, ("ScienceQA",)),
        "vizwiz_vqa": DemoSource(vizwiz_vqa.write, ("VizWiz",)),
        "msvd_qa": DemoSource(video_qa.write_msvd, ("MSVD-QA",)),
        "msrvtt_qa": DemoSource(video_qa.write_msrvtt, ("MSRVTT-QA",)),
        "ivqa": DemoSource(video_qa.write_ivqa, ("iVQA",)),
    }
)
"""All sources of the demo world, in the order in which they are written."""

_ARCHIVES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "MSCOCO2014/train2014.zip": ("MSCOCO2014", "train2014/*.jpg"),
        "MSCOCO2014/val2014.zip": ("MSCOCO2014", "val2014/*.jpg"),
        "MSCOCO2014/annotations_trainval2014.zip": ("MSCOCO2014", "annotations/*.json"),
        "VQA_V2/v2_Questions_Train_mscoco.zip": ("VQA_V2", "*_train2014_questions.json"),
        "VQA_V2/v2_Questions_Val_mscoco.zip": ("VQA_V2", "*_val2014_questions.json"),
        "VQA_V2/v2_Annotations_Train_mscoco.zip": ("VQA_V2", "*_train2014_annotations.json"),
        "VQA_V2/v2_Annotations_Val_mscoco.zip": ("VQA_V2", "*_val2014_annotations.json"),
        **{
            f"OK-VQA/{part}/{name}.zip": (f"OK-VQA/{part}", name)
            for part in ("train", "val")
            for name in (f"OpenEnded_mscoco_{part}2014_questions.json", f"mscoco_{part}2014_annotations.json")
        },
        "TDIUC/TDIUC.zip": ("TDIUC", "*/*.json"),
        "GQA/questions1.2.zip": ("GQA", "*_questions.json"),
        "GQA/images.zip": ("GQA", "images/*.jpg"),
        "TextVQA/train_val/train_val_images.zip": ("TextVQA/train_val", "train_images/*.jpg"),
        "visual7w/dataset_v7w_telling.zip": ("visual7w", "dataset_v7w_telling.json"),
        "visual7w/dataset_v7w_pointing.zip": ("visual7w", "dataset_v7w_pointing.json"),
        "visual7w/visual7w_images.zip": ("visual7w", "images/*.jpg"),
        "vizwiz_image_quality/annotations.zip": ("vizwiz_image_quality", "*.json"),
        "vizwiz_image_quality/train.zip": ("vizwiz_image_quality", "train/*.jpg"),
        "vizwiz_image_quality/val.zip": ("vizwiz_image_quality", "val/*.jpg"),
        "coco_text/COCO_Text.zip": ("coco_text", "COCO_Text.json"),
        **{f"{corpus}/{corpus}.zip": (corpus, f"{corpus}/*") for corpus in refcoco.CORPORA},
        "visual_genome/images.zip": ("visual_genome", "VG_100K/*.jpg"),
        "visual_genome/images2.zip": ("visual_genome", "VG_100K_2/*.jpg"),
        **{f"visual_genome/{name}.json.zip": ("visual_genome", f"{name}.json") for name in visual_genome.FILES},
        "VCR/vcr1annots.zip": ("VCR", "*.jsonl"),
        "VCR/vcr1images.zip": ("VCR", "vcr1images/*/*"),
        "caption_datasets/caption_datasets.zip": ("caption_datasets", "*.json"),
        "MSCOCO2017/train2017.zip": ("MSCOCO2017", "train2017/*.jpg"),
        "MSCOCO2017/val2017.zip": ("MSCOCO2017", "val2017/*.jpg"),
        "IconQA/iconqa_data.zip": ("IconQA", "iconqa_data/**/*.*"),
        "VizWiz/Annotations.zip": ("VizWiz", "Annotations/*.json"),
        "VizWiz/val.zip": ("VizWiz", "val/*.jpg"),
        "visdial/visdial_1.0_val.zip": ("visdial", "visdial_1.0_val.json"),
        "visdial/VisualDialog_val2018.zip": ("visdial", "VisualDialog_val2018/*.jpg"),
    }
)
_NOT_ARCHIVED = (
    "nlvr",
    "visual_spatial_reasoning",
    "wikihow",
    "mocheg",
    "SNLI-VE",
    "hateful_memes",
    "MEDIC",
    "VAW",
    "visual_genome/VG_splits.json",
    "TextVQA/train_val/TextVQA_0.5.1_train.json",
    "TextVQA/train_val/TextVQA_0.5.1_val.json",
    "TextVQA/train_val/TextVQA_Rosetta_OCR_v0.2_train.json",
    "TextVQA/train_val/TextVQA_Rosetta_OCR_v0.2_val.json",
    "flickr30k",
    "nocaps",
    "web_capfilt",
    "TextCaps",
    "A-OKVQA",
    "LLaVA-Instruct-150K",
    "OCR-VQA",
    "ScienceQA",
    "MSVD-QA",
    "MSRVTT-QA",
    "iVQA",
)


def write_demo(
    data_dir: str | PathLike[str], *, seed: int = 0, images: int = 24, sources: Iterable[str] | None = None
) -> Path:
    """Write the demo world into a data dir, and return the data dir.

    A second call with the same arguments does nothing. A call with other arguments, or after an interruption, replaces
    the demo world.

    Args:
        data_dir: The folder to write to; created if it does not exist. Other files in it are kept.
        seed: The seed of the world; worlds of different seeds share no image.
        images: The number of images per split of MSCOCO and VSR; other sources scale with it.
        sources: Names from `DEMO_SOURCES`; None for all.

    Raises:
        UnknownNameError: If a name is not in `DEMO_SOURCES`.
        SettingError: If `images` is less than 1, or a folder of the same name holds other data.

    Example:
        >>> data_dir = write_demo("demo/raw", images=12)
        >>> data = load_dataset("multiinstruct", "ITM", data_dir=data_dir, split="train", streaming=True)
    """
    root, wanted = Path(data_dir), _settings(seed, images, sources)
    existing = _read_stamp(root)
    if existing == {**wanted, "complete": True} and all((root / name).is_dir() for name in _folders(existing)):
        return root
    _check_no_other_data(root, _folders(wanted), _folders(existing))
    partial = folder(root, _PARTIAL)
    shutil.rmtree(partial)
    for name in wanted["sources"]:
        DEMO_SOURCES[name].write(folder(partial), seed=seed, images=images)
    _install(root, partial, wanted, existing)
    return root


def zip_demo(data_dir: str | PathLike[str], output: str | PathLike[str]) -> Path:
    """Pack a demo world into `output` as the publishers do, and return `output`.

    Files that are published in zip archives are archived; others are copied.

    Raises:
        MissingFilesError: If `data_dir` holds no complete demo world.

    Example:
        >>> zip_demo(write_demo("demo/raw"), "demo/zipped")
    """
    root, target = Path(data_dir), Path(output)
    if not _read_stamp(root).get("complete"):
        raise MissingFilesError(f"No demo world in {str(root)!r}. Create one with write_demo({str(root)!r}).")
    for archive, (base, pattern) in _ARCHIVES.items():
        members = {file.relative_to(root / base).as_posix(): file for file in (root / base).glob(pattern)}
        if members:
            write_zip(folder((target / archive).parent) / Path(archive).name, members)
    for name in _NOT_ARCHIVED:
        if (root / name).is_dir():
            shutil.copytree(root / name, target / name, dirs_exist_ok=True)
        elif (root / name).is_file():
            shutil.copy(root / name, folder((target / name).parent))
    return target


def _settings(seed: int, images: int, sources: Iterable[str] | None) -> dict[str, Any]:
    names = set(DEMO_SOURCES if sources is None else sources)
    for name in sorted(names - set(DEMO_SOURCES)):
        raise UnknownNameError("demo source", name, DEMO_SOURCES)
    if images < 1:
        raise SettingError(f"images={images!r}: expected at least 1 image per split.")
    return {"version": _VERSION, "seed": seed, "images": images, "sources": [n for n in DEMO_SOURCES if n in names]}


def _read_stamp(root: Path) -> dict[str, Any]:
    try:
        stamp = json.loads((root / _STAMP).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _folders(settings: Mapping[str, Any]) -> set[str]:
    names = [name for name in settings.get("sources", ()) if name in DEMO_SOURCES]
    return {top for name in names for top in DEMO_SOURCES[name].folders}


def _check_no_other_data(root: Path, wanted: set[str], ours: set[str]) -> None:
    for name in sorted(wanted - ours):
        if (root / name).exists():
            raise SettingError(
                f"{str(root / name)!r} holds other data than a demo world. Choose another data dir for the demo."
            )


def _install(root: Path, partial: Path, wanted: dict[str, Any], existing: Mapping[str, Any]) -> None:
    # The stamp is incomplete while folders are replaced: a call after an interruption may then overwrite them.
    begun = sorted({*wanted["sources"], *existing.get("sources", ())})
    write_json(root / _STAMP, {**wanted, "sources": begun, "complete": False})
    for name in sorted(_folders(wanted) | _folders(existing)):
        shutil.rmtree(root / name, ignore_errors=True)
    for path in sorted(partial.iterdir()):
        path.rename(root / path.name)
    partial.rmdir()
    write_json(root / _STAMP, {**wanted, "complete": True})
