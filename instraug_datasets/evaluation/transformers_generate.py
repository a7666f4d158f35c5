"""Generation with a model of `transformers`: from rendered examples to texts."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from ..errors import SettingError

__all__ = ["TransformersGenerate", "generate_function"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformersGenerate:
    """A generate function: a model of `transformers` with its processor, or its tokenizer if it reads text alone.

    The chat template of the processor is used where it has one; otherwise the prompt follows the picture's token.
    Decoding is greedy, so that an evaluation can be repeated.

    Attributes:
        model: A model with `generate`, on its device.
        processor: What `AutoProcessor.from_pretrained` gives.
        max_new_tokens: The length of a reply at most.

    Example:
        >>> generate = TransformersGenerate(model=model, processor=processor, max_new_tokens=10)
        >>> evaluate(generate, dataset, "multiinstruct")
    """

    model: Any
    processor: Any
    max_new_tokens: int = 32

    @property
    def name(self) -> str:
        """The name or path from which the model was loaded."""
        return getattr(self.model, "name_or_path", "") or type(self.model).__name__

    @property
    def tokenizer(self) -> Any:
        """The tokenizer, alone or inside the processor."""
        return getattr(self.processor, "tokenizer", self.processor)

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return one reply per example."""
        import torch

        inputs = self._inputs(examples).to(self.model.device)
        for name, value in inputs.items():
            if torch.is_floating_point(value):
                inputs[name] = value.to(self.model.dtype)
        with torch.inference_mode():
            outputs = self.model.generate(**inputs, max_new_tokens=self.max_new_tokens, do_sample=False)
        prompts = inputs["input_ids"]
        length = prompts.shape[1]
        # Encoder-decoder models return the reply alone, others usually put the prompt in front.
        if outputs.shape[1] >= length and torch.equal(outputs[:, :length], prompts):
            outputs = outputs[:, length:]
        texts: list[str] = self.tokenizer.batch_decode(outputs, skip_special_tokens=True)
        return [text.strip() for text in texts]

    def _inputs(self, examples: Sequence[Mapping[str, Any]]) -> Any:
        pictures = [[_picture(each) for each in example.get("images") or ()] for example in examples]
        arguments: dict[str, Any] = {"text": list(map(self._prompt, examples)), "return_tensors": "pt", "padding": True}
        if self.tokenizer is not self.processor and any(pictures):
            single = all(len(each) == 1 for each in pictures)
            arguments["images"] = [each[0] for each in pictures] if single else pictures
        side, self.tokenizer.padding_side = self.tokenizer.padding_side, "left"
        try:
            return self.processor(**arguments)
        finally:
            self.tokenizer.padding_side = side

    def _prompt(self, example: Mapping[str, Any]) -> str:
        if getattr(self.processor, "chat_template", None):
            turns = [_turn(turn, with_pictures=self.tokenizer is not self.processor) for turn in example["messages"]]
            text: str = self.processor.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
            return text
        prompt, pictures = str(example["prompt"]), len(example.get("images") or ())
        marker = getattr(self.processor, "image_token", None)
        # A processor whose token is not a text adds the tokens of pictures itself.
        if self.tokenizer is self.processor or not isinstance(marker, str) or not pictures:
            return prompt
        return f"{marker * pictures}\n{prompt}"


def generate_function(model_or_generate: Any, processor: Any = None) -> Any:
    """The function that generates: the given one, or one of a model and its processor.

    Raises:
        SettingError: Raised if it is neither, or the processor is missing.
    """
    if hasattr(model_or_generate, "generate"):
        if processor is None:
            raise SettingError(
                f"A model of transformers needs processor=, what AutoProcessor.from_pretrained gives, "
                f"but got {type(model_or_generate).__name__} alone."
            )
        return TransformersGenerate(model=model_or_generate, processor=processor)
    if not callable(model_or_generate):
        raise SettingError(
            f"Expected a function from rendered examples to texts, or a model of transformers, but got "
            f"{model_or_generate!r}."
        )
    return model_or_generate


def _turn(turn: Mapping[str, Any], *, with_pictures: bool) -> dict[str, Any]:
    """A turn as chat templates take it: parts have no null text, and tokenizers' templates take plain text."""
    if not with_pictures:
        return {"role": turn["role"], "content": "".join(part["text"] or "" for part in turn["content"])}
    parts = [{name: value for name, value in part.items() if value is not None} for part in turn["content"]]
    return {"role": turn["role"], "content": parts}


def _picture(picture: Any) -> Image.Image:
    """A picture in RGB, decoded or not."""
    if isinstance(picture, Mapping):
        picture = Image.open(picture["path"] if picture["bytes"] is None else io.BytesIO(picture["bytes"]))
    converted: Image.Image = picture.convert("RGB")
    return converted
