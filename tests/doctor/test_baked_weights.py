"""Weights that a build puts into the image, by any means."""

from __future__ import annotations

import pytest

from poster.doctor.baked_weights import check_weights_in_cog
from poster.doctor.dockerfile import Ignored, read_ignored
from poster.doctor.image import Context, check_dockerfile
from poster.doctor.located import read_yaml

SITE = "https://huggingface.co/someone/model"
FILES = frozenset({"app.py", "models/vae/a.safetensors", "nets/face.onnx", "docs/b.gguf"})
SCRIPTS = {
    "scripts/fetch.py": "from huggingface_hub import snapshot_download\nsnapshot_download('a/b')\n",
    "scripts/fetch.sh": f"#!/bin/sh\nset -e\nwget {SITE}/resolve/main/x.gguf\n",
    "scripts/start.sh": "python scripts/fetch.py\n",
    "scripts/clean.sh": f"# wget {SITE}/resolve/main/x.gguf\nrm -rf /tmp/*\n",
    "scripts/nothing.py": '"""Explains snapshot_download()."""\nprint("from_pretrained()")\n',
    "scripts/commands.py": "import os\nos.system('huggingface-cli download a/b')\n",
    "scripts/loop.py": (
        "from transformers import AutoModel\n"
        "def get(name):\n    return AutoModel.from_pretrained(name)\n"
        "for name in ('a/b', 'c/d'):\n    get(name)\n"
    ),
    "scripts/deep/fetch.py": "print('another script of the same name')\n",
}


