"""A folder of Qwen's tokenizer files -> the tokenizer. Does not use the network."""

from __future__ import annotations

from pathlib import Path

from transformers import Qwen2TokenizerFast

from poster.errors import WeightsDamagedError, WeightsMissingError

FILES = ("tokenizer.json", "tokenizer_config.json")


def load_tokenizer(folder: Path) -> Qwen2TokenizerFast:
    """Load the tokenizer.

    Args:
        folder: the folder with Qwen3's files.

    Returns:
        The tokenizer, with its chat template.

    Raises:
        WeightsMissingError: a file is missing.
        WeightsDamagedError: a file cannot be read or has no chat template.
    """
    for name in FILES:
        if not (folder / name).is_file():
            raise WeightsMissingError(f"{name}: is missing")
    try:
        tokenizer = Qwen2TokenizerFast.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # tokenizers raises a bare Exception if it cannot parse a file
        raise WeightsDamagedError("tokenizer: cannot be read; download it again") from error
    if not tokenizer.chat_template:
        raise WeightsDamagedError("tokenizer_config.json: has no chat template; download it again")
    return tokenizer


def count_tokens(tokenizer: Qwen2TokenizerFast, prompt: str) -> int:
    """Count the tokens that the text encoder reads for a prompt.

    Args:
        tokenizer: the loaded tokenizer.
        prompt: the prompt.

    Returns:
        Number of tokens, including those of the chat template.

    Source: diffusers' Flux2KleinPipeline, which silently truncates longer prompts.
    """
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,
    )
    return len(tokenizer(chat)["input_ids"])
