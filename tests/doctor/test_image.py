"""Dockerfiles: how they are read, and what would fail or differ in a later build."""

import re
from pathlib import Path

import pytest

from poster.doctor.dockerfile import read_arguments, read_dockerfile, read_ignored
from poster.doctor.file_finding import FileFinding
from poster.doctor.image import (
    Context,
    check_dockerfile,
    check_dockerfiles_agree,
    check_line_ends,
    choose_dockerfiles,
)

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


def check(text: str, ignored: str = "", **scripts: str) -> list[FileFinding]:
    """All findings; each keyword is the text of a Python script in the folder scripts."""
    texts = {f"scripts/{name}.py": script for name, script in scripts.items()}
    context = Context(FILES | set(texts), read_ignored(ignored), texts)
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
        "RUN cat <<<word && echo $((1<<3)) \\\n\n  && true",
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
        "RUN pip install git+https://github.com/huggingface/diffusers@main",
        "RUN git clone --branch main https://github.com/x/y",
        "ADD https://github.com/x/y.git /y",
        "ADD https://github.com/x/y.git#main:docs /y",
        "RUN git clone https://github.com/x/y; git clone https://github.com/x/z; git checkout v1.0",
    ],
)
def test_a_clone_of_a_moving_branch_is_a_finding(step: str) -> None:
    assert ("unpinned_clone", 13) in seen(f"{SOUND}{step}\n")


@pytest.mark.parametrize(
    "step",
    [
        f"RUN git clone https://github.com/x/y /y && git -C /y checkout {'0a' * 20}",
        f"ARG COMMIT={'0a' * 20}\nRUN git clone https://github.com/x/y && git checkout ${{COMMIT}}",
        "ENV TAG=v1.9.3\nRUN git clone https://github.com/x/y && cd y && git reset --hard $TAG",
        "ENV TAG v1.9.3\nRUN git clone -b ${TAG} https://github.com/x/y",
        "RUN git clone https://github.com/x/y /y\nWORKDIR /y\nRUN git checkout 0a1b2c3",
        "ARG REF\nRUN git clone https://github.com/x/y && git -C y checkout ${REF}",
        "ADD https://github.com/x/y.git#v1.2:docs /y",
        "RUN git clone --branch b4321 --depth 1 https://github.com/x/y",
        "RUN git clone https://github.com/x/y && cd y && git fetch origin 0a1b2c3d",
        "RUN git clone --branch v1.2.3 https://github.com/x/y",
        f"RUN pip install git+https://github.com/x/y@{'0a' * 20}",
    ],
)
def test_a_clone_of_a_commit_is_not_a_finding(step: str) -> None:
    assert seen(f"{SOUND}{step}\n") == []


def test_a_branch_in_an_arg_still_moves() -> None:
    step = "ARG REF=main\nRUN git clone https://github.com/x/y && git checkout ${REF}"
    assert seen(f"{SOUND}{step}\n") == [("unpinned_clone", 14)]


def test_all_clones_of_a_step_are_one_finding_that_names_them() -> None:
    clones = " && \\\n  ".join(f"git clone https://github.com/x/{name}.git" for name in "abcde")
    (found,) = check(f"{SOUND}RUN {clones}\n")
    assert found.trouble == "git clone of a, b, c, d and 1 more without checking out a commit"


@pytest.mark.parametrize(
    ("base", "codes"),
    [
        ("python", {"unpinned_base"}),
        ("python:latest", {"unpinned_base"}),
        ("python:3.12-slim", {"unpinned_base"}),
        ("python:slim", {"unpinned_base"}),
        ("blendx/xicon-poster-maker-base:klein-9b-fp8", {"unlisted"}),
        ("ghcr.io/somebody/base:1.2.3", {"unlisted"}),
        ("somebody/base", {"unpinned_base", "unlisted"}),
        ("nvidai/cuda:12.8.1-runtime-ubuntu24.04", {"misspelt_base"}),
        ("pytorh/pytorch:2.10.0-cuda12.8", {"misspelt_base"}),
        ("vllm/vllm-openai:v0.11.2", set()),
        ("ghcr.io/astral-sh/uv:0.9.1", set()),
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


def test_an_owner_that_is_not_listed_is_noted_with_the_lists_date() -> None:
    (found,) = check(SOUND.replace("python:3.12.13-slim-bookworm", "somebody/base:1.2.3"))
    assert re.search(
        r"^image owner 'somebody' is not in the doctor's list \(.*, 20..-..-..\)$", found.trouble
    )


def test_an_image_that_files_are_copied_from_is_a_base_too() -> None:
    step = "COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/uv\n"
    assert seen(SOUND + step) == [("unpinned_base", 13)]
    assert seen(SOUND + "COPY --from=0 /uv /bin/uv\n") == []


UNUSED = """\
FROM somebody/old AS unused
ARG HF_TOKEN
RUN pip install requests
FROM python:3.12.13-slim
CMD ["/start.sh"]
CMD ["python", "/app.py"]
"""


def test_a_stage_that_is_not_built_and_a_command_that_is_replaced_do_not_matter() -> None:
    assert seen(UNUSED) == []
    used = UNUSED.replace("CMD", "COPY --from=unused /lib /lib\nCMD", 1)
    assert [code for code, _ in seen(used)] == ["unpinned_base", "unlisted", "unpinned_install"]
    assert ("secret_shipped", 2) in seen(UNUSED.replace("python:3.12.13-slim", "unused"))


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


@pytest.mark.parametrize("line", ['ENV HF_TOKEN=""', "ENV HF_TOKEN=", "ENV HF_TOKEN"])
def test_the_name_of_a_secret_without_a_value_is_not_a_finding(line: str) -> None:
    assert seen(f"{SOUND}{line}\n") == []


def test_a_secret_mount_is_not_a_finding() -> None:
    step = "RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf true\n"
    assert seen(SOUND + step) == []


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("RUN pip install runpod requests", ["runpod, requests are"]),
        ("RUN pip install a && pip install b 'c>=2'", ["a, b, c>=2 are"]),
        ("RUN pip install a b c d e f g h", ["a, b, c, d and 4 more are"]),
        ("RUN pip install 'y @ git+https://github.com/x/y@v1.0'", []),
        ("RUN pip install torch>=2", []),
        ("RUN pip install x==1 # with a note \\\n    and more of it", []),
        ("ARG EXTRA=x\nRUN pip install $EXTRA $OTHER", ["x is"]),
        ("RUN pip install -U pip", ["pip is"]),
        ("RUN pip install -r requirements.txt --index-url https://x.example/simple 'a==1'", []),
        ("RUN pip install --no-deps . ./wheels/a.whl b-1.0-py3-none-any.whl", []),
        (
            "RUN pip install --progress-bar off --root /x -q --no-cache-dir --only-binary=:all: x",
            ["x is"],
        ),
        ("RUN apt-get install gcc", []),
        ("RUN /opt/bin/pip --python /venv/bin/python install x && echo done", ["x is"]),
    ],
)
def test_what_pip_installs_is_pinned(step: str, words: list[str]) -> None:
    found = [f.trouble for f in check(f"{SOUND}{step}\n") if f.code == "unpinned_install"]
    assert found == [f"{names} installed without ==" for names in words]


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


