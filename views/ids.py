"""Every id that more than one place of the page speaks of, written once."""

from enum import StrEnum


class Id(StrEnum):
    """Ids of elements and stores. Names without a panel in front are shared by the whole page.

    Shared with the browser modules, which look these up by the same names: `FOCUS`, `SELECTION`,
    `LAYER`, `METHOD`, `QUERY`, `TOKEN`, `ANCHOR`, `PAGE`, `MAPS`, `MAP_CONTROLS`, `STAGES`, `DOCK`,
    `TRAINING`, `RUNS_PLACE`, `RUNS_GRID`.
    """

    # Stores in the browser: what the user looks at.
    FOCUS = "focus"  # int | null: index of the focused sample
    SELECTION = "selection"  # {"count": int, "indices": the first 1,000} | null
    LAYER = "layer"  # str | null: key of the layer shown beside the pixels
    METHOD = "method"  # "tsne" | "umap" | "pca"
    QUERY = "query"  # str: the typed query that is applied, "" for none
    TOKEN = "token"  # str | null: under which a selection made by hand is kept
    ANCHOR = "anchor"  # int | null: index of the sample whose similar images are asked for
    PAGE = "page"  # name of the page shown

    # Stores in the browser: what the study knows by now. Filled by views.polling.
    CLOCK = "clock"
    DESCRIBED = "described"  # bool: the network has been opened
    MEASURED = "measured"  # bool: the samples table is there
    PROGRESS = "progress"  # {stage id: state}

    # Places that the browser modules fill.
    MAPS = "maps"
    MAP_CONTROLS = "map-controls"
    STAGES = "stages"
    DOCK = "dock"

    # The shell.
    NAVIGATION = "navigation"

    # Panels.
    HEADER_FACTS = "header-facts"
    NOTICES = "notices-list"
    ADVICE = "advice-list"
    GALLERY_OPENED = "gallery-opened"
    GALLERY_CLASSES = "gallery-classes"
    NETWORK_BODY = "network-body"
    INSPECTOR = "inspector"
    POOL = "pool"
    TABLE = "table"
    TABLE_GRID = "table-grid"
    CONFUSION = "confusion"
    CURVES = "curves"
    GRAPH = "graph"
    GRAPH_PLACE = "graph-place"
    GRAPH_VIEW = "graph-view"
    EPOCHS = "epochs"
    DIVE = "dive"
    SIMILAR = "similar"
    HARD = "hard"
    HARD_SUMMARY = "hard-summary"
    HARD_MAP = "hard-map"
    HARD_HISTOGRAM = "hard-histogram"
    HARD_CONTROLS = "hard-controls"
    HARD_BRUSH = "hard-brush"
    HARD_STRIP = "hard-strip"
    WELCOME = "welcome"
    WELCOME_FACTS = "welcome-facts"
    HELP_BUTTON = "help-button"
    TRAINING = "training"
    RUNS_PLACE = "runs-place"
    RUNS_GRID = "runs-grid"


def panel_id(name: str) -> str:
    """The id of the element that holds the panel of this name."""
    return f"panel-{name}"


def failure_id(name: str) -> str:
    """The id of the element that says what failed in the panel of this name."""
    return f"failure-{name}"
