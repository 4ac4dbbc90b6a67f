"""A name or an address -> whether it is a file of model weights."""

from __future__ import annotations

import re

_SUFFIXES = ("safetensors", "gguf", "ggml", "ckpt", "pt", "pth", "onnx", "h5", "msgpack", "tflite")
_WEIGHT_FILE = re.compile(rf"[^/\s]*\.(?:{'|'.join(_SUFFIXES)})", re.IGNORECASE)
_BINARY = re.compile(r"[^/\s]*(?:model|ggml|weight|checkpoint|unet|vae|lora|adapter)[^/\s]*\.bin")
_MODEL_HOSTS = r"huggingface\.co|hf\.co|hf-mirror\.com|modelscope\.cn"
_URL = re.compile(r"(?:https?|ftp|s3|gs)://[^\s\"'<>|;)\\]+")
_MODEL_BINARY = re.compile(rf"://(?:{_MODEL_HOSTS})/.*\.bin$")
_MODEL_PAGE = re.compile(r"://(?:www\.)?civitai\.com/api/download/models/")
_MODEL_REPOSITORY = re.compile(
    rf"(?:https?://|git@)(?:\S+@)?(?:{_MODEL_HOSTS})[/:](?!datasets/|spaces/)"
)

_MAX_NAME = 255
"""Bytes that a file system allows in a name."""


def is_weight_file(name: str) -> bool:
    """Whether a file contains weights, by its name.

    Args:
        name: of the file, or a pattern such as *.safetensors.

    Returns:
        Whether it does.
    """
    last = name.rpartition("/")[2][-_MAX_NAME:]
    return bool(_WEIGHT_FILE.fullmatch(last) or _BINARY.fullmatch(last.lower()))


def find_weight_urls(text: str) -> list[str]:
    """Find addresses of weights.

    Args:
        text: any.

    Returns:
        The file's name of each.
    """
    names = []
    for url in _URL.findall(text):
        plain = re.split(r"[?#]", url)[0].rstrip(".,]}")
        is_model = _MODEL_BINARY.search(plain) or _MODEL_PAGE.search(plain)
        if is_model or is_weight_file(plain):
            names.append(plain.rpartition("/")[2])
    return names


def is_model_repository(url: str) -> bool:
    """Whether an address is a Git repository of models, which contains weights in Git LFS.

    Args:
        url: of a repository.

    Returns:
        Whether it is.
    """
    return _MODEL_REPOSITORY.match(url) is not None
