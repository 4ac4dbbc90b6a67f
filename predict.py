"""Cog's door: a prediction's inputs -> the paths of cover, envelope and poster.json.

Cog reads the signature of predict() from this file's text, without running it: `poster schema
--write` writes every field of poster.request there as literals. Knows no pixels: poster.pipeline makes
the poster.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path as FilePath
from typing import Any

from cog import BasePredictor, Input, Path

from poster.doors.cog_folders import remove_idle_folders
from poster.doors.heap import trim_heaps
from poster.doors.inbox import read_photo
from poster.doors.outbox import Outbox
from poster.errors import PosterError, RequestError
from poster.paint import Watch
from poster.poster import Poster
from poster.request import PosterRequest
from poster.settings import Settings

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

log = logging.getLogger("poster.predict")


class Predictor(BasePredictor):  # type: ignore[misc]  # Cog has no types
    """Makes posters; Cog's server and other doors hold one for their whole life."""

    def setup(self) -> None:
        """Load everything that is loaded once.

        Raises:
            SettingsError: a POSTER_ variable holds what it must not.
            UnavailableError: this machine cannot run the engine asked for.
        """
        # The models, the fonts and Typst: an import of this file alone does not wait for them.
        from poster.pipeline import Pipeline  # noqa: PLC0415

        settings = Settings.from_environment()
        # Cog sends sys.stderr to the caller while a prediction runs; tracebacks are the operator's.
        logging.basicConfig(level=settings.log_level, stream=sys.__stderr__, format=LOG_FORMAT)
        self.pipeline = Pipeline.open(settings)
        self._outbox = Outbox()

    def make(self, request: PosterRequest, watch: Watch | None = None) -> Poster:
        """Make a poster: what predict() and every other door call.

        Args:
            request: what was asked for.
            watch: told how far the work is; may cancel it.

        Returns:
            The poster.

        Raises:
            PosterError: as its subclasses say.
        """
        return self.pipeline.make(request, watch)

    def predict(
        self,
        image: Path = Input(description="The photo; for stage envelope, the finished cover."),
        title: str = Input(
            default="",
            max_length=400,
            description="Masthead. Required, unless stage is envelope or cover_prompt paints without type.",
        ),
        coverlines: list[str] = Input(
            default=[],
            description="Cover lines, one string each: headline, or headline | deck. At most 12.",
        ),
        kicker: str = Input(
            default="",
            max_length=300,
            description="Short line set small beside the masthead or at the foot, such as The Heat Issue.",
        ),
        issue: str = Input(
            default="",
            max_length=300,
            description="Folio line at the foot, such as No. 14, Summer 2026.",
        ),
        language: str = Input(
            default="auto",
            description="Language of the text as a BCP 47 tag such as ko or zh-Hant; auto goes by the script.",
        ),
        stage: str = Input(
            default="both",
            choices=["both", "cover", "envelope"],
            description="What to make: both, the cover alone, or the envelope round a finished cover image.",
        ),
        style: str = Input(
            default="auto",
            choices=["auto", "classic", "editorial", "paper", "swiss", "poster"],
            description="Design of the cover: auto takes the one that suits photo and title best.",
        ),
        variants: int = Input(
            default=1,
            ge=1,
            le=8,
            description="Covers to make, each in another style or arrangement; a contact sheet shows all.",
        ),
        title_colour: str = Input(
            default="auto",
            description="Masthead colour as #RRGGBB; auto picks one by the photo's measured contrast.",
        ),
        seed: int | None = Input(
            default=None,
            ge=0,
            le=4294967295,
            description="Same seed, same poster. Drawn and reported when absent.",
        ),
        width: int = Input(
            default=1024,
            ge=512,
            le=4096,
            description="Width in pixels of cover and envelope, a multiple of 16.",
        ),
        height: int = Input(
            default=1472,
            ge=512,
            le=4096,
            description="Height in pixels of cover and envelope, a multiple of 16; one to two times the width.",
        ),
        num_inference_steps: int | None = Input(
            default=None,
            ge=1,
            le=100,
            description="Denoising steps of a diffusion engine; studio takes none.",
        ),
        guidance_scale: float | None = Input(
            default=None,
            ge=0.0,
            le=20.0,
            description="Guidance of a diffusion engine; studio takes none.",
        ),
        cover_prompt: str = Input(
            default="",
            max_length=4000,
            description="Replaces a diffusion engine's prompt for the cover; studio takes none.",
        ),
        envelope_prompt: str = Input(
            default="",
            max_length=4000,
            description="Replaces a diffusion engine's prompt for the envelope; studio takes none.",
        ),
        engine: str = Input(
            default="auto",
            choices=["auto", "flux", "studio"],
            description="Who paints: auto takes flux where a GPU and its weights are, else studio.",
        ),
        envelope_engine: str = Input(
            default="auto",
            choices=["auto", "flux", "studio"],
            description="Who makes the envelope: auto takes the engine; studio keeps the type exact.",
        ),
        speed: str = Input(
            default="exact",
            choices=["exact", "fast"],
            description="A diffusion engine's pace: exact, or fast at some cost in fidelity; studio has one.",
        ),
        background: str = Input(
            default="black",
            description="What the envelope lies on: black, white, grey, transparent (png or webp) or #RRGGBB.",
        ),
        closure: str = Input(
            default="auto",
            description="Colour of the envelope's buttons and cord as #RRGGBB; auto is cream.",
        ),
        glare: float = Input(
            default=1.0,
            ge=0.0,
            le=1.0,
            description="Strength of the film's highlights: 1 as photographed, 0 none.",
        ),
        output_format: str = Input(
            default="png",
            choices=["png", "jpg", "webp", "pdf"],
            description="File format of the pictures; pdf adds the cover with live type, and its layers.",
        ),
        trim_mm: str = Input(
            default="210x302",
            description="Width and height of the printed page in millimetres, of the cover's shape.",
        ),
        output_quality: int = Input(
            default=95,
            ge=1,
            le=100,
            description="Quality of jpg and webp; png is lossless.",
        ),
    ) -> list[Path]:
        """Make a poster from a prediction's inputs.

        Returns:
            Paths of the cover, the envelope and poster.json, absent stages left out. They hold
            until the next prediction begins or the process ends.

        Raises:
            PosterError: with a message for the caller; the log has the traceback.
        """
        # Before anything else has a name here: all parameters, whichever were written above.
        values = {name: value for name, value in locals().items() if name != "self"}
        try:
            return [Path(path) for path in self._answer(values)]
        except PosterError:
            log.exception("the prediction failed")
            raise
        except Exception:
            log.exception("the prediction failed by a fault of ours")
            raise PosterError("internal error; the server's log has the traceback") from None

    def _answer(self, values: dict[str, Any]) -> list[FilePath]:
        # Cog reads a prediction's files after predict() has returned, and before the next begins.
        self._outbox.empty()
        trim_heaps()
        remove_idle_folders()
        if not isinstance(values["image"], FilePath):
            raise RequestError("image", "must be a data URI or an http(s) URL, not a local path")
        values["image"] = read_photo(values["image"])
        request = PosterRequest.from_mapping(values)
        poster = self.make(request, Watch(report=self._report))
        return self._outbox.put(poster.encode())

    def _report(self, fraction: float, label: str) -> None:
        log.debug("%.0f %%: %s", 100 * fraction, label)
        self.record_metric("progress", round(fraction, 3))
