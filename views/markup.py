"""What Dash leaves to be said about HTML."""

from typing import Any


def attributes(**values: Any) -> dict[str, Any]:
    """Attributes with a dash in their name, from names with an underscore, to be passed by `**`.

    attributes(aria_label="Help", data_focus=12) -> {"aria-label": "Help", "data-focus": 12}
    """
    return {name.replace("_", "-"): value for name, value in values.items()}
