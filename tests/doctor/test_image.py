"""Dockerfiles: how they are read, and what would fail or differ in a later build."""

from pathlib import Path

import pytest

from poster.doctor.dockerfile import read_arguments, read_dockerfile, read_ignored
from poster.doctor.file_finding import FileFinding
from poster.doctor.image import Context, check_dockerfile, check_dockerfiles_agree, check_line_ends

ROOT = Path(__file__).parents[2]
SOUND = """\
# Without findings.
ARG BASE=python:3.12.13-slim-bookworm
FROM ${BASE} AS tools
COPY requirements/worker.lock /
RUN pip install --require-hashes --no-deps --requirement /worker.lock \\
    # a comment between
    && python -c "import torch; \\
assert torch.version.cuda >= '12'; print(torch._C._cuda_getArchFlags())" 2>&1 >/dev/null
FROM tools
COPY --from=tools /opt /opt
COPY --chown=1000 poster predict.py /app/
CMD ["python", "runpod_shim.py"]
"""
FILES = frozenset(
    {
        "requirements/worker.lock",
        "poster/commands/main.py",
        "poster/doctor/runpod_hub.py",
        "predict.py",
    }
)


def check(text: str, ignored: str = "") -> list[FileFinding]:
    context = Context(FILES, read_ignored(ignored))
    return list(check_dockerfile("Dockerfile", text, context))


def seen(text: str, ignored: str = "") -> list[tuple[str, int | None]]:
    return [(finding.code, finding.location.line) for finding in check(text, ignored)]


def test_a_sound_dockerfile_has_no_findings() -> None:
    assert seen(SOUND) == []


@pytest.mark.parametrize(
    ("step", "trouble"),
    [
        ("RUN pip install huggingface_hub>=2", "huggingface_hub>=2"),
        ("RUN pip install diffusers >= 0.42", ">="),
        ("RUN pip install 'a==1' numpy<2", "numpy<2"),
        ("RUN pip install safetensors[torch]>0.4", "safetensors[torch]>0.4"),
        ("RUN uv pip install --system torch>=2.8.0", "torch>=2.8.0"),
    ],
)
def test_an_unquoted_comparison_is_a_redirect(step: str, trouble: str) -> None:
    found = [finding for finding in check(f"{SOUND}{step}\n") if finding.code == "shell_redirect"]
    assert [(finding.location.line, finding.trouble) for finding in found] == [
        (13, f"{trouble} is not quoted")
    ]


@pytest.mark.parametrize(
    "step",
    [
        'RUN pip install "huggingface_hub==2.4.0"',
        "RUN echo 3 >/etc/three 2>&1 && cat </etc/three",
        "RUN python -c 'assert 3 >= 2'",
        'RUN echo "pip install \\"x>=2\\""',
        "RUN echo '#include <Python.h>' | gcc -x c -",
        "RUN <<EOF\nassert 3 >= 2\nEOF",
    ],
)
def test_quoted_text_and_intended_redirects_are_not_findings(step: str) -> None:
    assert seen(f"{SOUND}{step}\n") == []


def test_a_finding_has_the_line_of_its_cause() -> None:
    step = "RUN apt-get update \\\n    # why\n    && pip install \\\n        x>=2\n"
    assert ("shell_redirect", 16) in seen(SOUND + step)


@pytest.mark.parametrize(
    "step",
    [
        "RUN git clone https://github.com/comfyanonymous/ComfyUI",
        "RUN git clone --depth 1 https://github.com/x/y /y && pip install --no-deps /y",
        "RUN pip install git+https://github.com/huggingface/diffusers",
    ],
)
def test_a_clone_of_a_moving_branch_is_a_finding(step: str) -> None:
    assert ("unpinned_clone", 13) in seen(f"{SOUND}{step}\n")


