"""The application as a browser meets it, without a browser."""

import json
import re
from typing import Any

import pytest
from dash import Dash, Input, Output, html
from dash.development.base_component import Component
from fakes import FakeStage, FakeStudy, fake_dataset

from util import UserError
from views.app import PANELS, make_app
from views.ids import Id
from views.panel import Panel, Place

EXTERNAL = re.compile(r"(?:https?:)?//[\w.-]+\.\w+")


def layout_text(app: Dash) -> str:
    response = app.server.test_client().get("/_dash-layout")
    assert response.status_code == 200
    return response.get_data(as_text=True)


def call(
    app: Dash, output: str, inputs: dict[str, Any], state: dict[str, Any] | None = None
) -> Any:
    """Runs the callback of these outputs; values by "id.property". None when nothing is new."""

    def parts(values: dict[str, Any]) -> list[dict[str, Any]]:
        split = ((name.rsplit(".", 1), value) for name, value in values.items())
        return [{"id": id_, "property": prop, "value": value} for (id_, prop), value in split]

    names = output.strip(".").split("...")
    outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
    response = app.server.test_client().post(
        "/_dash-update-component",
        json={
            "output": output,
            "outputs": outputs if output.startswith("..") else outputs[0],
            "inputs": parts(inputs),
            "state": parts(state or {}),
            "changedPropIds": list(inputs)[:1],
        },
    )
    assert response.status_code in (200, 204), response.get_data(as_text=True)
    return response.get_json() if response.status_code == 200 else None


STUDIES = {
    "one class": FakeStudy(fake_dataset(6, 1)),
    "two classes": FakeStudy(fake_dataset(20, 2)),
    "ten classes": FakeStudy(),
    "200 classes": FakeStudy(fake_dataset(400, 200)),
    "nothing known": FakeStudy(described=False, measured=False, with_neighbours=False),
}


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES.keys())
def test_every_study_has_a_page(study: FakeStudy) -> None:
    app = make_app(study)
    page = layout_text(app)
    for place in (
        Id.INSPECTOR,
        Id.MAPS,
        Id.MAP_CONTROLS,
        Id.STAGES,
        Id.FOCUS,
        Id.LAYER,
        Id.METHOD,
        Id.SELECTION,
    ):
        assert f'"id":"{place}"' in page
    assert "an error in Innerview" not in page
    sample = app.server.test_client().get("/api/sample/0?layer=dense").get_json()
    assert bool(sample["layer"]) == study.described
    classes = call(app, "gallery-classes.children", {"gallery-opened.data": True})
    assert classes["response"]["gallery-classes"]["children"]


def test_the_page_names_what_is_open_and_asks_no_other_server() -> None:
    app = make_app(FakeStudy())
    response = app.server.test_client().get("/")
    page = response.get_data(as_text=True)
    assert "<title>mnist.h5 × mnist – Innerview</title>" in page
    assert '<html lang="en" data-home="explore">' in page
    assert '<script type="module" src="/assets/main.js">' in page
    assert page.count("main.js") == 1
    assert "plotly.min.js" not in page
    assert not EXTERNAL.findall(page)
    # Names of XML languages look like addresses, and nobody fetches them.
    assert not EXTERNAL.findall(layout_text(app).replace("http://www.w3.org", ""))
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "unsafe-eval" not in policy


def test_the_page_of_the_network_is_the_same_page() -> None:
    client = make_app(FakeStudy()).server.test_client()
    assert client.get("/network").status_code == 200


def test_the_page_lives_behind_a_base_path() -> None:
    app = make_app(FakeStudy(), base_path="/lab/innerview/")
    page = app.server.test_client().get("/lab/innerview/").get_data(as_text=True)
    assert 'src="/lab/innerview/assets/main.js"' in page
    assert "{base}" not in page


def test_assets_are_served_and_hold_no_address_outside() -> None:
    client = make_app(FakeStudy()).server.test_client()
    for name in ("base.css", "shell.js", "favicon.svg"):
        with client.get(f"/assets/{name}") as response:
            assert response.status_code == 200
            text = response.get_data(as_text=True).replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://", text)


