"""The order in which options are shown, and what a target means under it.

Options are shuffled so that no model learns their places; an answer key has to follow. Everything here works on one
example; `stream/option_columns.py` orders whole columns the same way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from string import ascii_lowercase, digits

from .hashing import mix_all
from .styles import letter

__all__ = [
    "BEGINNINGS",
    "LAST",
    "LEADS",
    "OWN_BEGINNINGS",
    "QUANTIFIERS",
    "fixes_order",
    "is_anchor",
    "is_key",
    "keeps_order",
    "shown_order",
    "shown_target",
]

QUANTIFIERS = ("all", "none", "any", "both", "either", "neither", "some", "several", "two", "three", "more than one")
_OTHERS = (
    *("of", "the", "these", "those", "them", "above", "following", "others?", "options?", "choices?", "answers?"),
    *("statements?", "alternatives?", "listed", "given", "mentioned", "are", "is"),
    *("correct", "right", "true", "incorrect", "wrong", "false"),
)
LEADS = ("both", "either", "neither", "only", "all", "of", "option", "choice", "answer", "statement")
_TAILS = ("only", "both", "are", "is", "correct", "right", "true", "incorrect", "wrong", "false")
_KEY = r"\(?(?:[A-Z]|[1-9])\)?"

_ANCHOR = re.compile(f"(?:{'|'.join(QUANTIFIERS)})(?: (?:{'|'.join(_OTHERS)}))+[.]?", re.IGNORECASE)
"""An option about all the others ("None of the above")."""

_REFERENCE = re.compile(
    f"(?:(?:{'|'.join(LEADS)})s? )*{_KEY}(?:(?:,|,? (?:and|or|nor|&)) {_KEY})+(?: (?:{'|'.join(_TAILS)}))*[.]?",
    re.IGNORECASE,
)
"""An option that names others by their keys ("Both A and C"); its list keeps its order."""

_OWN_KEY = re.compile(r"\(?([A-Z]|[1-9][0-9]?)[.):] .*", re.IGNORECASE | re.DOTALL)
"""An option that carries its key in the data ("B. a dog"); a list of them keeps its order."""

_REFERENCE_OR_OWN_KEY = re.compile(f"{_REFERENCE.pattern}|{_OWN_KEY.pattern}", re.IGNORECASE | re.DOTALL)

_KEYS = ascii_lowercase + digits
BEGINNINGS = frozenset(
    {f"{word} "[:3] for word in (*QUANTIFIERS, *LEADS)}
    | {key + end for key in _KEYS for end in (" a", " o", " n", " &", ", ")}
    | {f"({key})" for key in _KEYS}
)
"""How an option may begin that is about others, or names them by key: its first three characters in small letters."""

OWN_BEGINNINGS = frozenset(map("".join, (*product("a1", ".):", " "), *product("(", "a1", ".:"))))
"""How the first option may begin that carries its own key, besides those of `BEGINNINGS`."""

_FIRST_BEGINNINGS = BEGINNINGS | OWN_BEGINNINGS

LAST = (1 << 40) - 1
"""The sort key of an option that is shown last."""

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_BARE_KEY = "[A-Z]|[1-9][0-9]?"
_IS_KEY = re.compile(_BARE_KEY, re.IGNORECASE)
_ANSWER = re.compile(
    r"(?:(?:the )?(?:(?:correct|right) )?(?:answer|option|choice)s?(?: is| are)?:? )?"
    rf"(?P<keys>\(?(?:{_BARE_KEY})(?:\)?(?:, ?(?:and )?|; ?| and | & )\(?(?:{_BARE_KEY}))*)"
    r"(?P<end>[.):]*)(?P<text>(?: .+)?)",
    re.IGNORECASE | re.DOTALL,
)
_EACH_KEY = re.compile(rf"(?<![A-Z0-9])(?:{_BARE_KEY})(?![A-Z0-9])", re.IGNORECASE)
_SEVERAL = re.compile("\0(?:(?:,|;|,? and| &|[|]{4}|\n) ?\0)*")


def shown_order(options: Sequence[str], word: int) -> list[int]:
    """The place in the data of each option as they are shown.

    Args:
        word: What shuffles them; every order is equally likely.
    """
    places = range(len(options))
    # Few options begin like one that matters: matching all of them would take half of the time.
    marked = [i for i in places if options[i][:3].lower() in (BEGINNINGS if i else _FIRST_BEGINNINGS)]
    if marked and keeps_order(options):
        return list(places)
    keys = [mixed >> 24 for mixed in mix_all([(word + i) & _MASK for i in places])]
    for i in marked:
        if is_anchor(options[i]):
            keys[i] = LAST
    return sorted(places, key=keys.__getitem__)


def keeps_order(options: Sequence[str]) -> bool:
    """Whether the options bring keys of their own, or one names others by key, so that shuffling would mislead."""
    own = map(_OWN_KEY.fullmatch, options)
    if all(match and _place(match[1]) == place for place, match in enumerate(own)):
        return True
    return any(map(_REFERENCE.fullmatch, options))


def is_anchor(option: str) -> bool:
    """Whether an option is about all the others, and so is shown last."""
    return _ANCHOR.fullmatch(option) is not None


def fixes_order(option: str) -> bool:
    """Whether an option may be why its list keeps its order."""
    return _REFERENCE_OR_OWN_KEY.fullmatch(option) is not None


def shown_target(target: str, options: Sequence[str], order: Sequence[int]) -> str | None:
    """The target for options that are shown in `order`: a text stays, a key becomes that of the option's new place.

    Keys are letters from a or numbers from 1, by themselves ("B", "(2)", "A and C"), after words ("The answer is B."),
    or before the option's text ("B. a dog").

    Returns:
        None if the target is none of the options, nor several of them, nor a key.
    """
    if target in options:
        return target
    return _rekeyed(target, options, order) or (target if _are_several(target, options) else None)


def is_key(target: str, options: Sequence[str]) -> bool:
    """Whether the target names options by key."""
    return target not in options and _rekeyed(target, options, range(len(options))) is not None


def _rekeyed(target: str, options: Sequence[str], order: Sequence[int]) -> str | None:
    match = _ANSWER.fullmatch(target)
    # Where options look like keys themselves ("1", "2", "4"), a target like them ("3") is a text.
    if match is None or any(map(_IS_KEY.fullmatch, options)):
        return None
    places = [_place(key) for key in _EACH_KEY.findall(match["keys"])]
    if max(places) >= len(options) or not _fits(match, places, options):
        return None
    shown = iter(sorted(order.index(place) for place in places))
    start, end = match.span("keys")
    keys = _EACH_KEY.sub(lambda key: _key_like(key[0], next(shown)), match["keys"])
    return target[:start] + keys + target[end:]


def _fits(match: re.Match[str], places: list[int], options: Sequence[str]) -> bool:
    """Whether what follows the keys is nothing, or the text of the one option."""
    if not match["text"]:
        return True
    return bool(match["end"]) and len(places) == 1 and match["text"][1:] == options[places[0]]


def _place(key: str) -> int:
    return int(key) - 1 if key.isdigit() else ord(key.lower()) - ord("a")


def _key_like(key: str, place: int) -> str:
    if key.isdigit():
        return str(place + 1)
    return letter(place).upper() if key.isupper() else letter(place)


def _are_several(target: str, options: Sequence[str]) -> bool:
    for option in sorted(filter(None, options), key=len, reverse=True):
        target = target.replace(option, "\0")
    return bool(_SEVERAL.fullmatch(target))