@pytest.mark.parametrize(
    "step",
    [
        f"RUN git clone https://github.com/x/y /y && git -C /y checkout {'0a' * 20}",
        "RUN git clone --branch v1.2.3 https://github.com/x/y",
        f"RUN pip install git+https://github.com/x/y@{'0a' * 20}",
    ],
)
def test_a_clone_of_a_commit_is_not_a_finding(step: str) -> None:
    assert seen(f"{SOUND}{step}\n") == []


@pytest.mark.parametrize(
    ("base", "codes"),
    [
        ("python", {"unpinned_base"}),
        ("python:latest", {"unpinned_base"}),
        ("python:3.12-slim", {"unpinned_base"}),
        ("python:slim", {"unpinned_base"}),
        ("blendx/xicon-poster-maker-base:klein-9b-fp8", {"personal_base"}),
        ("ghcr.io/somebody/base:1.2.3", {"personal_base"}),
        ("somebody/base", {"unpinned_base", "personal_base"}),
        ("$NOWHERE", {"unpinned_base"}),
        ("python:3.12.13-slim-bookworm", set()),
        ("docker.io/library/python:3.12.13-slim", set()),
        ("nvidia/cuda:12.8.1-runtime-ubuntu24.04", set()),
        ("localhost:5000/python:3.12.13-slim", set()),
        ("python@sha256:" + "0" * 64, set()),
    ],
)
def test_a_base_is_an_official_image_with_a_full_version(base: str, codes: set[str]) -> None:
    text = SOUND.replace("python:3.12.13-slim-bookworm", base)
    assert {code for code, _ in seen(text)} == codes


@pytest.mark.parametrize(
    "line",
    [
        "ARG HF_TOKEN",
        "ARG HF_TOKEN=none",
        "ENV CIVITAI_API_KEY=x",
        "ENV BUCKET_SECRET_ACCESS_KEY x",
        "ENV A=1 RUNPOD_API_KEY=x",
        "RUN curl --header 'authorization: Bearer hf_" + "aB3" * 10 + "'",
    ],
)
def test_a_secret_in_the_image_is_a_finding(line: str) -> None:
    assert ("secret_shipped", 13) in seen(f"{SOUND}{line}\n")


def test_a_secret_mount_is_not_a_finding() -> None:
    step = "RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf true\n"
    assert seen(SOUND + step) == []


@pytest.mark.parametrize(
    "line",
    [
        "COPY models /models",
        "COPY flux-2-klein-base-9b-fp8.safetensors /models/",
        "RUN huggingface-cli download black-forest-labs/FLUX.2-klein-base-9b-fp8",
        "RUN poster weights download --root /models",
        "RUN wget https://example.com/vae/flux2-vae.safetensors",
    ],
)
def test_weights_in_the_image_are_a_finding(line: str) -> None:
    assert ("weights_in_image", 13) in seen(f"{SOUND}{line}\n")


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("RUN pip install runpod requests", ["runpod", "requests"]),
        ("RUN pip install -U pip", ["pip"]),
        ("RUN pip install -r requirements.txt --index-url https://x.example/simple 'a==1'", []),
        ("RUN pip install --no-deps . ./wheels/a.whl b-1.0-py3-none-any.whl", []),
        (
            "RUN pip install --progress-bar off --root /x -q --no-cache-dir --only-binary=:all: x",
            ["x"],
        ),
        ("RUN apt-get install gcc", []),
        ("RUN /opt/bin/pip --python /venv/bin/python install x && echo done", ["x"]),
    ],
)
def test_what_pip_installs_is_pinned(step: str, words: list[str]) -> None:
    found = [f.trouble.split()[0] for f in check(f"{SOUND}{step}\n") if "unpinned_i" in f.code]
    assert found == words


