"""What the page of similar images asks for: the nearest samples, their waveforms, and who is meant.

Errors come as {"message": a sentence}.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from flask import Flask, Response, jsonify, request
from numpy.typing import NDArray

from analysis.guest import Guest
from analysis.lookup import find_sample, matching_ids
from analysis.neighbours import K
from analysis.samples import CORRECT, PREDICTED
from analysis.similar import (
    Similar,
    as_vectors,
    read_space,
    similar_to_sample,
    similar_to_vector,
)
from util import UserError
from views.api import binary, read_indices
from views.routes import make_blueprint, refuse

if TYPE_CHECKING:
    from analysis.study import Study

DEFAULT_K = 24

FORGOTTEN = "The server does not keep this image any longer; drop it again."

# Wider waveforms are sent as the least, greatest and mean value of so many pieces: a screen has no
# more columns, and a hundred of them would be tens of megabytes.
MAX_WIDTH, PIECES = 2048, 1024


def register(server: Flask, study: "Study", base_path: str = "/") -> None:
    """Add the routes to the server, below `base_path`."""
    api = make_blueprint("similar", base_path)

    @api.get("/api/similar")
    def similar() -> Response:
        space, k = read_space_name(study), _read_k()
        guest = read_guest(study)
        if guest is None:
            index = _read_index(study)
            found = similar_to_sample(study, space, index, k)
            asked = describe_samples(study, np.array([index]))[0]
        else:
            found = similar_to_vector(study, space, _guest_vector(guest, space), k)
            asked = {"guest": guest.token}
        rows = read_space(study, space)
        if found is None or rows is None:
            refuse(409, f"The vectors of {space} are not there yet.")
        return jsonify(
            {
                "space": space,
                "units": rows.shape[1],
                "recall": found.recall,
                "query": asked,
                "results": describe_results(study, found),
            }
        )

    @api.post("/api/waveforms")
    def waveforms() -> Response:
        space, guest = read_space_name(study), read_guest(study)
        rows = read_space(study, space)
        if rows is None:
            refuse(409, f"The vectors of {space} are not there yet.")
        chosen = rows[read_indices(request.get_data(cache=False), len(rows))[: K + 1]]
        if guest is not None:
            chosen = np.concatenate([_guest_vector(guest, space)[None], chosen])
        values = in_pieces(as_vectors(chosen))
        answer = binary(values.astype("<f4", copy=False))
        answer.headers["X-Units"] = str(rows.shape[1])
        answer.headers["X-Pieces"] = str(values.shape[-1])
        return answer

    @api.get("/api/find")
    def find() -> Response:
        try:
            index = find_sample(study.dataset, request.args.get("text", "")[:1000])
        except UserError as error:
            refuse(404, str(error))
        return jsonify({"index": index, "id": study.dataset.ids[index]})

    @api.get("/api/ids")
    def ids() -> Response:
        found = matching_ids(study.dataset, request.args.get("text", "")[:1000])
        return jsonify([{"index": index, "id": study.dataset.ids[index]} for index in found])

    server.register_blueprint(api)


def read_space_name(study: "Study") -> str:
    """The space asked for, by default the hidden layer; one that there is not ends the request."""
    space = request.args.get("space") or study.hidden
    if space is None:
        refuse(409, "The network is still being opened.")
    if space not in study.spaces:
        known = ", ".join(study.spaces)
        refuse(404, f"There are no vectors of '{space[:80]}'; there are those of {known}.")
    return space


def read_guest(study: "Study") -> Guest | None:
    """The dropped image asked for, if one is; one that is not to be had ends the request."""
    token = request.args.get("guest")
    if token is None:
        return None
    guest = study.guests.get(token)
    if guest is None:
        refuse(404, FORGOTTEN)
    if guest.state == "failed":
        refuse(409, guest.message)
    return guest


def _guest_vector(guest: Guest, space: str) -> NDArray[Any]:
    vector = guest.vector(space)
    if vector is None:
        refuse(409, "The network has not looked at this image yet.")
    return vector


def _read_k() -> int:
    k = request.args.get("k", DEFAULT_K, int)
    if not 1 <= k <= K:
        refuse(400, f"From 1 to {K} similar images can be asked for; given was {k}.")
    return k


def _read_index(study: "Study") -> int:
    try:
        return find_sample(study.dataset, request.args.get("index", "")[:1000])
    except UserError as error:
        refuse(404, str(error))


def describe_results(study: "Study", found: Similar) -> list[dict[str, Any]]:
    """The samples found, nearest first, each with its distance."""
    described = describe_samples(study, found.indices)
    distances = found.distances.tolist()
    return [{**sample, "distance": d} for sample, d in zip(described, distances, strict=True)]


def describe_samples(study: "Study", indices: NDArray[Any]) -> list[dict[str, Any]]:
    """Index, id, label, prediction of samples, and whether it is right; None where there is no
    label, and before the prediction is known.
    """
    dataset, samples = study.dataset, study.samples
    labels = [None if label < 0 else label for label in dataset.labels[indices].tolist()]
    predicted = correct = [None] * len(indices)
    if samples is not None:
        predicted = samples[PREDICTED][indices].tolist()
        if samples.is_labelled:
            correct = samples[CORRECT][indices].tolist()
    return [
        {
            "index": index,
            "id": dataset.ids[index],
            "label": label,
            "predicted": guess,
            "correct": None if label is None else is_right,
        }
        for index, label, guess, is_right in zip(
            indices.tolist(), labels, predicted, correct, strict=True
        )
    ]


def in_pieces(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors (n, D) as they are, or, wider than MAX_WIDTH, as (n, 3, PIECES): of each piece of
    neighbouring units the least, the greatest and the mean value.
    """
    width = vectors.shape[1]
    if width <= MAX_WIDTH:
        return vectors
    bounds = np.linspace(0, width, PIECES + 1).astype(np.int64)
    starts, sizes = bounds[:-1], np.diff(bounds)
    least, greatest, total = (
        reduce(vectors, starts, axis=1)
        for reduce in (np.minimum.reduceat, np.maximum.reduceat, np.add.reduceat)
    )
    return np.stack([least, greatest, total / sizes.astype(np.float32)], axis=1)
