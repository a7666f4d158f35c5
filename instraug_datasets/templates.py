"""Parses and fills instruction texts with `{name}` placeholders.

The only module that interprets braces. Parsing is a single pass over the text and filling joins strings: nothing is
evaluated, and values with braces, quotes or newlines are inserted unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from string import Formatter

from .errors import ExampleError, TemplateError, UnknownNameError, brief, shown
from .records import FIELDS

__all__ = ["Template", "fill", "parse"]

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PICTURES = frozenset({"image", "picture", "photo", "video"})
"""What a placeholder for pictures would be called; models get them beside the prompt."""


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed instruction: `literals[0] + <names[0]> + literals[1] + ... + literals[-1]`.

    Attributes:
        literals: The texts between the placeholders with unescaped braces; always one more than `names`.
        names: The placeholders in order, possibly with repeats.
    """

    literals: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def text(self) -> str:
        """The source text of the template."""
        escaped = [literal.replace("{", "{{").replace("}", "}}") for literal in self.literals]
        return escaped[0] + "".join(f"{{{name}}}{after}" for name, after in zip(self.names, escaped[1:], strict=True))


def parse(text: str, *, fields: Collection[str] = FIELDS) -> Template:
    """Parse an instruction text.

    Args:
        text: Text with `{name}` placeholders; `{{` and `}}` stand for literal braces.
        fields: The allowed placeholder names.

    Raises:
        TemplateError: Raised if braces are unbalanced, or a placeholder is not a plain name
            (`{a.b}`, `{a[0]}`, `{a!r}`, `{a:>9}`).
        UnknownNameError: Raised if a placeholder is not one of `fields`.

    Example:
        >>> parse("{question} Choose: {options}").names
        ('question', 'options')
    """
    if not isinstance(text, str):
        raise TemplateError(f"An instruction must be a string, but got {type(text).__name__}: {shown(text)}.")
    pieces = _PLACEHOLDER.split(text)
    if text.count("{") == text.count("}") == len(pieces) // 2 and all(map(fields.__contains__, pieces[1::2])):
        # No other braces, as in nearly all instructions: several times as fast as the standard parser.
        return Template(tuple(pieces[::2]), tuple(pieces[1::2]))
    literals, names, pending = [], [], ""
    try:
        for literal, name, spec, conversion in Formatter().parse(text):
            pending += literal
            if name is None:
                continue
            if spec or conversion or not name.isidentifier():
                raise TemplateError(_not_a_plain_name(text, name, spec, conversion))
            if name not in fields:
                raise _unknown_placeholder(text, name, fields)
            literals.append(pending)
            names.append(name)
            pending = ""
    except ValueError as error:
        if isinstance(error, TemplateError):
            raise
        raise TemplateError(
            f"Unbalanced braces in the instruction {shown(text)}: {error}. Write {{{{ and }}}} for literal braces."
        ) from None
    template = Template((*literals, pending), tuple(names))
    if template.text != text:
        # The standard parser accepts `{name:}` and the like, which would not survive a round trip.
        raise TemplateError(f"Placeholders must be plain {{name}}s, but got the instruction {shown(text)}.")
    return template


def fill(template: Template, values: Mapping[str, str | None]) -> str:
    """Replace the placeholders of a template by `values`, unchanged.

    Raises:
        ExampleError: Raised if a value is missing or null.

    Example:
        >>> fill(parse("Q: {question}"), {"question": "Is it {red}?"})
        'Q: Is it {red}?'
    """
    parts = [template.literals[0]]
    for name, after in zip(template.names, template.literals[1:], strict=True):
        value = values.get(name)
        if value is None:
            text = shown(template.text)
            raise ExampleError(f"The instruction {text} needs the field {name!r}, which is null or missing.")
        parts += (value, after)
    return "".join(parts)


def _unknown_placeholder(text: str, name: str, fields: Collection[str]) -> UnknownNameError:
    advice = "Pictures need no placeholder. " if name.lower().rstrip("s") in _PICTURES else ""
    return UnknownNameError("placeholder", name, fields, hint=f"{advice}Found in the instruction {shown(text)}.")


def _not_a_plain_name(text: str, name: str, spec: str | None, conversion: str | None) -> str:
    written = name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
    return (
        f"A placeholder must be a plain {{name}}, but the instruction {shown(text)} has {{{brief(written)}}}. "
        "Attributes, indices, conversions and format specifications are not allowed."
    )
