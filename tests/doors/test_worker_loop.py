"""runpod's real worker loop with the shim in it, against a control plane on loopback.

A job is lost if no worker has it any more and the platform would not hand it out again.
"""

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tools.control_plane import ControlPlane
from tools.job_ledger import ANSWER_LIMIT, SETTLED
from tools.loop_callers import Caller, make_bare_caller
from tools.loop_faults import Tally, cancel, kill_and_end, refuse, serve, vanish
from tools.loop_jobs import Judge, make_broken_jobs, make_job, make_jobs, make_large_job
from tools.loop_worker import LoopWorker, run_worker


@pytest.fixture(scope="module")
def worker(
    plane: ControlPlane, caller: Caller, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LoopWorker]:
    folder = tmp_path_factory.mktemp("worker")
    with run_worker(plane, "shim", folder, caller.command) as worker:
        yield worker


def is_served(tally: Tally) -> bool:
    assert tally.wrong == ()
    return tally.answered == tally.sent and tally.lost == 0


@pytest.mark.usefixtures("worker")
def test_jobs_of_both_contracts_and_every_stage_are_all_answered_rightly(
    plane: ControlPlane, caller: Caller
) -> None:
    assert is_served(serve(plane, caller, make_jobs(8)))


@pytest.mark.usefixtures("worker")
def test_every_broken_job_is_answered_with_an_error_that_names_its_field(
    plane: ControlPlane, caller: Caller
) -> None:
    assert is_served(serve(plane, caller, make_broken_jobs()))


@pytest.mark.usefixtures("worker")
def test_pictures_over_the_platforms_limit_come_smaller_and_say_so(plane: ControlPlane) -> None:
    asked = make_large_job()
    job = plane.ledger.submit(asked.payload)

    assert plane.ledger.wait([job], SETTLED, 120)
    assert job.status == "COMPLETED", job.broken
    assert Judge().judge(asked, job.answers) == ""
    assert ANSWER_LIMIT / 4 < job.answer_bytes < ANSWER_LIMIT
    delivery = job.answers[0]["output"]["delivery"]
    assert (delivery["kind"], delivery["format"]) == ("inline", "webp")
    assert 0 < delivery["quality"] <= 100


@pytest.mark.usefixtures("worker")
def test_an_answer_refused_with_500s_is_sent_until_it_is_taken(
    plane: ControlPlane, caller: Caller
) -> None:
    # The SDK alone gives up after the third.
    assert is_served(refuse(plane, caller, 3))


def test_an_answer_waits_for_a_control_plane_that_is_gone_and_the_log_stays_short(
    plane: ControlPlane, caller: Caller, worker: LoopWorker
) -> None:
    before = worker.read_log().count("\n")

    # The SDK alone gives up at the first connection that is refused, and asks for jobs, and logs
    # that it could not, a thousand times a second.
    assert is_served(vanish(plane, caller, 10))
    assert worker.read_log().count("\n") - before < 200


def test_a_job_cancelled_at_work_is_let_go_of_and_the_next_ones_are_done(
    plane: ControlPlane, caller: Caller, worker: LoopWorker
) -> None:
    _, after = cancel(plane, caller, worker)

    assert is_served(after)


def test_a_killed_workers_jobs_are_done_by_the_next_one_which_answers_what_it_has_before_it_ends(
    caller: Caller, tmp_path: Path
) -> None:
    with ControlPlane() as plane:
        killed, ended, status = kill_and_end(plane, caller, tmp_path)

    assert is_served(killed)
    assert killed.again >= 1
    assert is_served(ended)
    assert status == 0


def test_the_workers_log_holds_no_picture_and_no_secret(worker: LoopWorker) -> None:
    log = worker.read_log()

    assert not re.search(r"[A-Za-z0-9+/]{200}", log)
    assert "Task exception was never retrieved" not in log


def test_the_loop_alone_loses_what_it_cannot_send_so_that_a_loss_would_be_seen(
    tmp_path: Path,
) -> None:
    caller = make_bare_caller()
    words = ["NaN", "an object", "half a character", "over the limit"]
    with (
        ControlPlane() as plane,
        run_worker(plane, caller.name, tmp_path, caller.command),
    ):
        jobs = [plane.ledger.submit({"answer": word}) for word in [*words, "nothing"]]
        assert plane.ledger.wait(jobs, SETTLED, 60)

    assert [job.status for job in jobs] == ["LOST"] * len(words) + ["COMPLETED"]
    assert jobs[0].broken == ["contains NaN, which is not JSON"]


def encode_picture(size: tuple[int, int]) -> str:
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, ""),
        ({"error": "KeyError in /app/predict.py"}, "leaks '/app/'"),
        ({"error": "no luck"}, "failed: no luck"),
        ({"image": encode_picture((736, 512))}, "image is (736, 512), not (512, 736)"),
        ({"images": {"final": encode_picture((512, 736))}}, "pictures ('final',), not ('image',)"),
        ({"seed": 1}, "seed 1, not 0"),
        ({"title": "TABASGO"}, "mastheads ['TABASGO'], not 'TABASCO'"),
    ],
)
def test_a_wrong_answer_is_told_from_a_right_one(changes: dict[str, Any], verdict: str) -> None:
    masthead = {"role": "masthead", "text": changes.get("title", "TABASCO")}
    output: dict[str, Any] = {"receipt": {"seed": changes.get("seed", 0), "blocks": [masthead]}}
    output |= {name: changes[name] for name in ("image", "images") if name in changes}
    if len(output) == 1:
        output["image"] = encode_picture((512, 736))
    answer = {"output": output, **({"error": changes["error"]} if "error" in changes else {})}

    assert Judge().judge(make_job("older final"), [answer]) == verdict


def test_two_answers_and_other_pictures_for_an_equal_job_are_wrong() -> None:
    judge, job = Judge(), make_job("older final")
    receipt = {"seed": 0, "blocks": [{"role": "masthead", "text": "TABASCO"}]}
    small, large = encode_picture((512, 736)), encode_picture((512, 752))
    answers = [{"output": {"image": image, "receipt": receipt}} for image in (small, large)]

    assert judge.judge(job, answers) == "2 answers"
    assert judge.judge(job, answers[:1]) == ""
    assert judge.judge(job, answers[:1]) == ""
    assert judge.judge(job, answers[1:]) == "pictures differ from those of an equal job"
