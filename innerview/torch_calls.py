"""The calls of torch.utils.tensorboard's SummaryWriter that are told in terms of the others."""

import logging
from collections.abc import Mapping
from typing import Any

from innerview import pictures
from innerview.arrays import flatten
from innerview.records import Value

log = logging.getLogger("innerview")

# What nothing in the pages shows. One note in the log, no exception.
UNUSED = (
    "add_graph", "add_embedding", "add_audio", "add_video", "add_mesh", "add_onnx_graph",
    "add_hparams_summary", "add_tensor", "add_custom_scalars", "add_custom_scalars_multilinechart",
    "add_custom_scalars_marginchart", "add_histogram_raw", "add_pr_curve_raw",
    "add_image_with_boxes",
)  # fmt: skip


class TorchCalls:
    """Mixed into SummaryWriter, which has the calls that these come down to."""

    store: str
    name: str
    _parameters: dict[str, Value]
    _hparams: dict[str, Value] | None = None

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Log several numbers, as the tags "main_tag/name"."""
        try:
            for name, value in tag_scalar_dict.items():
                self.add_scalar(f"{main_tag}/{name}", value, global_step, walltime)
        except Exception as error:
            self._warn(main_tag, error)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: Any = None,
        walltime: float | None = None,
        dataformats: str | None = None,
    ) -> None:
        """Log several pictures of one size, side by side.

        Args:
            img_tensor: as in add_image, with an axis more: NHW, NHWC or NCHW.
        """
        try:
            pixels = pictures.as_grid(img_tensor, dataformats)
            self._put_pixels(tag, pixels, self._step("image", tag, global_step), walltime)
        except Exception as error:
            self._warn(tag, error)

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: Any = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """Log what a Matplotlib figure, or each of a list of them, looks like.

        Args:
            close: the figure is not needed any more.
        """
        try:
            for each in figure if isinstance(figure, list | tuple) else [figure]:
                pixels = pictures.of_figure(each)
                self._put_pixels(tag, pixels, self._step("image", tag, global_step), walltime)
                if close:
                    pictures.close_figure(each)
        except Exception as error:
            self._warn(tag, error)

    def add_hparams(
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any],
        hparam_domain_discrete: Any = None,
        run_name: str | None = None,
        global_step: Any = None,
    ) -> None:
        """Log hyperparameters with what came of them.

        They become this run's. Called again with others, or with a `run_name` of its own, it
        makes a run of these alone, as torch does.
        """
        try:
            parameters = flatten(hparam_dict)
            own = run_name in (None, "", ".", self.name) and self._hparams in (None, parameters)
            if not own:
                self._count = getattr(self, "_count", 0) + 1
                name = f"{self.name}/{run_name or self._count}"
                self._put_other_run(name, parameters, metric_dict, global_step)
                return
            self._hparams = parameters
            self.add_experimental_parameters(parameters)
            for tag, value in metric_dict.items():
                self.add_scalar(tag, value, global_step)
        except Exception as error:
            self._warn("hparams", error)

    def get_logdir(self) -> str:
        """The store."""
        return self.store

    @property
    def log_dir(self) -> str:
        return self.store

    def viewRun(self, *_: Any, **__: Any) -> None:
        """ml_board's call; the page is opened by a command."""
        log.info("Look at the run with: python analyzer.py --runs %s", self.store)

    def __getattr__(self, name: str) -> Any:
        if name not in UNUSED:
            raise AttributeError(f"{type(self).__name__} has no {name}")
        return _note(name)

    # What SummaryWriter has.
    def add_scalar(
        self, tag: str, scalar_value: Any, global_step: Any = None, walltime: float | None = None
    ) -> None:
        raise NotImplementedError

    def add_experimental_parameters(self, parameters: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def _put_other_run(self, name: str, parameters: Any, metrics: Any, step: Any) -> None:
        raise NotImplementedError

    def _put_pixels(self, tag: Any, pixels: Any, step: int, walltime: float | None) -> None:
        raise NotImplementedError

    def _step(self, kind: str, tag: str, step: Any) -> int:
        raise NotImplementedError

    def _warn(self, tag: Any, reason: Any) -> None:
        raise NotImplementedError


_noted: set[str] = set()


def _note(name: str) -> Any:
    def nothing(*_: Any, **__: Any) -> None:
        if name not in _noted:
            _noted.add(name)
            log.debug("%s is not shown by Innerview, and was left out.", name)

    return nothing
