"""Innerview for training scripts: log runs into a store, and read them back.

    from innerview import SummaryWriter

    with SummaryWriter("runs", "mnist", parameters={"lr": 0.01}) as writer:
        writer.add_scalar("loss", loss, step)

Importing this imports nothing but NumPy and the standard library.
"""

import importlib
from typing import TYPE_CHECKING, Any

from innerview.errors import ReadOnlyError, StoreError

if TYPE_CHECKING:
    from innerview.class_maps import ClassMap, make_map
    from innerview.class_maps_keras import ClassMapCallback
    from innerview.class_maps_plot import plot_maps
    from innerview.evaluation import add_eval, write_data
    from innerview.keras import KerasCallback
    from innerview.store import Store, open_store
    from innerview.writer import SummaryWriter

__all__ = [
    "ClassMap",
    "ClassMapCallback",
    "KerasCallback",
    "ReadOnlyError",
    "Store",
    "StoreError",
    "SummaryWriter",
    "add_eval",
    "make_map",
    "open_store",
    "plot_maps",
    "write_data",
]

# Where each is; imported when it is first asked for, as most scripts need one of them.
_MODULES = {
    "ClassMap": "class_maps",
    "ClassMapCallback": "class_maps_keras",
    "KerasCallback": "keras",
    "Store": "store",
    "SummaryWriter": "writer",
    "add_eval": "evaluation",
    "make_map": "class_maps",
    "open_store": "store",
    "plot_maps": "class_maps_plot",
    "write_data": "evaluation",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"innerview has no {name}")
    return getattr(importlib.import_module(f"innerview.{_MODULES[name]}"), name)
