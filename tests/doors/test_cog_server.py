"""Cog's real server, driven over HTTP."""

import base64
import json
import re
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from poster.doors.cog_schema import build_schema
from poster.doors.cog_signature import read_signature
from poster.request import SPECS
from tests.support.hooks import Hooks

ROOT = Path(__file__).parents[2]
SMALL = {"width": 512, "height": 736}
ASKED: dict[str, Any] = {"title": "ORBIT", "seed": 7, **SMALL}
LEAKS = re.compile(r"Traceback|File \"|site-packages|/(tmp|root|home|work|usr|etc)/")


def decode(uri: str) -> bytes:
    return base64.b64decode(uri.partition(",")[2], validate=True)


def list_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_the_server_reports_that_it_is_ready(cog_server: Any) -> None:
    status, health = cog_server.call("GET", "/health-check")

    assert status == 200
    assert health["status"] == "READY"
    assert health["setup"]["status"] == "succeeded"


def test_the_server_serves_the_declared_inputs(cog_server: Any) -> None:
    status, served = cog_server.call("GET", "/openapi.json")
    declared = read_signature((ROOT / "predict.py").read_text())

    assert status == 200
    assert served == build_schema(declared)
    assert list(SPECS) == [item.name for item in declared][1:]


@pytest.mark.parametrize(
    ("stage", "names"),
    [
        ("both", ["cover.png", "envelope.png"]),
        ("cover", ["cover.png"]),
        ("envelope", ["envelope.png"]),
    ],
)
def test_a_data_uri_becomes_the_pictures_of_each_stage(
    cog_server: Any, portrait_uri: str, stage: str, names: list[str]
) -> None:
    reply = cog_server.predict(image=portrait_uri, stage=stage, **ASKED)

    assert reply["status"] == "succeeded", reply
    *pictures, receipt = [decode(uri) for uri in reply["output"]]
    assert [uri.partition(";")[0] for uri in reply["output"]] == [
        *["data:image/png"] * len(names),
        "data:application/json",
    ]
    for picture in pictures:
        image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        assert image.shape == (736, 512, 3)
    told = json.loads(receipt)
    assert list(told["files"].values()) == names
    assert (told["engine"], told["seed"], told["width"], told["height"]) == ("studio", 7, 512, 736)
    assert bool(told["blocks"]) == (stage != "envelope")
    assert reply["metrics"]["progress"] == 1.0


def test_other_formats_are_served_under_their_own_type(cog_server: Any, portrait_uri: str) -> None:
    reply = cog_server.predict(image=portrait_uri, stage="cover", output_format="jpg", **ASKED)

    assert reply["output"][0].startswith("data:image/jpeg;base64,")


def test_a_put_answers_under_the_callers_id(cog_server: Any, portrait_uri: str) -> None:
    body = {"input": {"image": portrait_uri, "stage": "cover", **ASKED}}
    status, reply = cog_server.call("PUT", "/predictions/my-poster", body)

    assert status == 200
    assert (reply["id"], reply["status"]) == ("my-poster", "succeeded")


def test_an_asynchronous_prediction_reports_to_its_webhook(
    cog_server: Any, portrait_uri: str, hooks: Hooks
) -> None:
    body = {"input": {"image": portrait_uri, "stage": "cover", **ASKED}, "webhook": hooks.url}
    status, reply = cog_server.call("POST", "/predictions", body, Prefer="respond-async")

    assert (status, reply["status"]) == (202, "starting")
    done = hooks.wait_for("succeeded", "failed")
    assert done["status"] == "succeeded", done
    assert done["id"] == reply["id"]
    assert done["metrics"]["progress"] == 1.0
    assert len(done["output"]) == 2


def test_a_failed_prediction_sends_its_webhook_only_the_message(
    cog_server: Any, hooks: Hooks
) -> None:
    body = {
        "input": {"image": "data:image/jpeg;base64,AAAA", **ASKED},
        "webhook": hooks.url,
        "webhook_events_filter": ["start", "output", "logs", "completed"],
    }
    cog_server.call("PUT", "/predictions/broken", body, Prefer="respond-async")

    failed = hooks.wait_for("succeeded", "failed")
    assert failed["status"] == "failed"
    told = json.dumps([{**message, "input": None} for message in hooks.received])
    assert not LEAKS.search(told), told


