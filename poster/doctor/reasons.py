"""The catalogue of the doctor's findings: code -> why it matters and how to fix it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from poster.finding import Reason

_HUB = {
    "not_json": Reason(
        "The Hub reads these files with a strict JSON parser. If one cannot be parsed, the Hub "
        "shows no build.",
        "Write plain JSON: no comments, no trailing commas, no NaN, no repeated names.",
    ),
    "hub_file_missing": Reason(
        "The Hub requires hub.json, tests.json, handler.py, Dockerfile and README.md, in the root "
        "or in .runpod/. It does not look for Dockerfile.runpod.",
        "Add the file.",
    ),
    "hub_field": Reason(
        "The Hub rejects the listing, or silently uses its own default.",
        "Write what the message asks for; each field is in docs.runpod.io/hub/publishing-guide.",
    ),
    "hub_unknown_field": Reason(
        "The Hub ignores unknown fields. It has no field for a network volume: an operator "
        "attaches the volume to the endpoint.",
        "Remove the field, or correct its name.",
    ),
    "hub_env": Reason(
        "With this variable the worker refuses to start, or the deploy page shows an empty field.",
        "Give each variable a key and a value, or a key and an input: name, type, description, "
        "and a default that its own options and bounds allow.",
    ),
    "hub_preset": Reason(
        "A preset can set only the listing's own variables. The Hub silently drops all others.",
        "Give each preset a name, and defaults whose keys are in env.",
    ),
    "unknown_pool": Reason(
        "gpuIds takes pool ids. No machine matches an id that does not exist: jobs wait forever, "
        "without a log.",
        "Use ids from RunPod's list, such as ADA_24 (RTX 4090) and ADA_32_PRO (RTX 5090).",
    ),
    "unlisted": Reason(
        "The doctor compares names with published lists that ship with it. A name that is not in a "
        "list may be newer than the list. It is a note, not a finding.",
        "Look the name up at the list's source. If it is there, rebuild the list: python -m "
        "tools.lists.",
    ),
    "stray_exclusion": Reason(
        "-NAME excludes a GPU from a listed pool. It does nothing if no listed pool has that GPU.",
        "Write the full name of a GPU in a listed pool, or remove the exclusion.",
    ),
    "pool_as_gpu_type": Reason(
        "gpuTypeId takes one full GPU name. No machine matches a pool id, so the Hub's test waits "
        "forever, without a log.",
        "Write the full name of one GPU in the listed pools, such as NVIDIA GeForce RTX 4090.",
    ),
    "unknown_gpu_type": Reason(
        "gpuTypeId must match exactly. No machine matches a name that does not exist, so the "
        "Hub's test waits forever, without a log.",
        "Write the full name of one GPU, such as NVIDIA GeForce RTX 4090.",
    ),
    "gpu_type_outside_pools": Reason(
        "The test would run on a GPU that the listing never deploys to. It proves nothing about "
        "the GPUs that the listing does use.",
        "Choose a GPU from the pools in hub.json's gpuIds, or add its pool there.",
    ),
    "gpu_counts_differ": Reason(
        "The test would run on a different machine from the one that is deployed.",
        "Write the same gpuCount in both files.",
    ),
    "cuda_lists_differ": Reason(
        "One list selects the machine for the Hub's test, the other the machine that is deployed. "
        "If they differ, the test can wait forever, or pass on a machine unlike the deployed one.",
        "Write the same allowedCudaVersions in both files.",
    ),
    "cuda_below_pools": Reason(
        "The pool's GPUs cannot run on a host whose driver reports an older CUDA than they need. "
        "Blackwell (RTX 5090) needs 12.8, on the Hub and on a serverless endpoint.",
        "List 12.8 and all later versions: 12.8, 12.9, 13.0.",
    ),
    "cuda_below_image": Reason(
        "allowedCudaVersions lists the CUDA versions that a host's driver may report. If it "
        "allows less than torch's CUDA, the worker may get a driver that is too old. Downgrading "
        "CUDA in the image does not help: a newer driver runs older CUDA, but not the reverse.",
        "Raise the list to the image's CUDA and all later versions. Do not change the image.",
    ),
    "cuda_list_holes": Reason(
        "Versions must match exactly. If only 12.8 is listed, hosts that report 13.0 are skipped, "
        "and the queue waits for the few that remain.",
        "List every version from the first one up: 12.8, 12.9, 13.0.",
    ),
    "tests_empty": Reason(
        "Without tests, the Hub publishes an image that nobody has seen start.",
        'Add a self-check, {"self_check": true}, and one poster.',
    ),
    "test_field": Reason(
        "The Hub skips or rejects a test unless it has a unique name, an input and a timeout.",
        "Write name, input, and timeout in milliseconds.",
    ),
    "test_refused": Reason(
        "The worker would answer this input with an error, so the Hub's test would fail.",
        "Correct the input; the worker's own message is above.",
    ),
    "test_timeout": Reason(
        "A cold start takes minutes: image pull, imports, weights. The timeout is in milliseconds.",
        "Give each test at least 600000.",
    ),
    "test_needs_volume": Reason(
        "The Hub's tests have no network volume and so no weights: a flux worker refuses to start.",
        "Set POSTER_ENGINE to studio in config.env of tests.json.",
    ),
}

_IMAGE = {
    "dockerfiles_differ": Reason(
        "The Hub builds .runpod/Dockerfile, and people build Dockerfile.runpod: the image that was "
        "tested is not the one that is deployed.",
        "Copy Dockerfile.runpod to .runpod/Dockerfile.",
    ),
    "shell_redirect": Reason(
        "A shell treats an unquoted > or < as a redirect. pip then installs the newest version and "
        "leaves a file named =2 behind.",
        "Quote the requirement, or pin it in requirements/worker.lock.",
    ),
    "unpinned_clone": Reason(
        "The default branch moves: the same Dockerfile builds a different image tomorrow.",
        "Check out a commit, or install a pinned release.",
    ),
    "unpinned_base": Reason(
        "The tag moves: the same Dockerfile builds a different image tomorrow.",
        "Use a tag with a full version, or a digest that you have verified.",
    ),
    "misspelt_base": Reason(
        "An account with a name like a project's may be anybody's: its image can contain anything, "
        "and can vanish.",
        "Correct the owner's name.",
    ),
    "unpinned_install": Reason(
        "pip installs whatever version is newest on the day of the build.",
        "Install from requirements/worker.lock with --require-hashes, or pin with ==.",
    ),
    "secret_shipped": Reason(
        "ARG and ENV stay readable in the image's history, and files in the repository's history.",
        "Pass secrets to the endpoint or the Pod as environment variables; the image needs none.",
    ),
    "weights_in_image": Reason(
        "A layer with weights, 12.5 to 18.6 GB for FLUX.2, adds minutes to every pull, can take "
        "the build past RunPod's limit of 30 minutes, and needs a token at build time if they are "
        "gated.",
        "Keep the weights on a network volume; for Poster Maker, poster volume prepare fills it.",
    ),
    "crlf": Reason(
        "The carriage return becomes part of the line's last word; the error is "
        '"no such file or directory".',
        "Save the file with LF line endings.",
    ),
    "copy_hidden": Reason(
        '.dockerignore hides the source from the build, so COPY fails with "not found".',
        "Remove the source from .dockerignore, or add an exception with !.",
    ),
    "copy_missing": Reason(
        'COPY fails with "not found".',
        "Correct the path, or commit the file.",
    ),
    "shell_entry": Reason(
        "A shell script hides failures. With set -e, one failing line restarts the container again "
        "and again. If a background process ends, the script goes on, and the worker neither "
        "works nor exits.",
        'Start the one process directly: CMD ["python", "-u", "runpod_shim.py"].',
    ),
    "no_arch_gate": Reason(
        "An image whose torch lacks the pool's architecture builds fine, then fails at its first "
        "kernel, on a paid GPU.",
        "Add a build step that fails unless torch reports the right CUDA and architectures; "
        "torch._C._cuda_getArchFlags() works without a GPU.",
    ),
    "stub_handler": Reason(
        "A worker without the real handler accepts jobs and answers none.",
        "Import runpod_shim in .runpod/handler.py and call its main() under __main__.",
    ),
}

_PINS = {
    "torch_unpinned": Reason(
        "CUDA comes with torch's wheel. If torch is not pinned, the image's CUDA is unknown.",
        "Pin torch with == in requirements/worker.lock, within the range in pyproject.toml.",
    ),
    "pins_differ": Reason(
        "The versions that were tested are not the ones that are deployed.",
        "Use the same version in every file, within the range in pyproject.toml. If the range is "
        "wrong, change it; then run make locks.",
    ),
    "lock_incomplete": Reason(
        "The image is built without this package or, with --require-hashes, is not built at all.",
        "Run make locks, which writes requirements/worker.lock.",
    ),
    "lock_unhashed": Reason(
        "With --require-hashes, one requirement without a hash fails the build. Without that "
        "option, nothing proves that the installed package is the locked one.",
        "Run make locks, which writes requirements/worker.lock with hashes.",
    ),
    "cuda_drift": Reason(
        "Two files name different CUDA versions. The next build may use the wrong one.",
        "Write the CUDA version of torch's wheel everywhere.",
    ),
    "python_drift": Reason(
        "pip chooses wheels by Python version: what was tested is not what is deployed.",
        "Write the same version in cog.yaml and as the base of Dockerfile.runpod.",
    ),
    "archs_miss_pool": Reason(
        "The build has no code for these GPUs; the error is "
        '"no kernel image is available for execution on the device". '
        "sm_86 code runs on the RTX 4090 (8.9); the RTX 5090 needs sm_120.",
        "Use a torch from PyPI whose CUDA is 12.8 or newer, and do not set TORCH_CUDA_ARCH_LIST.",
    ),
    "runpod_old": Reason(
        "If the endpoint has a volume, SDKs before 1.10.1 send all of its jobs to one worker.",
        "Pin runpod to 1.10.1 or newer.",
    ),
}

_VOLUME = {
    "weights_missing": Reason(
        "flux cannot start without these files; with auto, the worker serves with studio instead.",
        "Run poster volume prepare on a Pod that mounts the volume.",
    ),
    "weights_misplaced": Reason(
        "Text encoders are loaded from text_encoders/, never from clip/, and transformers from "
        "diffusion_models/, never from unet/.",
        "Move the file.",
    ),
    "weights_partial": Reason(
        "A download was interrupted. A file is used only when it is complete and its hash matches.",
        "Run poster weights download again: it resumes the download.",
    ),
    "weights_damaged": Reason(
        "A file that is incomplete, or not the one in the manifest, fails to load or paints noise.",
        "Run poster weights download: it fetches bad files again.",
    ),
    "weights_mismatch": Reason(
        "The file is complete but belongs to another model, such as 4B instead of 9B.",
        "Run poster weights download, or choose the set that the files belong to.",
    ),
    "weights_unrecorded": Reason(
        "The file was copied here by hand and never hashed. Its size and header are right.",
        "Run poster weights verify --full once.",
    ),
    "weights_manifest": Reason(
        "Without a valid manifest, it is unknown which files are needed.",
        "Correct the file that POSTER_MANIFEST names, or unset the variable.",
    ),
    "no_token": Reason(
        "A gated repository answers 403 Forbidden to requests without a token.",
        "Accept the licence on the repository's page, then set HF_TOKEN on the Pod that downloads; "
        "never as a build ARG.",
    ),
    "bad_token": Reason(
        "The token is not valid: the download fails with 401 Unauthorized.",
        "Create a new token with read access, and set HF_TOKEN.",
    ),
    "licence_not_accepted": Reason(
        "The repository is gated. Every download fails with 403 Forbidden until the token's "
        "account has accepted the licence. Rebuilding does not help.",
        "Choose Agree and access on the repository's page with the token's account.",
    ),
    "download_failed": Reason(
        "The weights cannot be downloaded from here.",
        "Check the network and the manifest, then try again.",
    ),
}

_MACHINE = {
    "no_gpu": Reason(
        "flux needs an NVIDIA GPU and its driver.",
        "No fix is needed if flux will not run here. Otherwise check the driver, and that the "
        "container was started with access to the GPU.",
    ),
    "driver_old": Reason(
        "A driver runs CUDA versions up to its own. Lowering the image's CUDA would exclude the "
        "RTX 5090, which needs 12.8.",
        "Use a host with a newer driver; on RunPod, allowedCudaVersions selects it.",
    ),
    "gpu_uncovered": Reason(
        "The torch build has no code for this GPU; the error is "
        '"no kernel image is available for execution on the device".',
        "Use a GPU from the listed pools, or a torch that was built for this one.",
    ),
    "gpu_small": Reason(
        "A poster of the default size does not fit, even with the text encoder offloaded.",
        "Use a GPU with more memory, or a smaller weight set.",
    ),
}

_PLATFORM = {
    "not_checked": Reason(
        "This part could not be checked here, or need not be. It is a note, not a finding.",
        "Run poster doctor in a checkout, or on a machine that has the volume.",
    ),
    "no_rebuild": Reason(
        "The Hub builds on GitHub releases, not on pushes: an empty commit triggers nothing.",
        "Publish a release; the Hub picks it up within an hour.",
    ),
}

NOTES = frozenset({"not_checked", "unlisted"})
"""Codes that are never findings."""

REASONS: Mapping[str, Reason] = MappingProxyType(
    _HUB | _IMAGE | _PINS | _VOLUME | _MACHINE | _PLATFORM
)
"""Code -> reason, in the order of the checks."""
