"""A dummy -> the engine's own prompt. Callers' prompts do not pass through here.

Describes where type is planned but never its words: a model that reads words paints letters. Pure.
Positions are rounded to thirds and sixths, so that most covers share a prompt with others and its
embedding can be reused.
"""

from __future__ import annotations

from collections.abc import Iterable

from poster.cover.layout.dummy import Dummy
from poster.geometry import Box

_LOOK = (
    "Repaint image 1 as the picture for the cover of a fine print magazine: an unprinted "
    "photograph, art directed, shot on a full-frame camera with an 85 mm lens. Keep the subject "
    "of image 1: the same face and identity, expression, hair, clothes and pose, the same "
    "place in the frame and the same size. Light it with one large soft key light and a faint rim "
    "light that parts the subject from the backdrop; true skin with its texture, rich and "
    "restrained colours, deep clean blacks, a backdrop that falls gently out of focus."
)
_BLANK = (
    "The picture carries no lettering of any kind: no title, no words, no letters, no numbers, no "
    "logo, no signature, no watermark, no barcode, no border. Signs and prints of image 1 become "
    "plain surfaces."
)
_UPPER = (
    "The upper {depth} of the frame is calm, even backdrop of one tone from edge to edge, with "
    "nothing in it but the top of the subject's head, if it reaches there."
)
_LOWER = (
    "The lower {depth} of the frame is dark and quiet, with no face and no detail of weight in it: "
    "the subject looks out above."
)
_LINES = (
    "Leave {places} of the frame as clean, quiet, softly lit backdrop without detail, as space "
    "that stays empty."
)

ENVELOPE_PROMPT = (
    "Product photograph, seen straight from above: the magazine cover in image 1 lies sealed in a "
    "clear plastic envelope on a seamless matte black ground. Keep the cover of image 1 exactly "
    "as it is, flat, upright, whole and undistorted, every letter of its type, its colours and its "
    "picture the same. The envelope is a little larger than the magazine on all sides: thin glossy "
    "transparent film with crisp heat-sealed seams, a clear flap folded over at the top, and a "
    "string-and-button closure: two small round paper discs on metal eyelets, one on the flap and "
    "one below it, with a thin cord wound round them in a figure of eight. Soft, narrow "
    "highlights and fine creases run over the film, and none of them hides the face or the type. "
    "Studio softbox from the upper left, a faint shadow under the envelope, deep neutral black "
    "around it, sharp from edge to edge. No hands, no table, no other objects, no added text."
)
"""The prompt of stage 2."""

_DEPTHS = {1: "sixth", 2: "third", 3: "half"}
_ROWS = ("top", "middle", "foot")
_COLUMNS = ("left", "right")


def cover_prompt(dummy: Dummy) -> str:
    """Describe how to repaint a photo for the type of a dummy.

    Args:
        dummy: the planned type areas.

    Returns:
        The prompt, at most about 300 words; it contains no words of the cover.
    """
    parts = [_LOOK, _BLANK]
    frame = dummy.page.picture
    # Type outside the photo does not affect it.
    shown = [area for area in dummy.areas if frame.overlaps(area.box)]
    boxes = [area.box.shifted(-frame.x0, -frame.y0) for area in shown]
    if shown and shown[0].role == "masthead":
        parts.append(_describe_title(boxes.pop(0), frame.height))
    places = _name_places(frame, boxes)
    if places:
        parts.append(_LINES.format(places=places))
    return " ".join(parts)


def envelope_prompt() -> str:
    """Describe how a finished cover looks in its envelope.

    Returns:
        The prompt, the same for every cover.
    """
    return ENVELOPE_PROMPT


def _describe_title(box: Box, height: int) -> str:
    """Describe the part of the frame that a title covers, in sixths from the nearer edge."""
    is_upper = box.y0 < height - box.y1
    reach = box.y1 if is_upper else height - box.y0
    depth = _DEPTHS[min(3, max(1, round(6 * reach / height)))]
    return (_UPPER if is_upper else _LOWER).format(depth=depth)


def _name_places(frame: Box, boxes: Iterable[Box]) -> str:
    """Name the boxes' areas as thirds of the height by halves of the width; empty if no boxes."""
    taken = set()
    for box in boxes:
        x, y = box.centre
        row = min(2, int(3 * y / frame.height))
        taken.add((row, min(1, int(2 * x / frame.width))))
    named = []
    for row, name in enumerate(_ROWS):
        columns = [_COLUMNS[column] for column in range(2) if (row, column) in taken]
        if len(columns) == 2:
            named.append(f"the whole {name}")
        named += [f"the {name} {column}" for column in columns if len(columns) == 1]
    return _joined(named)


def _joined(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
