"""The web application: panels in their order, the shell round them, the rules of the page."""

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dash import Dash
from flask import Response

from views import (
    api,
    confusion_api,
    curves_api,
    epochs_api,
    facets,
    graph_api,
    guest_api,
    inspector_api,
    polling,
    query_api,
    regions_api,
    shell,
    similar_api,
    table_api,
)
from views.confusion import CONFUSION
from views.curves import CURVES
from views.dive import DIVE
from views.epochs import EPOCHS
from views.gallery import GALLERY
from views.graph import GRAPH
from views.hard import HARD
from views.header import HEADER
from views.inspector import INSPECTOR
from views.maps import MAPS
from views.notices import NOTICES
from views.panel import Panel, guard
from views.pool import POOL
from views.preview import PREVIEW
from views.routes import explain_errors
from views.similar import SIMILAR
from views.table import TABLE
from views.training import page as training_page
from views.training import routes as training_routes
from views.welcome import WELCOME

if TYPE_CHECKING:
    from analysis.study import Study
    from views.training.library import Library

PANELS: tuple[Panel, ...] = (
    HEADER,
    NOTICES,
    MAPS,
    HARD,
    CONFUSION,
    DIVE,
    CURVES,
    SIMILAR,
    TABLE,
    POOL,
    INSPECTOR,
    GRAPH,
    PREVIEW,
    GALLERY,
    EPOCHS,
    WELCOME,
)

# Modules of routes that the browser modules ask.
ROUTES = (
    api,
    query_api,
    table_api,
    inspector_api,
    similar_api,
    guest_api,
    confusion_api,
    curves_api,
    graph_api,
    regions_api,
    epochs_api,
    facets,
)

ASSETS = Path(__file__).resolve().parent.parent / "assets"

# {base}, {home} and {modules} are filled in here, {%...%} by Dash.
INDEX = """<!DOCTYPE html>
<html lang="en" data-home="{home}">
<head>
{%metas%}
<meta name="color-scheme" content="light dark">
<title>{%title%}</title>
<link rel="icon" type="image/svg+xml" href="{base}assets/favicon.svg">
{%css%}
<script src="{base}assets/shell.js"></script>
{modules}
</head>
<body>
<noscript>Innerview needs JavaScript.</noscript>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>
"""

# Entries of Dash's configuration that the page has no use for: an address outside, versions.
UNWANTED_CONFIG = ("dash_version_url", "python_version", "plotlyjs_url")
CONFIG_TAG = re.compile(r'(<script id="_dash-config"[^>]*>)(.*)(</script>)', re.S)


class App(Dash):
    """Dash, with each panel's failures kept to its own card, and nothing said of other servers."""

    panel: Panel | None = None

    def callback(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """Registers a callback as Dash does; a panel's own are guarded."""
        decorate, panel = super().callback(*args, **kwargs), self.panel
        if panel is None:
            return decorate
        return lambda function: decorate(guard(panel, function))

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]
        parts["config"] = CONFIG_TAG.sub(_trim_config, parts["config"])
        page: str = super().interpolate_index(**parts)  # type: ignore[no-untyped-call]
        return page


def make_app(
    study: "Study | None",
    library: "Library | None" = None,
    panels: tuple[Panel, ...] = PANELS,
    base_path: str = "/",
) -> App:
    """The application over one study, or over stores of runs, or over both.

    Args:
        study: may know nothing yet, and grow while it is served; None for the training page alone.
        library: the stores that the training page shows; None leaves the page out.
        base_path: starts and ends with a slash; where a proxy shows the application.
    """
    app = App(
        __name__,
        # Dash writes it into the page as it is, and names of files and folders may be anything.
        title=html.escape(title(study)),
        # Declared as text, yet None is what Dash documents for a title that stays.
        update_title=None,  # type: ignore[arg-type]
        assets_folder=str(ASSETS),
        # The modules import each other: the page names the first, and Dash must not load them all.
        assets_ignore=r".*\.js$",
        index_string=index(base_path, study is not None, library is not None),
        url_base_pathname=base_path,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        serve_locally=True,
        suppress_callback_exceptions=True,
        add_log_handler=False,
    )
    training = None if library is None else training_page.layout()
    app.layout = lambda: shell.layout(panels, study, training)
    shell.register(app)
    if study is not None:
        _register_study(app, study, panels, base_path)
    if library is not None:
        training_routes.register(app.server, library, base_path, alone=study is None)
    explain_errors(app.server, base_path)
    _keep_to_this_server(app)
    return app


def _register_study(app: App, study: "Study", panels: tuple[Panel, ...], base_path: str) -> None:
    polling.register(app, study)
    for panel in panels:
        app.panel = panel
        panel.register(app, study)
    app.panel = None
    for routes in ROUTES:
        routes.register(app.server, study, base_path)


def title(study: "Study | None") -> str:
    """What the browser's tab is called."""
    if study is None:
        return "Training – Innerview"
    return f"{study.network.name} × {study.dataset.name} – Innerview"


def index(base_path: str, has_study: bool, has_runs: bool) -> str:
    """The page's frame, which names the browser modules that it needs."""
    names = (["main.js"] if has_study else []) + (["training/main.js"] if has_runs else [])
    modules = "\n".join(
        f'<script type="module" src="{base_path}assets/{name}"></script>' for name in names
    )
    home = "explore" if has_study else "training"
    filled = INDEX.replace("{base}", base_path).replace("{home}", home)
    return filled.replace("{modules}", modules)


def _keep_to_this_server(app: App) -> None:
    """Tells browsers to load nothing from elsewhere, whatever a file of the user's may contain."""
    # Evaluated once, after all callbacks: their inline scripts are allowed by their digests.
    scripts = " ".join(["'self'", *app.csp_hashes()])
    policy = (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
    )

    def add_policy(response: Response) -> Response:
        if response.mimetype == "text/html":
            # The frame of the Facets components has its own.
            response.headers.setdefault("Content-Security-Policy", policy)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    app.server.after_request(add_policy)


def _trim_config(match: re.Match[str]) -> str:
    config = {k: v for k, v in json.loads(match[2]).items() if k not in UNWANTED_CONFIG}
    # "<" is escaped, as nothing in a script element may look like its end.
    return match[1] + json.dumps(config).replace("<", "\\u003c") + match[3]
