"""The wall's content: a tile for each student, the ranking of a challenge, and the same as CSV."""

import math
from time import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlp.comparison.files import MARK, csv_text
from mlp.datasets import DatasetInfo
from mlp.text import counted, known_or_none
from ui.classroom.challenge import Place, described, open_test_set, ranking
from ui.classroom.school_class import SchoolClass, school_class
from ui.classroom.scores import score_text
from ui.classroom.teacher import is_teacher
from ui.classroom.tiles import tile
from ui.parts.routes import answered, place

# The columns of the CSV, and what a tile calls them.
COLUMNS = {
    "number": "number",
    "name": "name",
    "status": "word",
    "validation": "score",
    "epoch": "progress",
    "epochs": "epochs",
    "settings": "settings",
    "changed last": "changed",
    "run": "run",
    "place in the challenge": "place",
    "best on the validation set in the challenge": "best",
    "on the test set in the challenge": "test",
    "best run in the challenge": "best_run",
}


def wall_route() -> Route:
    """Return the route at which the wall asks for its content."""
    return Route(place("/class_wall"), lambda request: answered(_feed, request))


def _feed(request: Request) -> Response:
    """Answer the teacher; 403 to others."""
    if not is_teacher(request.cookies):
        return Response(status_code=403)
    room = school_class()
    room.end_in_time()
    if room.challenge is not None:
        open_test_set(room.challenge)
    return JSONResponse(content(room))


def content(room: SchoolClass) -> dict[str, Any]:
    """Return what the wall shows, and a version that changes with what the page around it shows."""
    tiles = [tile(student, room.is_away(student)) for student in room.students()]
    shown = {"version": room.version, "tiles": tiles, "headline": "", "left": None}
    challenge = room.challenge
    if challenge is None:
        return shown
    places = {found.student: found for found in ranking(challenge)}
    for each in tiles:
        if found := places.get(each["number"]):
            each |= _placed(found, challenge.info)
    over = " is over" if challenge.is_over else ""
    took_part = f"{counted(len(places), 'student has', 'students have')} a result."
    return shown | {
        "headline": f"The challenge{over}: {described(challenge)}. {took_part}",
        "left": None if challenge.is_over else challenge.seconds_left(time()),
    }


def _placed(found: Place, info: DatasetInfo) -> dict[str, Any]:
    """Return what a tile has of a student's place: in numbers for the CSV, and in words."""
    test = "" if found.test is None else score_text(info, found.test) if math.isfinite(found.test) else "unknown"
    return {
        "place": found.rank,
        "best_run": found.run_id,
        "best": found.score,
        "best_shown": score_text(info, found.score),
        "test": known_or_none(found.test),
        "test_shown": test,
    }


def wall_csv(room: SchoolClass) -> str:
    """Return the wall as a table for a spreadsheet, a row for each student; accuracies are from 0 to 1."""
    tiles = content(room)["tiles"]
    return MARK + csv_text(COLUMNS, ([each.get(name, "") for name in COLUMNS.values()] for each in tiles))
