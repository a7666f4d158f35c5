"""Vision-language models of random weights with their processors, made from tiny configurations: three families."""

from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessorPil,
    Idefics3Processor,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    ProcessorMixin,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen2VLImageProcessorPil,
    Qwen2VLProcessor,
)

__all__ = ["FAMILIES", "IMAGE_TOKENS", "TEMPLATE", "idefics3", "llava", "qwen2_vl", "tokenizer"]

WIDTH, SIDE, PATCH = 16, 16, 8
SIZES: dict[str, Any] = {
    "hidden_size": WIDTH,
    "intermediate_size": WIDTH,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
}
TEMPLATE = (
    "{% for turn in messages %}{{ turn.role | upper }}: {% for part in turn.content %}"
    "{% if part.type == 'image' %}IMAGE{% elif turn.role == 'assistant' %}"
    "{% generation %}{{ part.text }}</s>{% endgeneration %}{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}ASSISTANT: {% endif %}"
)
"""Chat turns as text, with the answer marked for a loss on it alone."""

IMAGE_TOKENS = ("<image>", "<fake_token_around_image>", "<global-img>", "<|image_pad|>", "<|vision_start|>")


def tokenizer(*special: str) -> PreTrainedTokenizerFast:
    """A tokenizer whose tokens are bytes, beside the special ones."""
    vocabulary = {"<pad>": 0, "</s>": 1} | {each: 2 + i for i, each in enumerate(special)}
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary |= {letter: len(vocabulary) + i for i, letter in enumerate(letters)}
    bytes_ = Tokenizer(models.BPE(vocabulary, []))
    bytes_.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=bytes_, pad_token="<pad>", eos_token="</s>", additional_special_tokens=list(special)
    )


def llava() -> tuple[Any, Any]:
    """A LLaVA and its processor: four tokens for each picture."""
    processor = LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"height": SIDE, "width": SIDE}, do_center_crop=False),
        tokenizer=tokenizer("<image>"),
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=TEMPLATE.replace("IMAGE", "<image>"),
    )
    vision = CLIPVisionConfig(image_size=SIDE, patch_size=PATCH, projection_dim=WIDTH, **SIZES)
    text = LlamaConfig(vocab_size=len(processor.tokenizer), max_position_embeddings=512, **SIZES)
    config = LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=processor.image_token_id,
        vision_feature_layer=-1,
    )
    return LlavaForConditionalGeneration(config), processor


def idefics3() -> tuple[Any, Any]:
    """An Idefics3 and its processor: one token for each picture, between two that mark it."""
    processor = Idefics3Processor(
        image_processor=Idefics3ImageProcessorPil(
            size={"longest_edge": SIDE}, max_image_size={"longest_edge": SIDE}, do_image_splitting=False
        ),
        tokenizer=tokenizer("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"),
        image_seq_len=1,
        chat_template=TEMPLATE.replace("IMAGE", "<image>"),
    )
    config = Idefics3Config(
        vision_config={"image_size": SIDE, "patch_size": PATCH, **SIZES},
        text_config={
            "model_type": "llama",
            "vocab_size": len(processor.tokenizer),
            "max_position_embeddings": 512,
            "pad_token_id": 0,
            **SIZES,
        },
        image_token_id=processor.image_token_id,
        scale_factor=2,
    )
    return Idefics3ForConditionalGeneration(config), processor


class _Pictures(Qwen2VLProcessor):
    """The processor without its part for videos, which needs torchvision."""

    def __init__(self, image_processor: Any, tokenizer: Any, chat_template: str) -> None:
        self.image_token, self.video_token = "<|image_pad|>", "<|video_pad|>"
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        self.video_token_id = tokenizer.convert_tokens_to_ids(self.video_token)
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)


def qwen2_vl() -> tuple[Any, Any]:
    """A Qwen2-VL and its processor: as many tokens as a picture has patches, whatever its shape."""
    words = tokenizer("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>")
    processor = _Pictures(
        image_processor=Qwen2VLImageProcessorPil(
            size={"shortest_edge": SIDE * SIDE, "longest_edge": SIDE * SIDE}, patch_size=PATCH // 2, merge_size=2
        ),
        tokenizer=words,
        chat_template=TEMPLATE.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>"),
    )
    ids = dict(zip(words.all_special_tokens, words.all_special_ids, strict=True))
    config = Qwen2VLConfig(
        text_config={
            "vocab_size": len(words),
            "num_key_value_heads": 2,
            "rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10000.0},
            "max_position_embeddings": 512,
            "pad_token_id": 0,
            "bos_token_id": None,
            "eos_token_id": 1,
            **SIZES,
        },
        vision_config={
            "depth": 1,
            "embed_dim": WIDTH,
            "hidden_size": WIDTH,
            "num_heads": 2,
            "mlp_ratio": 1,
            "patch_size": PATCH // 2,
            "spatial_merge_size": 2,
        },
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )
    return Qwen2VLForConditionalGeneration(config), processor


FAMILIES = {"LLaVA": llava, "Idefics3": idefics3, "Qwen2-VL": qwen2_vl}
