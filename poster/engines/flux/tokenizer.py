"""A folder of Qwen's tokenizer files -> the tokenizer. Asks no network."""

from __future__ import annotations

from pathlib import Path

from transformers import Qwen2TokenizerFast

from poster.errors import WeightsDamagedError, WeightsMissingError

FILES = ("tokenizer.json", "tokenizer_config.json")


def load_tokenizer(folder: Path) -> Qwen2TokenizerFast:
    """Load the tokenizer.

    Args:
        folder: with Qwen3's files.

    Returns:
        The tokenizer, with its chat template.

    Raises:
        WeightsMissingError: a file is not there.
        WeightsDamagedError: a file is not what it must be.
    """
    for name in FILES:
        if not (folder / name).is_file():
            raise WeightsMissingError(f"{name}: is missing")
    try:
        tokenizer = Qwen2TokenizerFast.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # tokenizers raises bare Exception for what it cannot parse
        raise WeightsDamagedError("tokenizer: its files cannot be read") from error
    if not tokenizer.chat_template:
        raise WeightsDamagedError("tokenizer_config.json: has no chat template")
    return tokenizer


def count_tokens(tokenizer: Qwen2TokenizerFast, prompt: str) -> int:
    """Count what the text encoder would have to read of a prompt.

    Args:
        tokenizer: as loaded.
        prompt: the words.

    Returns:
        Tokens, those of the chat template among them.

    Source: diffusers' Flux2KleinPipeline, which cuts what is over its bound without a word.
    """
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,
    )
    return len(tokenizer(chat)["input_ids"])
