"""Instruction texts with `{name}` placeholders: parse, write back, fill.

The only module that knows what a brace means. Parsing is a single pass over the text and filling is a join of strings:
nothing is evaluated, and a value that itself contains braces, quotes or newlines comes out unchanged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from string import Formatter

from .errors import ExampleError, TemplateError, UnknownNameError
from .records import FIELDS

__all__ = ["Template", "fill", "parse"]


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed instruction: `literals[0] + <names[0]> + literals[1] + ... + literals[-1]`.

    Attributes:
        literals: The text between the placeholders, braces unescaped; always one more than there are names.
        names: The placeholders in order; the same name may stand more than once.
    """

    literals: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text that `parse` would turn into this template."""
        escaped = [literal.replace("{", "{{").replace("}", "}}") for literal in self.literals]
        return escaped[0] + "".join(f"{{{name}}}{after}" for name, after in zip(self.names, escaped[1:], strict=True))


def parse(text: str, *, fields: Collection[str] = FIELDS) -> Template:
    """Read an instruction text.

    Args:
        text: Text with `{name}` placeholders; `{{` and `}}` stand for literal braces.
        fields: The names a placeholder may have.

    Raises:
        TemplateError: Braces do not balance, or a placeholder is more than a plain name
            (`{a.b}`, `{a[0]}`, `{a!r}`, `{a:>9}`).
        UnknownNameError: A placeholder is none of `fields`.
    """
    if not isinstance(text, str):
        raise TemplateError(f"An instruction must be a string, but got {type(text).__name__}: {text!r}.")
    literals, names, pending = [], [], ""
    try:
        for literal, name, spec, conversion in Formatter().parse(text):
            pending += literal
            if name is None:
                continue
            if spec or conversion or not name.isidentifier():
                raise TemplateError(_beyond_a_name(text, name, spec, conversion))
            if name not in fields:
                raise UnknownNameError("placeholder", name, fields, hint=f"It stands in the instruction {text!r}.")
            literals.append(pending)
            names.append(name)
            pending = ""
    except ValueError as error:
        if isinstance(error, TemplateError):
            raise
        raise TemplateError(
            f"Unbalanced braces in the instruction {text!r}: {error}. Write {{{{ and }}}} for literal braces."
        ) from None
    template = Template((*literals, pending), tuple(names))
    if template.text != text:
        # What the standard parser forgives, `{name:}` for one, would not survive being written back.
        raise TemplateError(f"A placeholder must be a plain {{name}}, but the instruction {text!r} has more in it.")
    return template


def fill(template: Template, values: Mapping[str, str | None]) -> str:
    """The template with its placeholders replaced by `values`, character for character.

    Raises:
        ExampleError: A value is missing or null.
    """
    parts = [template.literals[0]]
    for name, after in zip(template.names, template.literals[1:], strict=True):
        value = values.get(name)
        if value is None:
            raise ExampleError(f"The instruction {template.text!r} needs the field {name!r}, which is null or missing.")
        parts += (value, after)
    return "".join(parts)


def _beyond_a_name(text: str, name: str, spec: str | None, conversion: str | None) -> str:
    written = name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
    return (
        f"A placeholder must be a plain {{name}}, but the instruction {text!r} has {{{written}}}. "
        "Attributes, indices, conversions and format specifications are not allowed."
    )
