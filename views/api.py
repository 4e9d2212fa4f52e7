"""What the maps ask the server for: arrays as binary, progress as JSON, images as PNG."""

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from flask import Flask, Response, abort, jsonify, request
from numpy.typing import NDArray

from analysis.projection import METHODS, TITLES
from util import UserError
from views.columns import describe_columns, read_column
from views.routes import make_blueprint

if TYPE_CHECKING:
    from analysis.study import Study

# A page asks for the images on its screen, not for the dataset.
MAX_THUMBNAILS = 4096
# An inspector is no wider; the original of a photograph may have ten thousand pixels a side.
MAX_IMAGE_SIDE = 512


def register(server: Flask, study: "Study", base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    api = make_blueprint("innerview", base_path)

    @api.get("/health")
    def health() -> Response:
        return jsonify(describe_health(study))

    @api.get("/api/study")
    def describe() -> Response:
        return jsonify(describe_study(study))

    @api.get("/api/layout")
    def layout() -> Response:
        found = study.layout(request.args.get("space", ""), _method())
        if found is None:
            abort(404, "This map is not drawn yet.")
        answer = binary(found.points.astype("<f4", copy=False))
        answer.headers["X-Version"] = str(found.version)
        answer.headers["X-Final"] = str(int(found.final))
        return answer

    @api.post("/api/layout")
    def draw() -> tuple[str, int]:
        try:
            study.request(request.args.get("space", ""), _method())
        except UserError as error:
            abort(404, str(error))
        return "", 202

    @api.get("/api/column")
    def column() -> Response:
        values = read_column(study, request.args.get("name", ""))
        if values is None:
            abort(404, "This column is not known yet.")
        answer = binary(values)
        answer.headers["X-Dtype"] = values.dtype.name
        return answer

    @api.post("/api/thumbnails")
    def thumbnails() -> Response:
        array = study.thumbnails
        if array is None:
            abort(404, "The images have not been read yet.")
        indices = read_indices(request.get_data(cache=False), len(array))
        return binary(array[indices])

    @api.get("/api/image/<int:index>.png")
    def image(index: int) -> Response:
        if index >= len(study.dataset):
            abort(404, f"There are {len(study.dataset)} images, counted from 0.")
        side = min(request.args.get("side", MAX_IMAGE_SIDE, int), MAX_IMAGE_SIDE)
        if side < 1:
            abort(400, f"An image is from 1 to {MAX_IMAGE_SIDE} pixels a side.")
        # The next study at this address has other images by the same numbers: browsers ask again,
        # and what has not changed is not sent again.
        tag = f"{study.dataset.fingerprint}-{index}-{side}"
        if tag in request.if_none_match:
            return tagged(Response(status=304), tag)
        try:
            png = encode_png(study.dataset.images.original(index), side)
        except UserError as error:
            abort(410, str(error))
        return tagged(Response(png, mimetype="image/png"), tag)

    @api.get("/api/plotly.js")
    def plotly() -> Response:
        # Only the fallback without WebGL2 needs it before Dash loads its own.
        from importlib.resources import files

        script = files("plotly").joinpath("package_data/plotly.min.js")
        return Response(script.read_bytes(), mimetype="text/javascript")

    server.register_blueprint(api)


def describe_health(study: "Study") -> dict[str, Any]:
    """The state of each stage, and which maps there are."""
    layouts = {
        f"{space}|{method}": {
            "version": layout.version,
            "final": layout.final,
            "trustworthiness": layout.trustworthiness,
            "progress": layout.progress,
        }
        for (space, method), layout in study.layouts().items()
    }
    stages = [
        {
            "id": stage.id,
            "title": stage.title,
            "state": stage.state,
            "fraction": stage.fraction,
            "message": stage.message,
        }
        for stage in study.stages()
    ]
    return {
        "ok": not any(stage["state"] == "failed" for stage in stages),
        "stages": stages,
        "samples": study.samples is not None,
        # Analyses add to them while the page is open.
        "columns": 0 if study.samples is None else len(study.samples.frame.columns),
        "described": study.description is not None,
        "layouts": layouts,
    }


def describe_study(study: "Study") -> dict[str, Any]:
    """What the maps need to know of the study as a whole; layers and columns once known."""
    dataset, (height, width) = study.dataset, study.task.thumbnail_size
    return {
        "n": len(dataset),
        "total": dataset.total,
        "network": study.network.name,
        "dataset": dataset.name,
        "split": dataset.split,
        "note": dataset.note,
        "labelled": dataset.is_labelled,
        "unlabelled": int((dataset.labels < 0).sum()),
        "several_labels": dataset.targets is not None,
        "class_names": list(study.class_names),
        "layers": _describe_layers(study),
        "hidden": study.hidden,
        "methods": sorted(METHODS, key=lambda method: method == "pca"),
        "method_titles": TITLES,
        "default_method": study.method,
        "thumb": {"width": width, "height": height, "channels": dataset.images.channels},
        "columns": describe_columns(study),
    }


def _describe_layers(study: "Study") -> list[dict[str, Any]]:
    if study.description is None:
        return []
    return [
        {"key": layer.key, "name": layer.name, "kind": layer.kind, "units": layer.units}
        for layer in study.description.layers
        if layer.units is not None
    ]


def read_indices(body: bytes, count: int) -> NDArray[np.int32]:
    """Indices out of a request's body: little-endian int32, each 0 to count - 1.

    A body that is anything else ends the request with status 400.
    """
    if len(body) % 4 or len(body) > 4 * MAX_THUMBNAILS:
        abort(400, f"At most {MAX_THUMBNAILS} indices of four bytes each are allowed.")
    indices = np.frombuffer(body, "<i4")
    if len(indices) and not 0 <= indices.min() <= indices.max() < count:
        abort(400, f"Indices are from 0 to {count - 1}.")
    return indices


def binary(array: NDArray[Any]) -> Response:
    """The bytes of an array, row after row."""
    answer = Response(np.ascontiguousarray(array).tobytes(), mimetype="application/octet-stream")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def tagged(answer: Response, tag: str) -> Response:
    """The answer, to be kept by the browser and asked for again under its tag."""
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def encode_png(pixels: NDArray[np.uint8], side: int = MAX_IMAGE_SIDE) -> bytes:
    """An image, uint8 (height, width, 1 or 3), as PNG of at most `side` pixels a side."""
    from PIL import Image

    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    picture.thumbnail((side, side))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _method() -> Any:
    return request.args.get("method", "")
