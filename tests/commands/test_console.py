"""What commands draw on a terminal."""

import io
import json
from contextlib import redirect_stderr

import pytest

from poster.commands.console import (
    complain,
    print_json,
    print_line,
    print_wrapped,
    progress_bar,
)


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


def test_json_is_shown_without_what_a_terminal_would_obey(
    capsys: pytest.CaptureFixture[str],
) -> None:
    value = {"서울 \u3000": ["\x9b31m\u202e\u200b\ud83d", "é 😀", "a\nb", "\U000e0041"]}

    print_json(value)

    out = capsys.readouterr().out
    assert json.loads(out) == value
    assert all(line.replace("\u3000", " ").isprintable() for line in out.splitlines())
    assert "서울" in out
    assert "é 😀" in out


def test_a_line_and_a_paragraph_show_escapes_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_line("a\x1b[2J\nb")
    print_wrapped("c\r\u202ed", "  Why: ")
    complain("e\nf")

    assert capsys.readouterr() == ("a\\x1b[2J\\nb\n  Why: c\\r\\u202ed\n", "poster: e\\nf\n")
