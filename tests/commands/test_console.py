"""What commands draw on a terminal."""

import io
from contextlib import redirect_stderr

import pytest

from poster.commands.console import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def test_a_bar_is_drawn_full_however_quickly_the_work_ends(terminal: Terminal) -> None:
    with redirect_stderr(terminal), progress_bar(1000) as draw:
        for done in range(0, 1001, 100):
            draw(done, "model")

    assert "model: 100%" in terminal.getvalue()


def test_a_new_label_is_drawn_at_once(terminal: Terminal) -> None:
    with redirect_stderr(terminal), progress_bar(1.0, layout="{desc} {percentage:.0f} %") as draw:
        for done, label in ((0.2, "photo"), (0.21, "layout"), (0.7, "seal")):
            draw(done, label)
            assert terminal.getvalue().rstrip().endswith(f"\r{label} {done * 100:.0f} %")


def test_quick_updates_are_not_all_drawn(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tqdm.std.time", lambda: 0.0)
    with redirect_stderr(terminal), progress_bar(10_000) as draw:
        for done in range(10_000):
            draw(done + 1, "model")

    # The first, since its word is new, and the last.
    assert terminal.getvalue().count("model: ") == 2


def test_earlier_progress_counts_as_done_but_not_as_speed(terminal: Terminal) -> None:
    with redirect_stderr(terminal), progress_bar(1_000_000, 999_000) as draw:
        draw(999_500, "model")

    assert "model: 100%|" in terminal.getvalue()
    assert "1.00M/1.00M" in terminal.getvalue()


def test_a_pipe_gets_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(1.0) as draw:
        draw(1.0, "seal")

    assert capsys.readouterr() == ("", "")
