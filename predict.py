"""Cog's door: a prediction's inputs -> the paths of cover, envelope and poster.json.

Cog reads the signature of predict() from this file's text, without running it; `poster schema
--write` writes every field of poster.request there as literals. Does not know how a poster is made:
poster.pipeline does.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path as FilePath
from typing import Any

from cog import BasePredictor, Input, Path

from poster.data_uri import read_sent_image
from poster.doors.cog_folders import remove_idle_folders
from poster.doors.heap import trim_heaps
from poster.doors.outbox import Outbox
from poster.errors import PosterError, RequestError
from poster.progress import ProgressMonitor
from poster.request import PosterRequest
from poster.result import Poster
from poster.settings import Settings
from poster.spec import describe_value
from poster.whole_files import DISK_FULL

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

log = logging.getLogger("poster.predict")


class Predictor(BasePredictor):  # type: ignore[misc]  # Cog has no types
    """Makes posters; Cog's server and the RunPod door each keep one instance."""

    def setup(self) -> None:
        """Load models, fonts and engine once.

        Raises:
            SettingsError: a POSTER_ variable has an invalid value.
            UnavailableError: this machine cannot run the engine that the settings name.
        """
        # Imported here because it is slow: importing this file alone stays fast.
        from poster.pipeline import Pipeline  # noqa: PLC0415

        settings = Settings.from_environment()
        # Cog sends sys.stderr to the caller during a prediction; tracebacks are for the operator.
        logging.basicConfig(level=settings.log_level, stream=sys.__stderr__, format=LOG_FORMAT)
        self.pipeline = Pipeline.open(settings)
        self._outbox = Outbox()
        _receive_image_as_text()

    def healthcheck(self) -> bool:
        """Answer Cog's health checks, which would otherwise not notice a worker that is stuck."""
        return True

    def make(self, request: PosterRequest, monitor: ProgressMonitor | None = None) -> Poster:
        """Make a poster; called by predict() and by the RunPod door.

        Args:
            request: the request.
            monitor: receives progress, and can cancel.

        Returns:
            The poster.

        Raises:
            PosterError: see its subclasses.
        """
        return self.pipeline.make(request, monitor)

    def predict(
        self,
        image: Path = Input(description="The photo; for stage envelope, the finished cover."),
        title: str = Input(
            default="",
            max_length=400,
            description="Masthead text. Required unless stage is envelope, or cover_prompt is given without coverlines, kicker or issue.",
        ),
        coverlines: list[str] = Input(
            default=[],
            description='Cover lines, one string each: "headline" or "headline | deck". At most 12.',
        ),
        kicker: str = Input(
            default="",
            max_length=300,
            description='Short line in small type beside the masthead or at the foot, such as "The Heat Issue".',
        ),
        issue: str = Input(
            default="",
            max_length=300,
            description='Folio line at the foot, such as "No. 14, Summer 2026".',
        ),
        language: str = Input(
            default="auto",
            max_length=100,
            description="Language of the text as a BCP 47 tag, such as ko or zh-Hant; auto infers it from the script.",
        ),
        stage: str = Input(
            default="both",
            choices=["both", "cover", "envelope"],
            description="What to make: both, only the cover, or only the envelope for a finished cover image.",
        ),
        style: str = Input(
            default="auto",
            choices=["auto", "classic", "editorial", "paper", "swiss", "poster"],
            description="Design of the cover; auto picks the one that suits the photo and title best.",
        ),
        variants: int = Input(
            default=1,
            ge=1,
            le=8,
            description="Number of covers, each with a different style or layout; a contact sheet shows them all.",
        ),
        title_colour: str = Input(
            default="auto",
            description="Masthead colour: a CSS name, #RGB or #RRGGBB; auto picks one by its measured contrast with the photo.",
        ),
        seed: int | None = Input(
            default=None,
            ge=0,
            le=4294967295,
            description="Seed of every random choice: the same request and seed give the same poster. Chosen at random when omitted; the receipt records it.",
        ),
        size: str | None = Input(
            default=None,
            description="Size of cover and envelope: cover, story, square, portrait, instagram, a4, a5, letter, us-magazine, or WxH in pixels; paper sizes set trim_mm too. Not with width or height.",
        ),
        width: int | None = Input(
            default=None,
            ge=512,
            le=4096,
            description="Width of cover and envelope in pixels; 1024 when omitted.",
        ),
        height: int | None = Input(
            default=None,
            ge=512,
            le=4096,
            description="Height of cover and envelope in pixels, 1 to 2 times the width; 1472 when omitted.",
        ),
        num_inference_steps: int | None = Input(
            default=None,
            ge=1,
            le=100,
            description="Denoising steps of a diffusion engine; ignored by studio.",
        ),
        guidance_scale: float | None = Input(
            default=None,
            ge=0.0,
            le=20.0,
            description="Guidance scale of a diffusion engine; ignored by studio.",
        ),
        cover_prompt: str = Input(
            default="",
            max_length=4000,
            description="Replaces a diffusion engine's prompt for the cover; studio ignores its value. With it and no other text, the cover has no type.",
        ),
        envelope_prompt: str = Input(
            default="",
            max_length=4000,
            description="Replaces a diffusion engine's prompt for the envelope; ignored by studio.",
        ),
        engine: str = Input(
            default="auto",
            choices=["auto", "flux", "studio"],
            description="Engine that paints; auto uses flux if a GPU and its weights are available, otherwise studio.",
        ),
        envelope_engine: str = Input(
            default="auto",
            choices=["auto", "flux", "studio"],
            description="Engine that makes the envelope; auto takes the value of engine. Only studio keeps the cover's type unchanged.",
        ),
        speed: str = Input(
            default="exact",
            choices=["exact", "fast"],
            description="Speed of a diffusion engine: exact, or fast with some loss of fidelity; ignored by studio.",
        ),
        background: str = Input(
            default="black",
            description="Background of the envelope: black, white, grey (a photographer's 18 % grey), transparent (not with jpg), another CSS name, #RGB or #RRGGBB.",
        ),
        closure: str = Input(
            default="auto",
            description="Colour of the envelope's buttons and cord: a CSS name, #RGB or #RRGGBB; auto is cream.",
        ),
        glare: float = Input(
            default=1.0,
            ge=0.0,
            le=1.0,
            description="Strength of the film's highlights: 1 is full strength, 0 is none.",
        ),
        output_format: str = Input(
            default="png",
            choices=["png", "jpg", "webp", "pdf"],
            description="File format of the pictures; pdf adds a PDF of the cover with selectable text, and the cover's layers, to the PNG files.",
        ),
        trim_mm: str | None = Input(
            default=None,
            description="For pdf: width x height of the trimmed page in millimetres, with the cover's aspect ratio; when omitted, that of size, or 210 wide.",
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
            Paths of the pictures that were made and of poster.json. The files exist until the next
            prediction begins or the process ends.

        Raises:
            PosterError: with a message for the caller; the log has the traceback.
        """
        # First, while locals() contains exactly the parameters, which `poster schema` writes.
        values = {name: value for name, value in locals().items() if name != "self"}
        try:
            return [Path(path) for path in self._answer(values)]
        except PosterError:
            log.exception("the prediction failed")
            raise
        except Exception as error:
            log.exception("the prediction failed with an internal error")
            trouble = "internal error; the server's log has the traceback"
            if isinstance(error, OSError) and error.errno in DISK_FULL:
                trouble = "the server's disk is full; its operator must free some space"
            raise PosterError(trouble) from None

    def _answer(self, values: dict[str, Any]) -> list[FilePath]:
        # Cog reads a prediction's files after predict() returns and before the next one begins.
        self._outbox.empty()
        trim_heaps()
        remove_idle_folders()
        values["image"] = _read_image(values["image"])
        request = PosterRequest.from_mapping(values)
        poster = self.make(request, ProgressMonitor(on_progress=self._report))
        return self._outbox.put(poster.encode())

    def _report(self, fraction: float, label: str) -> None:
        log.debug("%.0f %%: %s", 100 * fraction, label)
        self.record_metric("progress", round(fraction, 3))


def _receive_image_as_text() -> None:
    """Make Cog's worker pass `image` on as it was sent.

    Cog builds its form from this file's text, where `image` is a Path, so that callers can upload a
    file. The worker looks at the annotation itself before each prediction: for a Path, it downloads
    a URL from any address, of any size, into a file, and cannot be cancelled meanwhile.

    Source: Cog 0.23.1, crates/coglet-python/src/input.rs, classify_fields().
    """
    Predictor.predict.__annotations__["image"] = str


def _read_image(image: object) -> bytes:
    """Read the text that a caller sent, or fetch it if it is a URL."""
    if not isinstance(image, str):
        raise RequestError("image", f"must be a string, not {describe_value(image)}")
    sent = read_sent_image("image", image)
    if isinstance(sent, bytes):
        return sent
    from poster.network.fetch import fetch_image  # noqa: PLC0415 - slow, and rarely needed

    return fetch_image(sent)