@pytest.mark.parametrize("source", ["../predict.py", "./../predict.py", "/predict.py"])
def test_a_source_is_read_from_the_context_whatever_its_lead(source: str) -> None:
    assert seen(f"{SOUND}COPY {source} /\n") == []


@pytest.mark.parametrize("source", ["absent*.txt", "${FOLDER}/x", "$HOME", "https://x.example/a"])
def test_a_pattern_or_an_unknown_variable_is_not_a_missing_source(source: str) -> None:
    assert seen(f"{SOUND}COPY predict.py {source} /\n") == []


def test_a_variable_in_a_source_is_filled_in() -> None:
    step = "ARG A=predict\nENV B=absent\nCOPY $A.py ${B}.py /\n"
    assert [f.trouble for f in check(SOUND + step)] == ["absent.py is not in the checkout"]


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


def test_an_image_without_torch_needs_no_such_check() -> None:
    plain = 'FROM python:3.12.13-slim\nCMD ["python", "runpod_shim.py"]\n'
    assert seen(plain) == []
    context = Context(FILES, read_ignored(""), {"requirements.txt": "numpy==2.4.6\ntorch==2.9.1\n"})
    assert [f.code for f in check_dockerfile("Dockerfile", plain, context)] == ["no_arch_gate"]
    assert seen(plain.replace("python:3.12.13-slim", "runpod/pytorch:2.4.0-rocm6.1.0")) == []


@pytest.mark.parametrize(
    ("names", "is_listing", "built", "others"),
    [
        ([".runpod/Dockerfile", "Dockerfile"], True, [".runpod/Dockerfile"], ["Dockerfile"]),
        (["Dockerfile", "Dockerfile.old"], True, ["Dockerfile"], ["Dockerfile.old"]),
        (["Dockerfile", "Dockerfile.gpu"], False, ["Dockerfile", "Dockerfile.gpu"], []),
        (["Dockerfile.gpu"], True, ["Dockerfile.gpu"], []),
        (
            [".runpod/Dockerfile", "Dockerfile.runpod"],
            True,
            [".runpod/Dockerfile", "Dockerfile.runpod"],
            [],
        ),
    ],
)
def test_the_dockerfiles_that_are_deployed_are_checked(
    names: list[str], built: list[str], others: list[str], *, is_listing: bool
) -> None:
    texts = {name: f"# {name}" for name in names}
    chosen = choose_dockerfiles(texts, is_listing=is_listing)
    assert chosen == (tuple(built), tuple(others))


@pytest.mark.parametrize("compose", ["compose.yaml", "docker-compose.yml"])
@pytest.mark.parametrize("written", ["Dockerfile.cpu", "./Dockerfile.cpu", '"Dockerfile.cpu"'])
def test_what_a_compose_file_builds_is_for_another_machine_than_runpods(
    compose: str, written: str
) -> None:
    texts = {name: f"# {name}" for name in ("Dockerfile", "Dockerfile.cpu", "Dockerfile.old")}
    texts[compose] = f"services:\n  a:\n    build:\n      dockerfile: {written} # here\n"
    chosen = choose_dockerfiles(texts, is_listing=True)
    assert chosen == (("Dockerfile",), ("Dockerfile.old",))


def test_a_copy_is_checked_once_under_the_name_that_people_see() -> None:
    texts = dict.fromkeys((".runpod/Dockerfile", "Dockerfile.runpod"), SOUND)
    assert choose_dockerfiles(texts, is_listing=True) == (("Dockerfile.runpod",), ())


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
    read = read_dockerfile(SOUND.replace("COPY --chown", "COPY\t--chown"))
    assert [instruction.line for instruction in read] == [2, 3, 4, 5, 9, 10, 11, 12]
    assert read_arguments(read) == {"BASE": "python:3.12.13-slim-bookworm"}
    assert read[-1].words() == ["python", "runpod_shim.py"]
    assert read[-2].words()[0] == "--chown=1000"


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
