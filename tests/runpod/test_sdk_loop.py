"""Answers that the control plane refuses; tests/doors/test_worker_loop.py has the loop itself."""

import asyncio

import pytest

from poster.runpod import sdk_loop


class RefusedError(Exception):
    """Stands for aiohttp's error: with the HTTP status, or None if there was no reply."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


class Plane:
    """Refuses answers at first, then accepts them."""

    def __init__(self, *refusals: int | None) -> None:
        self.refusals = list(refusals)
        self.taken: list[str] = []

    async def take(self, _session: object, _url: str, data: str) -> None:
        if self.refusals:
            raise RefusedError(self.refusals.pop(0))
        self.taken.append(data)


ANSWER = '{"output": {"image": "iVBO"}}'
REPORT = '{"status": "IN_PROGRESS", "output": {"progress": 0.5}}'


def send(plane: Plane, data: str) -> None:
    async def play() -> None:
        await sdk_loop.send_with_retries(plane.take, (RefusedError,))(None, "url", data)

    asyncio.run(play())


def test_an_answer_is_retried_until_it_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk_loop, "RETRY_AFTER_S", 0.001)
    plane = Plane(500, None, 502, 429, *[503] * 20)

    send(plane, ANSWER)

    assert plane.taken == [ANSWER]


@pytest.mark.parametrize(("status", "data"), [(400, ANSWER), (404, ANSWER), (500, REPORT)])
def test_rejected_answers_and_progress_reports_are_not_retried(status: int, data: str) -> None:
    plane = Plane(status)

    with pytest.raises(RefusedError):
        send(plane, data)

    assert plane.taken == []


def test_an_answer_that_is_too_old_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk_loop, "RETRY_AFTER_S", 0.01)
    monkeypatch.setattr(sdk_loop, "SEND_WITHIN_S", 0.05)

    with pytest.raises(RefusedError):
        send(Plane(*[500] * 1000), ANSWER)