def find(steps: str, ignored: Ignored | None = None) -> list[tuple[int | None, str]]:
    """Line and message of each finding about weights, with the steps from line 2 on."""
    text = f"FROM python:3.12.13-slim\n{steps}\n"
    context = Context(FILES | set(SCRIPTS), ignored or Ignored(), SCRIPTS)
    found = check_dockerfile("Dockerfile", text, context)
    return [(f.location.line, f.trouble) for f in found if f.code == "weights_in_image"]


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (
            f"RUN wget -q {SITE}/resolve/main/x.safetensors -O /models/x.safetensors",
            "x.safetensors",
        ),
        (f"RUN curl -L '{SITE}/resolve/main/x.gguf?download=true' -o /x", "x.gguf"),
        (f"RUN aria2c -x 16 {SITE}/resolve/main/x.ckpt", "x.ckpt"),
        ("RUN wget https://download.example/detector.pt", "detector.pt"),
        ("RUN curl -O https://download.example/face.onnx", "face.onnx"),
        (f"RUN wget {SITE}/resolve/main/pytorch_model.bin", "pytorch_model.bin"),
        ("RUN wget -O x.safetensors https://civitai.com/api/download/models/12345", "12345"),
        ("ENV URL=https://x.example/x.pth\nRUN wget $URL", "x.pth"),
        ("RUN for f in a.pth b.pth; do wget https://x.example/$f; done", "a.pth and 1 more"),
        ("RUN aws s3 cp s3://bucket/x.safetensors /models/", "x.safetensors"),
        ("RUN huggingface-cli download someone/model --local-dir /models", "someone/model"),
        ("RUN HF_HUB_ENABLE_HF_TRANSFER=1 hf download someone/model", "someone/model"),
        ("RUN hf download someone/model x.safetensors", "x.safetensors"),
        ('RUN hf download someone/model --include "*.safetensors"', "*.safetensors"),
        ("RUN modelscope download someone/model", "someone/model"),
        (f"RUN comfy model download --url {SITE}/resolve/main/x.safetensors", "x.safetensors"),
        ("RUN comfy --workspace /c model download --url https://x.example/x", "x"),
        ("RUN ollama serve & sleep 5 && ollama pull llama3", "ollama pull llama3"),
        ("RUN poster weights download --root /models", "poster weights download --root /models"),
        (f"RUN git lfs install && git clone {SITE}", SITE),
        (
            "RUN git clone https://user:${T}@huggingface.co/a/b",
            "https://user:${T}@huggingface.co/a/b",
        ),
        (f"RUN GIT_LFS_SKIP_SMUDGE=1 git clone {SITE} && cd m && git lfs pull", "git lfs pull"),
        (
            (
                'RUN python -c "from huggingface_hub import snapshot_download; '
                "snapshot_download('a/b')\""
            ),
            "a/b",
        ),
        (
            "RUN python3 -c 'from diffusers import FluxPipeline as F; F.from_pretrained(\"a/b\")'",
            "a/b",
        ),
        (
            (
                "RUN python -uc 'import whisper; whisper.load_model(\"large\")' || \\\n"
                "    python -u -c 'import whisper; whisper.load_model(\"large\")'"
            ),
            "large",
        ),
        (
            (
                "RUN python - <<EOF\nfrom huggingface_hub import hf_hub_download\n"
                'hf_hub_download(repo_id="a/b", filename="x.safetensors")\nEOF'
            ),
            "x.safetensors",
        ),
        (
            "RUN <<EOF\nset -e\nhf download a/b\nEOF",
            "a/b",
        ),
        (
            (
                'RUN python -c "from sentence_transformers import SentenceTransformer as S, '
                "SentenceTransformer; SentenceTransformer('all-MiniLM-L6-v2')\""
            ),
            "all-MiniLM-L6-v2",
        ),
        (
            "RUN python -c \"import torch; torch.hub.load('a/b', 'net')\"",
            "a/b",
        ),
        (
            "RUN python -c \"from transformers import pipeline; pipeline('x', model='a/b')\"",
            "a/b",
        ),
        (
            "RUN python -c \"import urllib.request as r; r.urlretrieve('https://x.example/x.pt')\"",
            "x.pt",
        ),
        ("RUN python /scripts/fetch.py", "a/b"),
        ("RUN cd /scripts && python3.11 -u fetch.py && echo done", "a/b"),
        ("RUN python -m scripts.fetch", "a/b"),
        ("RUN bash /opt/scripts/fetch.sh", "x.gguf"),
        ("RUN chmod +x /fetch.sh && /fetch.sh", "x.gguf"),
        ("RUN sh /scripts/start.sh", "a/b"),
        ('RUN ["python", "/scripts/fetch.py"]', "a/b"),
        ("RUN python /scripts/commands.py", "a/b"),
        ("RUN python /scripts/loop.py", "weights by from_pretrained"),
        ('RUN bash -c "hf download a/b"', "a/b"),
        ("RUN curl -L 'https://x.example/get?id=3' -o /models/x.safetensors", "x.safetensors"),
        ("RUN gdown 1AbC -O x.pth", "x.pth"),
        (
            "RUN python -c 'import timm; timm.create_model(\"vit\", pretrained=True)'",
            "create_model",
        ),
        (f"ADD {SITE}/resolve/main/x.safetensors /models/", "x.safetensors"),
        (f"ADD {SITE}.git /models", f"{SITE}.git"),
        ("COPY x.safetensors /models/", "x.safetensors"),
        ("COPY nets/face.onnx /models/", "nets/face.onnx"),
        ("COPY models /models", "models"),
        ("COPY . /app", "docs/b.gguf and 1 more"),
        ("COPY --from=someone/models:1.0 /models /models", "/models"),
        ('RUN if [ "$A" = "b" ]; then hf download a/b; fi', "a/b"),
        ('ARG A=b\nRUN if [ "$A" = "b" ]; then hf download a/b; fi', "a/b"),
        (
            'ARG A=""\nRUN if [ -n "$A" ]; then hf download c/d; else hf download a/b; fi',
            "c/d and 1 more",
        ),
    ],
)
def test_weights_in_the_image_are_a_finding_that_names_them(step: str, name: str) -> None:
    (found,) = find(step)
    assert name in found[1]


