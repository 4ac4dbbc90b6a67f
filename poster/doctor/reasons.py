"""The catalogue of what the doctor can find: code -> why it matters and how to fix it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from poster.finding import Reason

_HUB = {
    "not_json": Reason(
        "The Hub reads these files with a strict JSON parser and shows no build where it fails.",
        "Write plain JSON: no comments, no trailing commas, no NaN, no name twice.",
    ),
    "hub_file_missing": Reason(
        "The Hub wants hub.json, tests.json, handler.py, Dockerfile and README.md in the root or "
        "in .runpod/; it does not look for Dockerfile.runpod.",
        "Add the file.",
    ),
    "hub_field": Reason(
        "The Hub refuses the listing, or falls back on a default that nobody chose.",
        "Write the field as the Hub's publishing guide has it.",
    ),
    "hub_unknown_field": Reason(
        "The Hub ignores fields that it does not know. There is none for a network volume: an "
        "operator mounts it on the endpoint.",
        "Remove the field, or correct its name.",
    ),
    "hub_env": Reason(
        "A worker started with this variable refuses to start, or its form on the deploy page is "
        "blank.",
        "Write key with value, or key with input: name, type, description and a default within "
        "its own options and bounds.",
    ),
    "hub_preset": Reason(
        "A preset sets the listing's own variables; others it drops without a word.",
        "Give each preset a name and defaults whose keys stand in env.",
    ),
    "unknown_pool": Reason(
        "gpuIds takes pool ids. An id that does not exist matches no machine: the job waits for "
        "ever, without a log.",
        "Use the ids of RunPod's list, such as ADA_24 (RTX 4090) and ADA_32_PRO (RTX 5090).",
    ),
    "stray_exclusion": Reason(
        "-NAME leaves a GPU out of a listed pool; where it names none of them it does nothing.",
        "Name a GPU of a listed pool in full, or remove the exclusion.",
    ),
    "pool_as_gpu_type": Reason(
        "gpuTypeId takes one full GPU name. A pool id matches no machine, so the Hub's test waits "
        "for ever, without a log.",
        "Name one GPU of the listed pools in full, such as NVIDIA GeForce RTX 4090.",
    ),
    "unknown_gpu_type": Reason(
        "gpuTypeId is matched letter by letter. A name that does not exist matches no machine, so "
        "the Hub's test waits for ever, without a log.",
        "Name one GPU in full, such as NVIDIA GeForce RTX 4090.",
    ),
    "gpu_type_outside_pools": Reason(
        "The test would run on a GPU that the listing never deploys to, and prove nothing for "
        "those it does.",
        "Take a GPU of the pools in hub.json's gpuIds, or list its pool.",
    ),
    "gpu_counts_differ": Reason(
        "The test would run on another machine than the listing deploys to.",
        "Write the same gpuCount in both files.",
    ),
    "cuda_lists_differ": Reason(
        "The test's machine is chosen by one list and the deployment's by the other: one may wait "
        "for ever, or run where the other does not.",
        "Write the same allowedCudaVersions in both files.",
    ),
    "cuda_below_pools": Reason(
        "A host whose driver reports an older CUDA than the pool's GPUs need cannot run them. "
        "Blackwell (RTX 5090) needs 12.8, on the Hub as on a serverless endpoint.",
        "List 12.8 and all later versions: 12.8, 12.9, 13.0.",
    ),
    "cuda_below_image": Reason(
        "allowedCudaVersions is what a host's driver reports. Below the CUDA that torch was built "
        "with the worker may land on a driver that is too old. Downgrading does not help: a host "
        "with a newer driver runs older CUDA, never the other way round.",
        "Raise the list to the image's CUDA and all later versions; leave the image as it is.",
    ),
    "cuda_list_holes": Reason(
        "Versions are matched exactly: a host that reports 13.0 is passed over where 12.8 alone "
        "is listed, and the queue waits for the few that are left.",
        "List every version from the first one up: 12.8, 12.9, 13.0.",
    ),
    "tests_empty": Reason(
        "Without tests the Hub publishes what nobody has seen start.",
        'Add a self-check, {"self_check": true}, and one poster.',
    ),
    "test_field": Reason(
        "The Hub skips or refuses a test that is not name, input and timeout, each name once.",
        "Write name, input and timeout in milliseconds.",
    ),
    "test_refused": Reason(
        "The worker itself would answer this input with an error, and the Hub's test would fail.",
        "Correct the input; the worker's own words are above.",
    ),
    "test_timeout": Reason(
        "A cold start takes minutes: image pull, import, weights. timeout is in milliseconds.",
        "Give each test at least 600000.",
    ),
    "test_needs_volume": Reason(
        "A Hub test has no network volume, so no weights: a flux worker refuses to start there.",
        "Set POSTER_ENGINE to studio in tests.json's config.env.",
    ),
}

_IMAGE = {
    "dockerfiles_differ": Reason(
        "The Hub builds .runpod/Dockerfile and people build Dockerfile.runpod: what was tested is "
        "not what is deployed.",
        "Copy Dockerfile.runpod to .runpod/Dockerfile.",
    ),
    "shell_redirect": Reason(
        "A shell takes an unquoted > or < for a redirect: pip installs whatever version is newest "
        "and a file named =2 is left behind.",
        "Quote the requirement, or pin it in requirements.lock.",
    ),
    "unpinned_clone": Reason(
        "The default branch moves: the same Dockerfile builds another image tomorrow.",
        "Check out a commit, or install a pinned release.",
    ),
    "unpinned_base": Reason(
        "The tag moves: the same Dockerfile builds another image tomorrow.",
        "Name a full version in the tag, or a digest that was really seen.",
    ),
    "personal_base": Reason(
        "The base is one account's: nobody else can rebuild it, and it can vanish.",
        "Start from an official image such as python, and install from requirements.lock.",
    ),
    "unpinned_install": Reason(
        "pip takes whatever is newest on the day of the build.",
        "Install from requirements.lock with --require-hashes, or pin with ==.",
    ),
    "secret_shipped": Reason(
        "ARG and ENV stay readable in the image's history, and files in the repository's.",
        "Give secrets to the endpoint or the pod as environment variables; the image needs none.",
    ),
    "weights_in_image": Reason(
        "17 GB of weights in a layer make each pull take minutes, need a token at build time, and "
        "break the 30 minutes that RunPod gives a build.",
        "Keep weights on the network volume: poster volume prepare lays it out.",
    ),
    "crlf": Reason(
        "A carriage return becomes part of the last word of a line: no such file or directory.",
        "Save the file with line feeds alone.",
    ),
    "copy_hidden": Reason(
        ".dockerignore hides the source from the build, which then ends with: not found.",
        "Take the source out of .dockerignore, or add an exception for it with !.",
    ),
    "copy_missing": Reason(
        "The build ends with: not found.",
        "Correct the path, or commit the file.",
    ),
    "shell_entry": Reason(
        "A shell script as entry supervises badly: set -e turns one failed line into a crash loop, "
        "and a second process in the background makes a race with readiness, in which a worker "
        "neither exits nor works.",
        'Start the one process directly: CMD ["python", "-u", "runpod_shim.py"].',
    ),
    "no_arch_gate": Reason(
        "An image whose torch lacks the pool's architecture builds well and fails at its first "
        "kernel, on a paid GPU.",
        "Add a build step that fails unless torch reports the right CUDA and architectures; "
        "torch._C._cuda_getArchFlags() answers without a GPU.",
    ),
    "stub_handler": Reason(
        "A worker without the real handler takes jobs and answers none.",
        "Import runpod_shim in .runpod/handler.py and call its main() under __main__.",
    ),
}

_PINS = {
    "torch_unpinned": Reason(
        "CUDA comes with torch's wheel, so without one pin nobody knows the image's CUDA.",
        "Pin torch with == in pyproject.toml and requirements.lock.",
    ),
    "torch_unknown": Reason(
        "The doctor cannot tell which CUDA this torch brings, nor which GPUs it runs on.",
        "Look it up, and add it to TORCH_CUDA and TORCH_ARCHS in poster/runpod/cuda.py.",
    ),
    "pins_differ": Reason(
        "What is tested is not what is deployed.",
        "Pin it in pyproject.toml and make the other files from there.",
    ),
    "lock_incomplete": Reason(
        "The image would be built without it, or the build with hashes fails.",
        "Make requirements.lock anew; its head says how.",
    ),
    "lock_unhashed": Reason(
        "With --require-hashes one requirement without a hash fails the build; without it nothing "
        "proves that what is installed is what was locked.",
        "Make requirements.lock anew; its head says how.",
    ),
    "cuda_drift": Reason(
        "Two CUDA versions in one deployment: one file is wrong, and the next build may follow it.",
        "torch brings its CUDA along: write that version everywhere.",
    ),
    "python_drift": Reason(
        "Wheels are chosen by the version of Python: what is tested is not what is deployed.",
        "Write the same version in cog.yaml and as the base of Dockerfile.runpod.",
    ),
    "archs_miss_pool": Reason(
        "There is no code for these GPUs in the build: no kernel image is available for execution "
        "on the device. sm_86 code runs on the RTX 4090 (8.9); the RTX 5090 needs sm_120.",
        "Take a torch whose CUDA is 12.8 or newer from PyPI, and set no TORCH_CUDA_ARCH_LIST.",
    ),
    "runpod_old": Reason(
        "Before 1.10.1 the SDK funnels the jobs of an endpoint with a volume to one worker.",
        "Pin runpod to 1.10.1 or newer.",
    ),
}

_VOLUME = {
    "weights_missing": Reason(
        "flux cannot start without its files, and auto paints with studio.",
        "Run poster volume prepare on a pod that mounts the volume.",
    ),
    "weights_misplaced": Reason(
        "Text encoders are looked for in text_encoders/, never in clip/, and the transformer in "
        "diffusion_models/, never in unet/.",
        "Move the file.",
    ),
    "weights_partial": Reason(
        "A download was interrupted. Until it is whole and its hash right it is never used.",
        "Run poster weights download again: it goes on where it was.",
    ),
    "weights_damaged": Reason(
        "A file that is not whole, or not the manifest's, fails at load or paints noise.",
        "Run poster weights download: it fetches what is wrong anew.",
    ),
    "weights_mismatch": Reason(
        "A whole file of another model, such as 4B where 9B is meant.",
        "Run poster weights download, or choose the set that the files belong to.",
    ),
    "weights_unrecorded": Reason(
        "A file that was put there by hand was never hashed; its size and header are right.",
        "Run poster weights verify --full once.",
    ),
    "weights_manifest": Reason(
        "Without a manifest nobody knows which files are meant.",
        "Correct the file that POSTER_MANIFEST names, or unset it.",
    ),
    "no_token": Reason(
        "A gated repository answers 403 Forbidden to whoever brings no token.",
        "Accept the licence on the repository's page, then set HF_TOKEN on the pod that downloads; "
        "never as a build ARG.",
    ),
    "bad_token": Reason(
        "The token is not valid: the download is answered with 401 Unauthorized.",
        "Make a new token with read access, and set HF_TOKEN.",
    ),
    "licence_not_accepted": Reason(
        "The repository is gated: until the account behind the token has accepted its licence, "
        "every download is answered with 403 Forbidden. Building again does not help.",
        "Choose Agree and access on the repository's page with the token's account.",
    ),
    "download_failed": Reason(
        "The weights cannot be fetched from here.",
        "Look at the network and at the manifest, and ask again.",
    ),
}

_MACHINE = {
    "no_gpu": Reason(
        "flux needs an NVIDIA GPU and its driver.",
        "Nothing, where flux shall not run here; else look at the driver and at how the container "
        "was started.",
    ),
    "driver_old": Reason(
        "A driver runs the CUDA versions up to its own. A lower CUDA in the image would lose the "
        "RTX 5090, which needs 12.8.",
        "Take a host with a newer driver: on RunPod through allowedCudaVersions.",
    ),
    "gpu_uncovered": Reason(
        "There is no code for this GPU in torch's build: no kernel image is available for "
        "execution on the device.",
        "Take a GPU of the listed pools, or a torch that was built for this one.",
    ),
    "gpu_small": Reason(
        "A poster of the usual size does not fit, even with the text encoder offloaded.",
        "Take a GPU with more memory, or a smaller weight set.",
    ),
}

_PLATFORM = {
    "not_checked": Reason(
        "There was nothing here to look at.",
        "Run poster doctor where it is: in a checkout, or on a machine with the volume.",
    ),
    "no_rebuild": Reason(
        "The Hub builds on GitHub releases, not on pushes: an empty commit triggers nothing.",
        "Publish a release; the Hub picks it up within the hour.",
    ),
}

REASONS: Mapping[str, Reason] = MappingProxyType(
    _HUB | _IMAGE | _PINS | _VOLUME | _MACHINE | _PLATFORM
)
"""Code -> reason, in the order of the checks."""
