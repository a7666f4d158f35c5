"""Extracts the instruction from a model's reply: removes chatter, quotes, list markers, code fences and labels.

A rule never removes text that the original instruction also has, so every rule compares with it first.
"""

from __future__ import annotations

import re

__all__ = ["MAX_REPLY_CHARACTERS", "parse_list", "parse_reply"]

MAX_REPLY_CHARACTERS = 20_000
"""Replies are truncated to this length before they are parsed."""

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_SPECIAL = re.compile(r"<\|[^|<>\n]{1,40}\|>|</?s>|\[/?INST\]")
_FENCE = re.compile(r"^[ \t]*```[^\n]*\n(.*?)^[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
_MARKER = re.compile(r"^\s*(?:[-*\u2022\u2013]\s+|\(?\d{1,2}[.)]\s+|\d{1,2}:\s+)")
_OPENING = re.compile(
    r"^(sure|certainly|of course|okay|ok|absolutely|great|got it|no problem|i('d| would) be (happy|glad)|"
    r"here('s| is| are| you go)|below is|this is (a|the) (re|new)|the (rewritten|reworded|rephrased|revised|new) )\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\**((re-?(written|worded|phrased)|paraphrased?|revised|new|improved|simplified|alternative)"
    r"( (instruction|version|text|sentence|prompt))?|instruction|in other words|output|result|rewriting|rewrite)"
    r"\**\s*:\**\s*",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^\W*(note\b|notes?:|i hope|let me know|feel free|explanation\b|this (version|instruction|rewrit|rephras)|"
    r"in this (version|rewrit)|i (have )?(re|changed|replaced|kept|used)|(the )?changes? (made|include)|"
    r"please let me know)",
    re.IGNORECASE,
)
_QUOTES = {
    **dict.fromkeys("\"'`"),
    "\u201c": "\u201d",
    "\u2018": "\u2019",
    "\u201e": "\u201c",
    "\xab": "\xbb",
}
"""Closing quotation mark by opening one; None if they are the same."""
_SPACES = re.compile(r"[ \t]+")
_LINES = re.compile(r"\n{3,}")


def parse_reply(reply: str, *, source: str = "") -> str:
    """Extract the instruction from a reply; empty if the reply has none.

    Args:
        reply: The completion's text.
        source: The instruction that was rewritten.

    Example:
        >>> parse_reply("Sure, here is the new version: Name the animal.")
        'Name the animal.'
    """
    text = _SPECIAL.sub("", _THOUGHT.sub("", reply[:MAX_REPLY_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n")))
    text = _without_chatter(_unfenced(text.strip()), source)
    text = _first_of_list(text, source)
    return _tidy(_unwrapped(_without_label(text, source), source))


def parse_list(reply: str) -> list[str]:
    """Return the items of a bulleted or numbered list in a reply, without their markers."""
    lines = _SPECIAL.sub("", _THOUGHT.sub("", reply[:MAX_REPLY_CHARACTERS])).splitlines()
    items = [_MARKER.sub("", line).strip() for line in lines if _MARKER.match(line)]
    return [_tidy(_unwrapped(item.replace("**", ""), "")) for item in items if item]


def _unfenced(text: str) -> str:
    blocks = [block.strip() for block in _FENCE.findall(text)]
    return max(blocks, key=len, default=text)


def _without_chatter(text: str, source: str) -> str:
    """Remove introductory and closing remarks."""
    paragraphs = text.split("\n\n")
    while len(paragraphs) > 1 and _is_opening(paragraphs[0], source):
        del paragraphs[0]
    closing = next((n for n, each in enumerate(paragraphs) if n and _is_closing(each, source)), len(paragraphs))
    lines = "\n\n".join(paragraphs[:closing]).split("\n")
    if len(lines) > 1 and _is_opening(lines[0], source):
        del lines[0]
    return _without_preface("\n".join(lines).strip(), source)


def _is_opening(line: str, source: str) -> bool:
    line = line.strip()
    begins = _OPENING.match(line)
    ends = line.endswith(":") or (":" not in line and line.endswith((".", "!")))
    return begins is not None and ends and not _shared(source, begins) and not {"{", "\n"} & set(line)


def _is_closing(paragraph: str, source: str) -> bool:
    begins = _CLOSING.match(paragraph.strip())
    return bool(begins) and "{" not in paragraph and not _shared(source, begins)


def _without_preface(text: str, source: str) -> str:
    """Remove a preface: `Sure, here is the new instruction: Name it.` becomes `Name it.`."""
    begins = _OPENING.match(text)
    head, colon, rest = text.partition(":")
    if begins and colon and rest.strip() and "{" not in head and "\n" not in head and not _shared(source, begins):
        return rest.strip()
    return text


def _shared(source: str, found: re.Match[str] | None) -> bool:
    return found is not None and source.lower().startswith(found[0].lower())


def _first_of_list(text: str, source: str) -> str:
    """Return the first item of a list, without its marker."""
    if any(_MARKER.match(line) for line in source.split("\n")):
        return text
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if _MARKER.match(line)]
    if not starts or starts[0] != 0:
        return text
    end = starts[1] if len(starts) > 1 else len(lines)
    return _MARKER.sub("", "\n".join(lines[:end])).strip()


def _without_label(text: str, source: str) -> str:
    label = _LABEL.match(text)
    return text if label is None or _shared(source, label) else text[label.end() :]


def _unwrapped(text: str, source: str) -> str:
    """Remove quotation marks or emphasis around the whole text."""
    text = text.strip()
    for mark in ("**", "__", "*"):
        if text.startswith(mark) and text.endswith(mark) and len(text) > 2 * len(mark) and mark not in text[2:-2]:
            text = text[len(mark) : -len(mark)].strip()
    closing = (_QUOTES[text[0]] or text[0]) if text[:1] in _QUOTES else None
    inner = text[1:-1]
    wrapped = closing is not None and len(text) > 2 and text.endswith(closing) and closing not in inner
    return inner.strip() if wrapped and not (source[:1] == text[0] and source[-1:] == closing) else text


def _tidy(text: str) -> str:
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _LINES.sub("\n\n", "\n".join(lines)).strip()
