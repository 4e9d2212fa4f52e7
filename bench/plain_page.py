"""The page that a user would write without Innerview: what bench/workbench.py measures against.

    python bench/plain_page.py EXPORT MNIST.npz --port PORT

Dash's own table, a scatter plot of Plotly's and scikit-learn's neighbours over what
`analyzer.py ... --export EXPORT` wrote, with default arguments: a query typed filters the table,
a click on a point shows its image and the images like it.
"""

import argparse
import base64
import io
from pathlib import Path
from typing import Any

import dash
import numpy as np
import pandas as pd
import plotly.express as px
from dash import Input, Output, dcc, html
from PIL import Image
from sklearn.neighbors import NearestNeighbors

PAGE_SIZE = 20


def png(image: np.ndarray) -> str:
    """An image, uint8 (height, width), as a data address."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def make_page(folder: Path, data: Path) -> dash.Dash:
    frame = pd.read_parquet(folder / "samples.parquet")
    points = np.load(folder / "projections" / "dense.tsne.npy")
    nearest = NearestNeighbors(n_neighbors=25).fit(np.load(folder / "activations" / "dense.npy"))
    vectors = np.load(folder / "activations" / "dense.npy", mmap_mode="r")
    with np.load(data) as archive:
        images = np.concatenate([archive["x_train"], archive["x_test"]])[-len(frame) :]
    labels = frame["label"].astype(str)
    figure = px.scatter(x=points[:, 0], y=points[:, 1], color=labels, custom_data=[frame["index"]])
    app = dash.Dash(__name__, serve_locally=True)
    app.layout = html.Div(
        [
            dcc.Input(id="query", debounce=True),
            dash.dash_table.DataTable(
                id="table",
                columns=[{"name": name, "id": name} for name in frame.columns],
                page_action="custom",
                sort_action="custom",
                page_current=0,
                page_size=PAGE_SIZE,
                sort_by=[],
            ),
            dcc.Graph(id="map", figure=figure),
            dcc.Store(id="focus"),
            html.Img(id="image"),
            html.Div(id="similar"),
        ]
    )

    @app.callback(
        Output("table", "data"),
        Input("query", "value"),
        Input("table", "page_current"),
        Input("table", "sort_by"),
    )
    def rows(query: str | None, page: int, sort_by: list[dict[str, Any]]) -> list[dict[str, Any]]:
        shown = frame.query(query) if query else frame
        if sort_by:
            rising = [one["direction"] == "asc" for one in sort_by]
            columns = [one["column_id"] for one in sort_by]
            shown = shown.sort_values(columns, ascending=rising, kind="stable")
        return shown.iloc[page * PAGE_SIZE : (page + 1) * PAGE_SIZE].to_dict("records")

    @app.callback(Output("focus", "data"), Input("map", "clickData"), prevent_initial_call=True)
    def focus(click: dict[str, Any]) -> int:
        return int(click["points"][0]["customdata"][0])

    @app.callback(Output("image", "src"), Input("focus", "data"), prevent_initial_call=True)
    def image(index: int) -> str:
        return png(images[index])

    @app.callback(Output("similar", "children"), Input("focus", "data"), prevent_initial_call=True)
    def similar(index: int) -> list[html.Img]:
        found = nearest.kneighbors(vectors[index : index + 1], return_distance=False)[0]
        return [html.Img(src=png(images[other])) for other in found if other != index]

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export", type=Path, help="folder written by analyzer.py --export")
    parser.add_argument("data", type=Path, help="Keras's mnist.npz")
    parser.add_argument("--port", type=int, default=8051)
    args = parser.parse_args()
    make_page(args.export, args.data).run(port=args.port, debug=False)
