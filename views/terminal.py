"""Progress in the terminal, and sentences beside it; standard output is left to results."""

import sys
import threading
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from tqdm import tqdm

    from analysis import Study
    from analysis.events import Stage

# Seconds between two looks at the progress.
POLL = 0.2


class Checking:
    """A bar while the images are looked through, where that takes long enough to be seen."""

    def __init__(self) -> None:
        self.bar: tqdm[NoReturn] | None = None

    def __enter__(self) -> "Checking":
        return self

    def __exit__(self, *exception: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def __call__(self, done: int, total: int) -> None:
        from tqdm import tqdm

        if self.bar is None:
            layout = "{desc} {percentage:3.0f}% |{bar:24}| {elapsed}"
            desc = f"{'Checking the images':<24}"
            self.bar = tqdm(
                total=total, desc=desc, bar_format=layout, delay=1, disable=not sys.stderr.isatty()
            )
        self.bar.update(done - self.bar.n)


class Progress:
    """Progress in the terminal: a bar a stage, or a line a stage where it goes to a file."""

    def __init__(self, study: "Study") -> None:
        self.study = study
        self.bars: dict[str, tqdm[NoReturn]] = {}
        # Stages that a finished bar or line has told of already.
        self.told = {stage.id for stage in study.stages() if stage.state == "done"}
        # Repairs and warnings that have been told already.
        self.sentences: set[str] = set()

    def watch(self, forever: bool = False) -> None:
        """Draw the bars until everything is settled, or for ever."""
        pause = threading.Event()
        try:
            while forever or not self.study.settled:
                self.draw()
                pause.wait(POLL)
            self.draw()
        finally:
            while self.bars:
                self.bars.popitem()[1].close()

    def draw(self) -> None:
        self.tell()
        for stage in self.study.stages():
            if stage.state == "waiting" or stage.id in self.told:
                continue
            if sys.stderr.isatty():
                self.draw_bar(stage)
            elif stage.state == "done":
                say(f"{stage.title}: done")
            if stage.state in ("done", "failed"):
                self.told.add(stage.id)

    def tell(self) -> None:
        """Say once what was repaired in the network, and what does not fit together."""
        description = self.study.description
        repairs = () if description is None else description.repairs
        for sentence in (*(f"Repaired: {repair}" for repair in repairs), *self.study.warnings):
            if sentence not in self.sentences:
                self.sentences.add(sentence)
                say(sentence)

    def draw_bar(self, stage: "Stage") -> None:
        from tqdm import tqdm

        bar = self.bars.get(stage.id)
        if bar is None:
            layout = "{desc} {percentage:3.0f}% |{bar:24}| {elapsed}{postfix}"
            desc = f"{stage.title:<24.24}"
            bar = self.bars[stage.id] = tqdm(total=100, desc=desc, bar_format=layout)
        message = stage.message if stage.state == "running" else ""
        bar.set_postfix_str(message[:40], refresh=False)
        bar.update(round(100 * stage.fraction) - bar.n)
        bar.refresh()
        if stage.state in ("done", "failed"):
            bar.close()


def say(sentence: str) -> None:
    """Tell the user something; standard output is left to results."""
    from tqdm import tqdm

    tqdm.write(sentence, file=sys.stderr)


def wait_for_ever() -> NoReturn:
    """Until Ctrl-C; in small pieces, as Windows does not interrupt a long one."""
    pause = threading.Event()
    while True:
        pause.wait(POLL)
