"""The progress of a poster's work -> the caller's callback, with a check for cancellation.

Does not know what the work is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from poster.errors import Cancelled


def _ignore_progress(fraction: float, label: str) -> None:
    """Receive progress and do nothing."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ProgressMonitor:
    """Reports progress, and raises if the caller has cancelled.

    Args:
        on_progress: called with a fraction in [0, 1] and a label.
        cancelled: returns True to stop.
        start: overall fraction at which this part of the work begins.
        end: overall fraction at which this part of the work ends.
    """

    on_progress: Callable[[float, str], None] = _ignore_progress
    cancelled: Callable[[], bool] = _never
    start: float = 0.0
    end: float = 1.0

    def report(self, fraction: float, label: str) -> None:
        """Report the progress of this part.

        Args:
            fraction: completed fraction of this part, in [0, 1].
            label: the current step, in a few words.

        Raises:
            Cancelled: the caller cancelled.
        """
        if self.cancelled():
            raise Cancelled("cancelled by the caller")
        self.on_progress(self.start + (self.end - self.start) * fraction, label)

    def subrange(self, start: float, end: float) -> ProgressMonitor:
        """Return a monitor for the work between two fractions of this one."""
        span = self.end - self.start
        return ProgressMonitor(
            self.on_progress, self.cancelled, self.start + span * start, self.start + span * end
        )