@pytest.mark.parametrize(
    ("ignored", "code"),
    [
        ("*", "copy_hidden"),
        ("predict.py", "copy_hidden"),
        ("**/*.py", "copy_hidden"),
        ("*\n!poster", "copy_hidden"),
        ("*\n!poster\n!predict.py\n!requirements/worker.lock", ""),
        ("*\n!poster/**\n!*.py\n!requirements/*\n# end", ""),
        ("poster/comfy", ""),
        ("predict.pyc\n/docs/", ""),
    ],
)
def test_a_source_that_dockerignore_hides_is_a_finding(ignored: str, code: str) -> None:
    assert {found for found, _ in seen(SOUND, ignored)} == ({code} if code else set())


def test_a_missing_source_is_a_finding() -> None:
    found = check(f'{SOUND}COPY ["start.sh", "poster", "/"]\nADD https://x.example/y /\n')
    assert [(f.code, f.location.line, "start.sh" in f.trouble) for f in found] == [
        ("copy_missing", 13, True)
    ]


@pytest.mark.parametrize(
    "entry",
    [
        'CMD ["/bin/bash", "/entrypoint.sh"]',
        'ENTRYPOINT ["/entrypoint.sh"]',
        'CMD ["sh", "-c", "comfyui & python handler.py"]',
        "CMD python runpod_shim.py",
    ],
)
def test_a_shell_as_entry_is_a_finding(entry: str) -> None:
    assert seen(SOUND.replace('CMD ["python", "runpod_shim.py"]', entry)) == [("shell_entry", 12)]


def test_a_build_that_does_not_check_torchs_architectures_is_a_finding() -> None:
    assert seen(SOUND.replace("_cuda_getArchFlags", "_cuda_isInBadFork")) == [("no_arch_gate", 12)]


def test_two_dockerfiles_that_differ_are_a_finding_at_the_first_line_that_does() -> None:
    names = ("Dockerfile.runpod", ".runpod/Dockerfile")
    assert check_dockerfiles_agree(dict.fromkeys(names, SOUND)) == ()
    changed = SOUND.replace("FROM tools", "FROM other")
    for other, line in ((changed, 9), (f"{SOUND}USER poster\n", 13), ("", 1)):
        found = check_dockerfiles_agree(dict(zip(names, (SOUND, other), strict=True)))
        assert [(f.code, f.location.file, f.location.line) for f in found] == [
            ("dockerfiles_differ", names[1], line)
        ]


def test_carriage_returns_are_a_finding_at_the_first() -> None:
    found = check_line_ends({"a.sh": "#!/bin/sh\nset -e\r\ntrue\r\n", "b.sh": "true\n"})
    assert [(finding.code, finding.location.file, finding.location.line) for finding in found] == [
        ("crlf", "a.sh", 2)
    ]


def test_instructions_have_their_lines_words_and_defaults() -> None:
    read = read_dockerfile(SOUND)
    assert [instruction.line for instruction in read] == [2, 3, 4, 5, 9, 10, 11, 12]
    assert read_arguments(read) == {"BASE": "python:3.12.13-slim-bookworm"}
    assert read[-1].words() == ["python", "runpod_shim.py"]


@pytest.mark.parametrize(
    "text", ["", "\n\n", "RUN \\", "FROM", "COPY", 'RUN "', "CMD [", "RUN <<X"]
)
def test_no_text_makes_the_doctor_crash(text: str) -> None:
    check(text)


def test_our_own_dockerfile_has_no_findings() -> None:
    name = "Dockerfile.runpod"
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "poster").rglob("*.py")}
    files |= {path.name for path in ROOT.iterdir() if path.is_file()}
    files |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "requirements").iterdir()}
    ignored = read_ignored((ROOT / ".dockerignore").read_text(encoding="utf-8"))
    text = (ROOT / name).read_text(encoding="utf-8")
    assert check_dockerfile(name, text, Context(frozenset(files), ignored)) == ()


def test_an_exec_form_that_is_not_json_is_split_as_a_shell_would() -> None:
    loose, deep = read_dockerfile("CMD [python, 'a b']\nCMD " + "[" * 100_000)
    assert loose.words() == ["[python,", "a b]"]
    assert deep.words() == ["[" * 100_000]