@pytest.mark.parametrize(
    "step",
    [
        "RUN curl -LsSf https://hf.co/cli/install.sh | sh",
        f"RUN wget {SITE}/resolve/main/config.json",
        "RUN wget https://x.example/cuda_12.8_linux.bin https://x.example/wheel.whl",
        "RUN curl https://x.example/a.json -o a.json && ls x.pth",
        "RUN python -c 'import timm; timm.create_model(\"vit\", pretrained=False)'",
        "RUN find /usr -name '*.pt' -delete && wget https://x.example/a.txt",
        "RUN hf download someone/model config.json tokenizer.json",
        'RUN hf download someone/model --include "*.json"',
        "RUN hf download someone/data --repo-type dataset",
        "RUN git clone https://huggingface.co/spaces/a/b && cd b && git checkout 0a1b2c3",
        "RUN git clone https://huggingface.co/datasets/a/b && cd b && git checkout 0a1b2c3",
        f"RUN GIT_LFS_SKIP_SMUDGE=1 git clone {SITE}",
        "RUN python -c \"from transformers import AutoModel as T; T.from_pretrained('/models')\"",
        (
            'RUN python -c "from transformers import CLIPTokenizerFast; '
            "CLIPTokenizerFast.from_pretrained('a/b')\""
        ),
        "RUN python -c \"from m import M; M.from_pretrained('a/b', local_files_only=True)\"",
        "RUN python -c \"from h import hf_hub_download; hf_hub_download('a/b', 'config.json')\"",
        (
            'RUN python -c "from h import snapshot_download as s, snapshot_download; '
            "snapshot_download('a/b', allow_patterns=['*.json'])\""
        ),
        (
            "RUN python - <<'EOF'\npatch = '''\nmodel = M.from_pretrained('a/b')\n'''\n"
            "open('/app.py', 'a').write(patch)\nEOF"
        ),
        "RUN python /scripts/nothing.py",
        "RUN sh /scripts/clean.sh",
        "RUN chmod +x /scripts/fetch.sh",
        "RUN python /scripts/deep/fetch.py",
        "RUN python /elsewhere.py",
        "COPY nets /nets",
        "COPY scripts /scripts",
        'CMD ["python", "/scripts/fetch.py"]',
        'ARG A=""\nRUN if [ -n "$A" ]; then hf download a/b; fi',
        'ARG A=c\nRUN if [ "$A" = "b" ]; then \\\n  hf download a/b; \\\nfi',
        'ARG A=b\nRUN if [[ "${A}" != "b" ]]; then hf download a/b; fi',
    ],
)
def test_what_is_not_weights_or_does_not_reach_the_image_is_not_a_finding(step: str) -> None:
    assert find(step) == []


def test_all_weights_of_a_step_are_one_finding_at_the_first() -> None:
    step = f"RUN true && \\\n  wget {SITE}/a.safetensors && \\\n  wget {SITE}/b.safetensors"
    assert find(step) == [(3, "the build downloads a.safetensors and 1 more")]


def test_weights_that_dockerignore_hides_are_not_copied() -> None:
    assert find("COPY . /app", read_ignored("**/*.gguf\nmodels")) == []


def test_weights_of_a_stage_are_found_where_they_come_from() -> None:
    stage = "RUN hf download a/b --local-dir /models\nFROM python:3.12.13-slim\n"
    assert find(f"{stage}COPY --from=0 /models /models") == [(2, "the build downloads a/b")]
    assert find(stage) == []
    image = "FROM someone/weights:1.0 AS them\nFROM python:3.12.13-slim\n"
    assert find(f"{image}COPY --from=them /models /models") == [(4, "the build copies /models")]


def test_commands_of_cog_are_read_too() -> None:
    text = """\
build:
  run:
    - pip install x==1
    - command: pget https://x.example/x.safetensors /src/x.safetensors
    - python scripts/fetch.py
"""
    found = list(check_weights_in_cog(read_yaml(text, "cog.yaml"), SCRIPTS))
    assert [(f.location.file, f.location.line, f.trouble) for f in found] == [
        ("cog.yaml", 4, "the build downloads x.safetensors"),
        ("cog.yaml", 5, "the build downloads a/b"),
    ]


@pytest.mark.parametrize("source", ["def", "\0", "x(" * 500, "if [ 1 ]; then\nhf_hub_download()"])
def test_no_script_makes_the_doctor_crash(source: str) -> None:
    context = Context(frozenset({"a.py"}), Ignored(), {"a.py": source})
    check_dockerfile("Dockerfile", "FROM python:3.12.13-slim\nRUN python a.py\n", context)