def test_a_cancelled_prediction_leaves_no_files_and_the_next_one_works(
    cog_server: Any, portrait_uri: str, hooks: Hooks
) -> None:
    before = len(cog_server.log.read_text())
    # A size that takes seconds, so that it is at work when the cancellation comes.
    body = {
        "input": {"image": portrait_uri, **ASKED, "width": 2048, "height": 2896},
        "webhook": hooks.url,
    }
    status, _ = cog_server.call("PUT", "/predictions/unwanted", body, Prefer="respond-async")
    assert status == 202
    # Cog calls it "processing" before it has taken its input in, and forgets its copy where it is
    # cancelled then; this is the predictor's own word.
    cog_server.wait_for_log("%: finding the subject", before)

    assert cog_server.call("POST", "/predictions/unwanted/cancel")[0] == 200
    assert hooks.wait_for("canceled", "succeeded", "failed")["status"] == "canceled"
    # Cog tells of the cancellation first and removes its own copy of the input then.
    deadline = time.monotonic() + 60
    while list_files(cog_server.temporary) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list_files(cog_server.temporary) == []
    reply = cog_server.predict(image=portrait_uri, stage="cover", **ASKED)
    assert reply["status"] == "succeeded", reply


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image", None),
        ("image", 5),
        ("title", 5),
        ("title", "x" * 401),
        ("coverlines", "Headline | deck"),
        ("coverlines", ["Headline", 5]),
        ("kicker", "x" * 301),
        ("issue", "x" * 301),
        ("language", 5),
        ("stage", "poster"),
        ("title_colour", 0xFFFFFF),
        ("seed", -1),
        ("seed", 2**32),
        ("seed", "7"),
        ("seed", None),
        ("width", 511),
        ("width", 4097),
        ("width", 1024.5),
        ("height", 511),
        ("height", True),
        ("num_inference_steps", 0),
        ("num_inference_steps", 101),
        ("guidance_scale", -0.1),
        ("guidance_scale", 20.1),
        ("cover_prompt", "x" * 4001),
        ("envelope_prompt", "x" * 4001),
        ("engine", "dalle"),
        ("output_format", "gif"),
        ("output_quality", 0),
        ("output_quality", 101),
    ],
)
def test_a_value_that_the_schema_forbids_is_a_422_that_names_the_field(
    cog_server: Any, portrait_uri: str, field: str, value: object
) -> None:
    body = {"input": {"image": portrait_uri, **ASKED, field: value}}
    status, reply = cog_server.call("POST", "/predictions", body)

    assert status == 422
    assert {error["loc"][2].partition("/")[0] for error in reply["detail"]} == {field}


def test_a_missing_image_is_a_422(cog_server: Any) -> None:
    status, reply = cog_server.call("POST", "/predictions", {"input": ASKED})

    assert status == 422
    assert reply["detail"][0]["loc"] == ["body", "input", "image"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": " "}, "title: is required unless stage is envelope"),
        ({"title": "x" * 81}, "title: "),
        ({"width": 1600}, "width: must be 0.5 to 1.0 times the height, not 1600/"),
        ({"width": 512, "height": 4096}, "width: must be 0.5 to 1.0 times the height"),
        ({"coverlines": ["x"] * 13}, "coverlines: has 13 lines; at most 12 are allowed"),
        ({"coverlines": ["| deck"]}, "coverlines: line 1 has no headline"),
        ({"language": "klingonese!"}, "language: must be auto or a BCP 47 tag"),
        ({"title_colour": "blu"}, "title_colour: must be auto, a CSS colour name"),
        ({"engine": "flux"}, "engine: flux cannot run here: "),
        ({"image": "/etc/hostname"}, "image: must be base64, a data URI or an http or https URL"),
        (
            {"image": "examples/astronaut.jpg"},
            "image: must be base64, a data URI or an http or https URL",
        ),
        ({"image": "data:image/jpeg;base64,"}, "image: is empty"),
    ],
)
def test_a_value_that_only_the_request_forbids_fails_with_a_message_that_names_the_field(
    cog_server: Any, portrait_uri: str, changes: dict[str, Any], message: str
) -> None:
    reply = cog_server.predict(**{"image": portrait_uri, **ASKED, **changes})

    assert reply["status"] == "failed"
    assert message in reply["error"]
    # The caller's own value may be quoted.
    told = reply["error"].replace(str(changes.get("image")), "")
    assert not LEAKS.search(json.dumps(told))


def test_a_broken_image_is_named_to_the_caller_and_traced_in_the_log(
    cog_server: Any, portrait: Path
) -> None:
    half = portrait.read_bytes()[:40_000]
    uri = f"data:image/jpeg;base64,{base64.b64encode(half).decode()}"
    before = len(cog_server.log.read_text())

    reply = cog_server.predict(image=uri, **ASKED)

    assert reply["status"] == "failed"
    assert "image" in reply["error"]
    assert not LEAKS.search(json.dumps({**reply, "input": None}))
    # Cog's worker logs through its server, which may answer first, and names the error itself.
    cog_server.wait_for_log("Traceback (most recent call last)", before)
    cog_server.wait_for_log("poster.errors.UnreadablePhotoError: ", before)


def test_posters_in_a_row_leave_at_most_the_last_ones_files_and_none_after_exit(
    start_cog_server: Any, portrait_uri: str, tmp_path: Path
) -> None:
    server = start_cog_server(tmp_path)
    for seed in range(4):
        # Covers take ten times as long as envelopes, and leave no more behind.
        stage, covers = ("both", {"cover.png"}) if seed % 3 == 0 else ("envelope", set())
        reply = server.predict(image=portrait_uri, **{**ASKED, "seed": seed, "stage": stage})
        assert reply["status"] == "succeeded", reply
        assert set(list_files(server.temporary)) <= {*covers, "envelope.png", "poster.json"}

    server.stop()

    assert list(server.temporary.iterdir()) == []
