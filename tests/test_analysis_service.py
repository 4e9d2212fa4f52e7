"""analysis/service.py, service_worker.py: the network held open, and what becomes of questions."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from analysis import Study
from analysis.events import Answered, Failure, Stage
from analysis.service import ENDED, NetworkService
from analysis.service_worker import ASKED, OPENING, Opened, Report
from tests.studies import open_digits
from util import UserError

PATIENCE = 120.0


@dataclass(frozen=True)
class Count:
    """How many steps the network has."""

    fault: str = ""
    stage: Stage | None = None

    def answer(self, opened: Opened, report: Report) -> int:
        if self.fault == "user":
            raise UserError("This network is not asked such things.")
        if self.fault:
            raise MemoryError("no room")
        report(0.5, "counting")
        return len(opened.graph.steps)


class QuietWorker:
    """A worker that says only what a test has it say."""

    def __init__(
        self, name: str, work: object, task: object, stage: str, hear: Callable[[Any], None]
    ) -> None:
        self.hear, self.stopped, self.alive = hear, False, True

    def order(self, value: object) -> None:
        pass

    def stop(self) -> None:
        self.stopped, self.alive = True, False


@pytest.fixture
def service(computed: Study) -> Iterator[NetworkService]:
    opened = NetworkService(computed.task)
    yield opened
    opened.stop()


@pytest.fixture
def quiet(computed: Study, monkeypatch: pytest.MonkeyPatch) -> Iterator[NetworkService]:
    monkeypatch.setattr("analysis.service.Worker", QuietWorker)
    opened = NetworkService(computed.task)
    yield opened
    opened.stop()


def test_a_question_that_fails_does_not_keep_the_next_from_its_answer(
    here: None, computed: Study
) -> None:
    stages: list[Stage] = []
    service = NetworkService(computed.task, stages.append)
    counting = Stage(f"{ASKED}count", "Counting")
    try:
        wrong, broken = service.ask(Count("user")), service.ask(Count("memory"))
        right = service.ask(Count(stage=counting))
        with pytest.raises(UserError, match="is not asked such things"):
            wrong.result(PATIENCE)
        with pytest.raises(UserError, match=r"could not do this \(MemoryError: no room\)"):
            broken.result(PATIENCE)
        assert computed.description is not None
        assert right.result(PATIENCE) == len(computed.description.layers)
    finally:
        service.stop()
    told = [(stage.state, stage.fraction) for stage in stages]
    assert told == [("waiting", 0.0), ("running", 0.0), ("running", 0.5), ("done", 1.0)]


@dataclass(frozen=True)
class Dawdle:
    """Goes on until a short question was answered in between."""

    @property
    def stage(self) -> Stage | None:
        return Stage(f"{ASKED}dawdle", "Dawdling")

    def answer(self, opened: Opened, report: Report) -> bool:
        end = time.monotonic() + PATIENCE
        while "noted" not in opened.kept and time.monotonic() < end:
            report(0.5, "")
            time.sleep(0.01)
        return "noted" in opened.kept


@dataclass(frozen=True)
class Note:
    stage: Stage | None = None

    def answer(self, opened: Opened, report: Report) -> None:
        opened.kept["noted"] = True


def test_short_questions_do_not_wait_for_long_ones(here: None, service: NetworkService) -> None:
    long, short = service.ask(Dawdle()), service.ask(Note())
    short.result(PATIENCE)
    assert long.result(PATIENCE)


def test_killed_process_is_a_sentence_and_the_next_question_works(service: NetworkService) -> None:
    lost = service.ask(Count())
    assert service._worker is not None
    pid = service._worker.process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(UserError) as error:
        lost.result(PATIENCE)
    assert str(error.value) == ENDED
    assert service.ask(Count()).result(PATIENCE) > 0


def test_process_rests_when_nothing_comes_and_starts_again(quiet: NetworkService) -> None:
    asked = quiet.ask(Count())
    first = quiet._worker
    assert isinstance(first, QuietWorker)
    quiet._rest()
    assert quiet._worker is first, "a question is yet to be answered"
    first.hear(Answered(1, 7))
    assert asked.result(0) == 7
    quiet._rest()
    assert first.stopped
    quiet.ask(Count())
    assert quiet._worker is not first


def test_end_of_a_process_spares_the_questions_of_the_next(quiet: NetworkService) -> None:
    one, two = quiet.ask(Count()), quiet.ask(Count())
    worker = quiet._worker
    assert isinstance(worker, QuietWorker)
    worker.hear(Stage(OPENING.id, "", "running", 0.0, "starting Keras"))
    assert quiet.message == "starting Keras"
    worker.hear(Failure("1", "The network cannot be run.", True, "trace"))
    assert "cannot be run" in str(one.exception(0))
    assert not two.done()
    # It could not even begin; the next question has another process, which this end spares.
    worker.hear(Failure(OPENING.id, "MemoryError: no room", False, "trace"))
    assert "MemoryError: no room" in str(two.exception(0))
    three = quiet.ask(Count())
    assert quiet._worker is not worker
    worker.hear(Failure(OPENING.id, "ended", False, ""))
    assert not three.done()


def test_stopping_the_study_ends_the_process(saved: Path, cache: Path, computed: Study) -> None:
    with open_digits(saved, cache) as study:
        asked, done = study.service.ask(Count()), threading.Event()
        asked.add_done_callback(lambda future: done.set())
        worker = study.service._worker
        assert worker is not None
        assert worker.process.is_alive()
    assert not worker.process.is_alive()
    assert done.wait(PATIENCE)
    assert isinstance(asked.exception(0), UserError)
