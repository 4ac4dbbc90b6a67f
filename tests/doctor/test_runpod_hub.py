"""hub.json and tests.json: each by itself, and compared with each other."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poster.doctor import hub_cases, hub_env, hub_machines, runpod_hub
from poster.doctor.file_finding import FileFinding
from poster.doctor.located import Located, read_json
from poster.doctor.pins import ImageCuda

CUDA = ["12.8", "12.9", "13.0"]
TORCH = ImageCuda((12, 8), "torch")
LISTING: dict[str, Any] = {
    "title": "Posters",
    "description": "A photo in, a poster out.",
    "type": "serverless",
    "category": "image",
    "iconUrl": "https://example.com/icon.png",
    "config": {
        "runsOn": "GPU",
        "containerDiskInGb": 20,
        "gpuCount": 1,
        "gpuIds": "ADA_24,ADA_32_PRO,-NVIDIA L4",
        "allowedCudaVersions": CUDA,
        "presets": [{"name": "CPU", "defaults": {"POSTER_ENGINE": "studio"}}],
        "env": [
            {
                "key": "POSTER_ENGINE",
                "input": {
                    "name": "Engine",
                    "type": "string",
                    "description": "Who paints.",
                    "default": "flux",
                    "options": [
                        {"label": "flux", "value": "flux"},
                        {"label": "studio", "value": "studio"},
                    ],
                },
            },
            {"key": "POSTER_LOG_LEVEL", "value": "INFO"},
        ],
    },
}
TESTS: dict[str, Any] = {
    "tests": [{"name": "self_check", "input": {"self_check": True}, "timeout": 600_000}],
    "config": {
        "gpuTypeId": "NVIDIA GeForce RTX 4090",
        "gpuCount": 1,
        "env": [{"key": "POSTER_ENGINE", "value": "studio"}],
        "allowedCudaVersions": CUDA,
    },
}


def accept(given: object) -> str:
    return "" if given == {"self_check": True} else "title: is required"


def attempt(key: str, value: str) -> str:
    return "" if (key, value) != ("POSTER_ENGINE", "comfy") else "must be flux or studio"


def check(listing: object, tests: object) -> list[FileFinding]:
    """All findings for the two files, formatted over several lines."""
    ours, theirs = (
        read_json(json.dumps(value, indent=1), f".runpod/{name}")
        for name, value in ((runpod_hub.HUB, listing), (runpod_hub.TESTS, tests))
    )
    misshapen = (
        *runpod_hub.check_shape(ours, "config"),
        *runpod_hub.check_shape(theirs, "tests", "config"),
    )
    if misshapen:
        return [*misshapen]
    pools = hub_machines.read_pools(ours)
    return [
        *runpod_hub.check_listing(ours),
        *hub_env.check_env(ours, attempt),
        *hub_cases.check_cases(theirs, accept),
        *hub_env.check_test_env(theirs, attempt, serves_posters=True),
        *runpod_hub.check_test_config(ours, theirs),
        *hub_machines.check_pools(ours),
        *hub_machines.check_gpu_type(ours, theirs),
        *hub_machines.check_cuda_list(ours, pools, TORCH),
        *hub_machines.check_cuda_list(theirs, pools, TORCH),
    ]


def with_config(whole: dict[str, Any], **changes: Any) -> dict[str, Any]:
    config = {**whole["config"], **changes}
    return {**whole, "config": {name: value for name, value in config.items() if value != "gone"}}


def codes(findings: list[FileFinding]) -> set[str]:
    return {finding.code for finding in findings}


def test_a_listing_and_tests_that_agree_have_no_findings() -> None:
    assert check(LISTING, TESTS) == []


@pytest.mark.parametrize(
    ("pools", "code", "trouble"),
    [
        ("BLACKWELL_24", "unknown_pool", "pool 'BLACKWELL_24' is not in the doctor's list"),
        ("BLACKWELL_24", "unknown_pool", "did you mean BLACKWELL_96?"),
        ("ADA_24,ADA_48", "unknown_pool", "did you mean ADA_48_PRO"),
        ("ada_24", "unknown_pool", "did you mean ADA_24"),
        ("NVIDIA GeForce RTX 4090", "unknown_pool", "its pool is ADA_24"),
        ("RTX 4090", "unknown_pool", "RTX 4090 is a GPU, not a pool; its pool is ADA_24"),
        ("RTX_4090", "unknown_pool", "its pool is ADA_24"),
        ("NVIDIA A30", "unknown_pool", "its pool is none"),
        (
            "NVIDIA A40,NVIDIA L40S,NVIDIA A40",
            "unknown_pool",
            "GPUs instead of their pools: NVIDIA A40 (AMPERE_48), NVIDIA L40S (ADA_48_PRO)",
        ),
        ("ADA_24,,ADA_32_PRO", "unknown_pool", "an empty entry"),
        ("ADA_24,VERA_288", "unlisted", "pool 'VERA_288' is not in the doctor's list"),
        ("ADA_24,-NVIDIA A40", "stray_exclusion", "excludes no GPU"),
        ("ADA_24,-RTX 4090", "stray_exclusion", "excludes no GPU"),
        ("ADA_32_PRO,-NVIDIA GeForce RTX 5090", "stray_exclusion", "every GPU"),
    ],
)
def test_gpu_ids_are_pools_or_excluded_gpus(pools: str, code: str, trouble: str) -> None:
    found = [f for f in check(with_config(LISTING, gpuIds=pools), TESTS) if f.code == code]
    assert trouble in found[0].trouble
    assert (found[0].location.file, found[0].location.line) == (".runpod/hub.json", 11)


@pytest.mark.parametrize("pool", ["ADA_24", "ADA_32_PRO", "AMPERE_80"])
def test_a_pool_as_gpu_type_is_named_with_the_gpus_to_write_instead(pool: str) -> None:
    found = check(LISTING, with_config(TESTS, gpuTypeId=pool))
    assert codes(found) == {"pool_as_gpu_type"}
    assert "Write one of: NVIDIA" in found[0].fix


@pytest.mark.parametrize(
    ("name", "code", "trouble"),
    [
        ("RTX 4090", "unknown_gpu_type", "did you mean NVIDIA GeForce RTX 4090?"),
        ("NVIDIA GeForce RTX 4090 ", "unknown_gpu_type", "did you mean"),
        (
            "NVIDIA GeForce RTX 4090,NVIDIA GeForce RTX 5090",
            "unknown_gpu_type",
            "must be the full name of one GPU",
        ),
        ("gone", "hub_field", "config.gpuTypeId is missing"),
        ("", "hub_field", "config.gpuTypeId must be a string"),
        (["NVIDIA GeForce RTX 4090"], "hub_field", "config.gpuTypeId must be a string"),
        ("BLACKWELL_24", "pool_as_gpu_type", "which is a pool id"),
        ("NVIDIA RTX 5090", "unknown_gpu_type", "did you mean NVIDIA GeForce RTX 5090?"),
        ("NVIDIA R300", "unlisted", "GPU 'NVIDIA R300' is not in the doctor's list"),
        ("NVIDIA A30", "gpu_type_outside_pools", "is in no pool"),
        ("NVIDIA A40", "gpu_type_outside_pools", "is in AMPERE_48"),
        ("NVIDIA L4", "gpu_type_outside_pools", "which hub.json does not list"),
    ],
)
def test_the_test_gpu_is_one_of_the_listed_pools(name: object, code: str, trouble: str) -> None:
    found = check(LISTING, with_config(TESTS, gpuTypeId=name))
    assert codes(found) == {code}
    assert trouble in found[0].trouble


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        (CUDA, ["12.8"], {"cuda_lists_differ", "cuda_list_holes"}),
        (["12.8"], ["12.8"], {"cuda_list_holes"}),
        (["12.8", "13.0"], ["12.8", "13.0"], {"cuda_list_holes"}),
        (["12.7"], ["12.7"], {"cuda_below_pools", "cuda_below_image", "cuda_list_holes"}),
        (["12.7", *CUDA], ["12.7", *CUDA], {"cuda_below_pools", "cuda_below_image"}),
        (["13.0"], ["13.0"], set()),
        ([*CUDA, "13.1"], [*CUDA, "13.1"], set()),
        ([12.8], [12.8], {"hub_field"}),
        ([], [], {"hub_field"}),
        ("12.8", "12.8", {"hub_field"}),
        (CUDA, CUDA[::-1], set()),
        (CUDA, "gone", {"cuda_lists_differ", "cuda_below_pools", "cuda_below_image"}),
        ("gone", "gone", {"cuda_below_pools", "cuda_below_image"}),
    ],
)
def test_cuda_lists_are_equal_high_enough_and_without_gaps(
    ours: object, theirs: object, found: set[str]
) -> None:
    listing = with_config(LISTING, allowedCudaVersions=ours)
    assert codes(check(listing, with_config(TESTS, allowedCudaVersions=theirs))) == found


def allowing(versions: list[str]) -> Located:
    content = {"config": {"allowedCudaVersions": versions}}
    return read_json(json.dumps(content), ".runpod/hub.json")


def test_an_older_cuda_is_fine_if_neither_pools_nor_image_need_more() -> None:
    allowed = allowing([*("12.4", "12.5", "12.6", "12.7"), *CUDA])
    image = ImageCuda((12, 4), "the base image")
    assert hub_machines.check_cuda_list(allowed, ("ADA_24",), image) == ()
    below = hub_machines.check_cuda_list(allowed, ("ADA_24", "ADA_32_PRO"), image)
    assert [finding.code for finding in below] == ["cuda_below_pools"]
    assert "NVIDIA GeForce RTX 5090 needs 12.8" in below[0].trouble


def test_only_usable_versions_are_missing_from_a_list() -> None:
    found = hub_machines.check_cuda_list(
        allowing(["12.4", "13.0"]), ("ADA_24", "ADA_32_PRO"), TORCH
    )
    assert [(one.code, one.trouble) for one in found[1:]] == [
        ("cuda_below_image", "12.4 is allowed, but torch has 12.8"),
        ("cuda_list_holes", "12.8, 12.9 are missing in the list"),
    ]


def test_a_list_that_is_missing_is_fine_for_an_image_that_every_host_can_run() -> None:
    anything = read_json('{"config": {}}')
    assert hub_machines.check_cuda_list(anything, ("ADA_24",), ImageCuda((11, 8), "torch")) == ()
    assert hub_machines.check_cuda_list(anything, ("ADA_24",), None) == ()
    (found,) = hub_machines.check_cuda_list(anything, ("ADA_24",), TORCH)
    assert found.trouble == "allowedCudaVersions is missing, but torch has 12.8"


def test_gpu_counts_are_equal() -> None:
    assert codes(check(LISTING, with_config(TESTS, gpuCount=2))) == {"gpu_counts_differ"}
    found = next(
        f for f in check(with_config(LISTING, gpuCount="one"), TESTS) if "here" in f.trouble
    )
    assert found.trouble == 'gpuCount is 1 here, but "one" in hub.json'


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": ""}, "hub_field"),
        ({"type": "Serverless"}, "hub_field"),
        ({"type": "pod"}, "unlisted"),
        ({"category": "images"}, "hub_field"),
        ({"category": "Image"}, "hub_field"),
        ({"category": "robotics"}, "unlisted"),
        ({"category": 3}, "hub_field"),
        ({"volume": "XiCON"}, "unlisted"),
        ({"iconURL": "https://example.com/icon.png"}, "hub_unknown_field"),
        ({"config": None}, "hub_field"),
    ],
)
def test_a_listing_has_the_fields_of_the_guide(changes: dict[str, Any], code: str) -> None:
    assert code in codes(check({**LISTING, **changes}, TESTS))


@pytest.mark.parametrize("name", ["networkVolumeId", "volumeInGb"])
def test_a_field_that_the_guide_does_not_have_is_noted_with_the_lists_date(name: str) -> None:
    found = check(with_config(LISTING, **{name: 20}), TESTS)
    assert [finding.code for finding in found] == ["unlisted"]
    assert f"config field {name!r} is not in the doctor's list (" in found[0].trouble
    assert re.search(r"publishing-guide.mdx, 20\d\d-\d\d-\d\d\)$", found[0].trouble)


def test_a_misspelt_field_is_a_finding_that_names_the_right_one() -> None:
    found = check(with_config(LISTING, allowedCudaVersion=CUDA), TESTS)
    assert [finding.code for finding in found] == ["hub_unknown_field"]
    assert found[0].trouble.endswith("did you mean allowedCudaVersions?")


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        ([], "tests.json must be an object with tests and config, not a list"),
        ("x", "tests.json must be an object with tests and config, not a string"),
        ({}, "tests.json has no tests and no config"),
        ({"tests": []}, "tests.json has no config"),
        ({"tests": [], "config": []}, "config must be an object, not a list"),
    ],
)
def test_a_file_of_another_shape_is_one_finding(content: object, trouble: str) -> None:
    assert [finding.trouble for finding in check(LISTING, content)] == [trouble]


def test_a_listing_on_a_cpu_needs_no_gpu() -> None:
    gone = dict.fromkeys(("gpuIds", "gpuCount", "allowedCudaVersions", "gpuTypeId"), "gone")
    listing = with_config(LISTING, **gone, runsOn="CPU", cpuFlavor="cpu5c")
    tests = with_config(TESTS, **gone, cpuFlavor="cpu5c")
    assert check(listing, tests) == []
    without = [f.trouble for f in check(with_config(listing, cpuFlavor="gone"), tests)]
    assert without == ["config.cpuFlavor is missing; it must be a string"]


@pytest.mark.parametrize(
    ("item", "trouble"),
    [
        ({"key": "POSTER_ENGINE", "value": "comfy"}, "must be flux or studio"),
        ({"key": "A", "value": 3}, "value must be a string"),
        ({"key": "A"}, "value must be a string"),
        ({"value": "3"}, "key must be a string"),
        ({"key": ["A"], "input": {}}, "key must be a string"),
        ("A=3", "key must be a string"),
        ({"key": "A", "input": {}}, "input has no name"),
        ({"key": "A", "input": {"name": "A", "type": "string"}}, "input has no description"),
        (
            {"key": "A", "input": {"name": "A", "type": "strings", "description": "a"}},
            "did you mean string?",
        ),
    ],
)
def test_a_variable_is_one_that_a_worker_can_start_with(item: object, trouble: str) -> None:
    found = check(with_config(LISTING, env=[item], presets=[]), TESTS)
    assert codes(found) == {"hub_env"}
    assert trouble in found[0].trouble


@pytest.mark.parametrize(
    ("form", "trouble"),
    [
        ({"type": "number", "default": "3"}, "'3' is not a number"),
        ({"type": "number", "default": True}, "True is not a number"),
        ({"type": "number", "default": 9, "min": 1, "max": 8}, "outside its bounds"),
        ({"type": "number", "default": 0, "min": 1}, "outside its bounds"),
        ({"type": "boolean", "default": "true"}, "is not a boolean"),
        ({"type": "string", "default": "x", "options": [{"value": "y"}]}, "not one of its options"),
    ],
)
def test_a_default_is_within_its_own_bounds(form: dict[str, Any], trouble: str) -> None:
    item = {"key": "A", "input": {"name": "A", "description": "a", **form}}
    found = check(with_config(LISTING, env=[item], presets=[]), TESTS)
    assert codes(found) == {"hub_env"}
    assert trouble in found[0].trouble


def test_options_may_be_plain_texts() -> None:
    form = {"name": "A", "type": "string", "description": "a", "default": "x"}
    item = {"key": "A", "input": {**form, "options": ["x", "y"]}}
    assert check(with_config(LISTING, env=[item], presets=[]), TESTS) == []
    item["input"] = {**form, "options": ["y"]}
    (found,) = check(with_config(LISTING, env=[item], presets=[]), TESTS)
    assert found.trouble == "env 'A': 'x' is not one of its options"


def test_an_input_of_a_new_type_is_noted() -> None:
    form = {"name": "A", "type": "date", "description": "a", "default": 3}
    found = check(with_config(LISTING, env=[{"key": "A", "input": form}], presets=[]), TESTS)
    assert codes(found) == {"unlisted"}


@pytest.mark.parametrize("kind", ["string", "number", "boolean"])
def test_an_empty_default_leaves_the_variable_unset(kind: str) -> None:
    form = {
        "name": "A",
        "type": kind,
        "description": "a",
        "default": "",
        "options": [{"value": "x"}],
    }
    assert check(with_config(LISTING, env=[{"key": "A", "input": form}], presets=[]), TESTS) == []


def test_an_optional_field_may_be_empty() -> None:
    assert check({**LISTING, "iconUrl": ""}, TESTS) == []


def test_the_wrong_values_of_a_preset_are_one_finding() -> None:
    def item(key: str) -> dict[str, Any]:
        return {"key": key, "input": {"name": key, "type": "number", "description": "a"}}

    preset = {"name": "Wide", "defaults": dict.fromkeys("ABCD", "wide")}
    listing = with_config(LISTING, env=[item(key) for key in "ABCD"], presets=[preset])
    (found,) = check(listing, TESTS)
    assert found.trouble.startswith("preset 'Wide', A: 'wide' is not a number; B: 'wide' is not")
    assert found.trouble.endswith("; and 1 more")


def test_the_strange_keys_of_a_preset_are_one_finding() -> None:
    preset = {"name": "Wide", "defaults": {"WIDTH": 1, "HEIGHT": 2, "POSTER_ENGINE": "studio"}}
    found = check(with_config(LISTING, presets=[preset]), TESTS)
    assert [(f.code, f.trouble) for f in found] == [
        ("hub_preset", "preset 'Wide' sets 'WIDTH', 'HEIGHT', which are not keys in env")
    ]


def test_a_secret_with_its_value_in_the_file_is_a_finding_and_an_input_for_one_is_not() -> None:
    given = {"key": "HF_TOKEN", "value": "hf_x"}
    asked = {
        "key": "BUCKET_SECRET_ACCESS_KEY",
        "input": {"name": "Secret", "type": "string", "description": "Of the bucket."},
    }
    found = check(with_config(LISTING, env=[given, asked], presets=[]), TESTS)
    assert [(finding.code, "HF_TOKEN" in finding.trouble) for finding in found] == [
        ("secret_shipped", True)
    ]


@pytest.mark.parametrize(
    ("preset", "trouble"),
    [
        ({"name": "A", "defaults": {"POSTER_ENGIN": "studio"}}, "which is not a key in env"),
        ({"name": "A", "defaults": {"POSTER_ENGINE": "auto"}}, "not one of its options"),
        ({"name": "A", "defaults": ["POSTER_ENGINE"]}, "must have a name and defaults"),
        ({"defaults": {}}, "must have a name and defaults"),
    ],
)
def test_a_preset_sets_the_listings_own_variables(preset: object, trouble: str) -> None:
    found = check(with_config(LISTING, presets=[preset]), TESTS)
    assert codes(found) == {"hub_preset"}
    assert trouble in found[0].trouble


@pytest.mark.parametrize("tests", [[], None, {}, "gone"])
def test_tests_that_were_emptied_are_a_finding(tests: object) -> None:
    assert codes(check(LISTING, {**TESTS, "tests": tests})) == {"tests_empty"}


@pytest.mark.parametrize(
    ("changes", "code", "trouble"),
    [
        ({"name": ""}, "test_field", "test 1 has no name"),
        ({"input": "photo.jpg"}, "test_field", "input must be an object"),
        ({"input": {}}, "test_refused", "title: is required"),
        ({"timeout": 120_000}, "test_timeout", "timeout is 120000, but must be at least 600000 ms"),
        ({"timeout": 600}, "test_timeout", "timeout is 600,"),
        ({"timeout": "600000"}, "test_timeout", "must be at least"),
        ({"timeout": True}, "test_timeout", "must be at least"),
    ],
)
def test_a_test_is_one_that_the_worker_would_pass(
    changes: dict[str, Any], code: str, trouble: str
) -> None:
    found = check(LISTING, {**TESTS, "tests": [{**TESTS["tests"][0], **changes}]})
    assert codes(found) == {code}
    assert trouble in found[0].trouble


def test_two_tests_with_the_same_name_are_a_finding() -> None:
    found = check(LISTING, {**TESTS, "tests": TESTS["tests"] * 3})
    assert [finding.code for finding in found] == ["test_field"]


@pytest.mark.parametrize(
    ("env", "found"),
    [
        ([], {"test_needs_volume"}),
        ("gone", {"test_needs_volume"}),
        ([{"key": "POSTER_ENGINE", "value": "flux"}], {"test_needs_volume"}),
        ([{"key": "POSTER_ENGINE", "value": "comfy"}], {"test_needs_volume", "hub_env"}),
    ],
)
def test_a_hub_test_runs_without_a_volume(env: object, found: set[str]) -> None:
    assert codes(check(LISTING, with_config(TESTS, env=env))) == found


def test_each_file_that_the_hub_looks_for_may_be_in_the_root_or_in_runpod() -> None:
    there = frozenset({".runpod/hub.json", ".runpod/tests.json", "handler.py", "README.md"})
    found = runpod_hub.check_hub_files(there | {"Dockerfile.runpod"})
    assert [finding.location.file for finding in found] == [".runpod/Dockerfile"]
    assert runpod_hub.check_hub_files(there | {"Dockerfile"}) == ()


NAMES = """config env key value input name type default options min max presets defaults gpuIds
gpuTypeId gpuCount allowedCudaVersions tests timeout title"""
KEYS = st.sampled_from(NAMES.split())
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 700_000)
    | st.sampled_from(["", "string", "number", "ADA_24", "-", "12.8", "POSTER_ENGINE", "studio"])
)
ANYTHING = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=5)
)


@settings(max_examples=50)
@given(
    st.dictionaries(KEYS, ANYTHING, max_size=6),
    st.fixed_dictionaries({}, optional=dict.fromkeys(LISTING["config"], ANYTHING)),
    ANYTHING,
)
def test_no_json_makes_the_doctor_crash(
    listing: dict[str, Any], config: dict[str, Any], tests: object
) -> None:
    found = check({**listing, "config": config}, tests)
    assert found
    assert all(finding.why and finding.fix for finding in found)
