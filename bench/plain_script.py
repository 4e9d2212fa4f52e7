"""The script that a user would write without Innerview: what bench/startup.py measures against.

    python bench/plain_script.py model/mnist.h5 DATA/mnist.npz [--all] [--out maps.html]

Default arguments throughout, no tricks for or against: load, predict, UMAP of the pixels and of
the penultimate layer, two scatter plots in a page. Prints the seconds of each stage as JSON.
"""

import argparse
import json
import time
from pathlib import Path


def main(model: Path, data: Path, everything: bool, out: Path) -> None:
    seconds: dict[str, float] = {}
    started = last = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal last
        now = time.perf_counter()
        seconds[stage] = round(now - last, 3)
        last = now

    import keras
    import numpy as np
    import plotly.express as px
    import umap
    from plotly.subplots import make_subplots

    lap("imports")

    network = keras.models.load_model(model)
    with np.load(data) as archive:
        x, y = archive["x_test"], archive["y_test"]
        if everything:
            x = np.concatenate([archive["x_train"], x])
            y = np.concatenate([archive["y_train"], y])
    images = (x / 255).reshape(len(x), *network.input_shape[1:])
    lap("load")

    probabilities = network.predict(images)
    predicted = probabilities.argmax(axis=1)
    lap("predict")

    penultimate = keras.Model(network.inputs, network.layers[-2].output)
    hidden = penultimate.predict(images)
    lap("predict_hidden")

    pixel_map = umap.UMAP().fit_transform(images.reshape(len(x), -1))
    lap("umap_pixels")
    hidden_map = umap.UMAP().fit_transform(hidden)
    lap("umap_hidden")

    figure = make_subplots(rows=1, cols=2, subplot_titles=("pixels", "penultimate layer"))
    for column, points in enumerate((pixel_map, hidden_map), 1):
        labels = y.reshape(-1).astype(str)
        plot = px.scatter(x=points[:, 0], y=points[:, 1], color=labels, hover_name=predicted)
        for trace in plot.data:
            figure.add_trace(trace, row=1, col=column)
    figure.write_html(out)
    lap("plot")

    seconds["total"] = round(time.perf_counter() - started, 3)
    accuracy = round(float((predicted == y.reshape(-1)).mean()), 4)
    print(json.dumps({"images": len(x), "accuracy": accuracy, "seconds": seconds}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="a saved Keras network")
    parser.add_argument("data", type=Path, help="an .npz with x_train, y_train, x_test, y_test")
    parser.add_argument("--all", action="store_true", help="training and test images")
    parser.add_argument("--out", type=Path, default=Path("maps.html"), help="the page to write")
    args = parser.parse_args()
    main(args.model, args.data, args.all, args.out)
