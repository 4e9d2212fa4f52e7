"""The demonstration: real trainings that are chosen, started, watched and stopped in the page."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import Flask, Response

from views.routes import refuse
from views.training.demonstration_choices import (
    DEFAULTS,
    NETWORKS,
    check_wish,
    describe_datasets,
)
from views.training.demonstration_trainings import Busy, Trainings
from views.training.edits_checks import check_id
from views.training.edits_store import writable
from views.training.library import Library
from views.training.questions import answer, asked_store, make_routes, read_body


def register(server: Flask, library: Library, base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    api = make_routes("demonstration", base_path)
    trainings = Trainings(library)
    library.on_close(trainings.close)

    @api.get("/demonstration")
    def describe() -> Response:
        running = trainings.describe(asked_store(library))
        return answer(describe_choices(library.settings.data_dir) | {"running": running})

    @api.post("/demonstration")
    def start() -> Response:
        opened, wish = writable(library), check_wish(read_body(), library.settings.data_dir)
        try:
            return answer({"run": trainings.start(opened, wish)})
        except Busy as error:
            refuse(409, str(error))

    @api.post("/demonstration/stop")
    def stop() -> Response:
        if not trainings.stop(asked_store(library), check_id(read_body(), "run")):
            refuse(
                404,
                "This run is no demonstration that Innerview has started: stop its own script.",
            )
        return answer({})

    server.register_blueprint(api)


def describe_choices(data_dir: Path | None) -> dict[str, Any]:
    """What can be chosen, and what is chosen at first."""
    return {
        "networks": [asdict(network) for network in NETWORKS],
        "datasets": describe_datasets(data_dir),
        "defaults": DEFAULTS,
    }