def test_a_dataset_from_strangers_stays_text() -> None:
    name = "</script><script>alert(1)</script>"
    app = make_app(FakeStudy(fake_dataset(4, 2, names=[name, "b"], name=name)))
    page = app.server.test_client().get("/").get_data(as_text=True)
    assert "<script>alert" not in page


def test_every_callback_speaks_of_known_ids() -> None:
    client = make_app(FakeStudy()).server.test_client()
    known = {str(id_) for id_ in Id}
    for callback in client.get("/_dash-dependencies").get_json():
        for part in (*callback["inputs"], *callback["state"]):
            assert part["id"] in known


def test_names_of_panels_are_unique() -> None:
    names = [panel.name for panel in PANELS]
    assert len(set(names)) == len(names)


def test_polling_says_nothing_without_news_and_then_all() -> None:
    study = FakeStudy(
        described=False, measured=False, stage_list=(FakeStage("open", "Opening", "running"),)
    )
    app = make_app(study)
    output = "..described.data...measured.data...progress.data...clock.disabled.."
    state = {"described.data": False, "measured.data": False, "progress.data": {"open": "running"}}
    assert call(app, output, {"clock.n_intervals": 1}, state) is None
    study.described = study.measured = True
    study.stage_list = (FakeStage("open", "Opening", "done"),)
    news = call(app, output, {"clock.n_intervals": 2}, state)["response"]
    assert news == {
        "described": {"data": True},
        "measured": {"data": True},
        "progress": {"data": {"open": "done"}},
        "clock": {"disabled": True},
    }
    facts = call(app, "header-facts.children", {"measured.data": True})["response"]
    assert "95.00 %" in json.dumps(facts)


class Broken:
    """Breaks as told."""

    name = "broken"
    title = "Broken"
    place = Place.NETWORK

    def __init__(self, in_layout: Exception | None = None) -> None:
        self.in_layout = in_layout
        self.in_callback: Exception | None = None

    def is_available(self, study: Any) -> bool:
        return True

    def layout(self, study: Any) -> Component:
        if self.in_layout:
            raise self.in_layout
        return html.P(id="broken-body")

    def register(self, app: Dash, study: Any) -> None:
        @app.callback(Output("broken-body", "children"), Input(Id.FOCUS, "data"))
        def show(focus: int | None) -> str:
            if self.in_callback:
                raise self.in_callback
            return f"focus {focus}"


def test_a_layout_that_fails_becomes_a_card_and_the_others_stay(
    caplog: pytest.LogCaptureFixture,
) -> None:
    panel: Panel = Broken(ZeroDivisionError("secret detail"))
    page = layout_text(make_app(FakeStudy(), panels=(*PANELS, panel)))
    assert "Broken: an error in Innerview keeps this from being shown." in page
    assert "secret detail" not in page
    assert "991,360" in page
    assert "secret detail" in caplog.text


def test_a_mistake_of_the_user_is_shown_in_its_own_words() -> None:
    panel = Broken(UserError("labels.csv has no column “label”: name one with --label."))
    page = layout_text(make_app(FakeStudy(), panels=(*PANELS, panel)))
    assert "labels.csv has no column" in page


def test_a_callback_that_fails_becomes_a_card_until_it_works_again() -> None:
    panel = Broken()
    app = make_app(FakeStudy(), panels=(*PANELS, panel))
    panel.in_callback = UserError("The activations of conv2d are gone: start again.")
    failed = call(app, "broken-body.children", {"focus.data": 1})
    card = failed["sideUpdate"]["failure-broken"]["children"]
    assert "The activations of conv2d are gone" in json.dumps(card)
    assert "broken-body" not in failed["response"]
    panel.in_callback = None
    works = call(app, "broken-body.children", {"focus.data": 1})
    assert works["response"]["broken-body"]["children"] == "focus 1"
    assert works["sideUpdate"]["failure-broken"]["children"] is None


def test_a_panel_without_meaning_here_is_left_out() -> None:
    class Absent(Broken):
        name = "absent"

        def is_available(self, study: Any) -> bool:
            return False

    assert "panel-absent" not in layout_text(make_app(FakeStudy(), panels=(*PANELS, Absent())))


def test_help_is_the_docstring_of_the_panel() -> None:
    assert "Breaks as told." in layout_text(make_app(FakeStudy(), panels=(Broken(),)))
