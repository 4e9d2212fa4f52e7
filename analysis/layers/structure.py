"""The question that the graph of layers and blocks is: asked once, then kept in the cache."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.events import Stage
from analysis.service_worker import Opened, Report
from analysis.task import Task
from model.structure import Structure
from util import digest

STRUCTURE_VERSION = 1


@dataclass(frozen=True, slots=True)
class AskStructure:
    """The network's layers in their blocks; the answer is `Structure.to_json()`."""

    @property
    def stage(self) -> Stage | None:
        return None

    def answer(self, opened: Opened, report: Report) -> dict[str, Any]:
        from model.structure import structure_of

        value = structure_of(opened.graph, opened.description).to_json()
        opened.task.cache.write_json(structure_path(opened.task), value)
        return value


def structure_path(task: Task) -> Path:
    key = digest("structure", STRUCTURE_VERSION, task.network.digest)
    return task.cache.path("structure", key, ".json")


def parse(value: dict[str, Any]) -> Structure | None:
    """The graph that a cached answer tells of; None if that is not what it is."""
    try:
        return Structure.from_json(value)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
