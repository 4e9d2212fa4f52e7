"""A loaded model as a flat list of steps: models within models are opened, whoever built them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from util import ModelError

if TYPE_CHECKING:
    import keras

# A keras.KerasTensor; Keras has no types to tell.
Tensor = Any
# A keras.layers.Layer, or an operation of keras.ops that stands in a graph like one.
Operation = Any


@dataclass(frozen=True, slots=True)
class Step:
    """One call of one layer.

    Attributes:
        name: unique, with the models it lies in: "mobilenet/conv1". A layer that is called again
            has "_2" after it.
        layer: what is called. Several steps may share one.
        inputs: symbolic tensors it is called with.
        outputs: all that it gives out.
    """

    name: str
    layer: Operation
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @property
    def output(self) -> Tensor:
        """The first output: an LSTM that also returns its states gives its sequence first."""
        return self.outputs[0]

    @property
    def kind(self) -> str:
        return type(self.layer).__name__


@dataclass(frozen=True, eq=False)
class Graph:
    """What computes one output from one input.

    Attributes:
        inputs: one symbolic tensor, (batch, ...).
        steps: in an order in which they can be computed; only what the output depends on.
        output: symbolic tensor.
        input_name, output_name: as --input and --output take them.
    """

    inputs: tuple[Tensor, ...]
    steps: tuple[Step, ...]
    output: Tensor
    input_name: str
    output_name: str

    def made_by(self, tensor: Tensor) -> int | None:
        """Position of the step that gives out `tensor`; None for the input."""
        return self._makers.get(id(tensor))

    @cached_property
    def _makers(self) -> dict[int, int]:
        return {id(made): i for i, step in enumerate(self.steps) for made in step.outputs}


def flatten(model: "keras.Model", input: str | None = None, output: str | None = None) -> Graph:
    """The steps from one input to one output, with every nested model inlined.

    The layers are called once more, on new symbolic inputs; their weights are shared and nothing
    is run. What is made of the graph's tensors is what the model computes when it is not trained.

    Args:
        input, output: a name, or its number counted from 0; needed where there are several.

    Raises:
        ModelError: there is no such input or output, or a choice is needed and not made.
    """
    import keras

    outputs, inputs = named_outputs(model), named_inputs(model)
    wanted = _choose(outputs, output, "output")
    if input is not None:
        input = _choose(inputs, input, "input")
    pruned = keras.Model(list(model.inputs), outputs[wanted])
    fresh, walk, result = _called_anew(pruned)
    steps, used = _needed(walk.steps, result)
    needed = [name for name, tensor in zip(inputs, fresh, strict=True) if id(tensor) in used]
    name = _check_inputs(inputs, needed, input, wanted)
    position = list(inputs).index(name)
    return Graph((fresh[position],), steps, result, name, wanted)


def named_inputs(model: "keras.Model") -> dict[str, Tensor]:
    """Name, as --input takes it -> symbolic tensor."""
    return _named(model.inputs, [str(tensor.name) for tensor in model.inputs])


def named_outputs(model: "keras.Model") -> dict[str, Tensor]:
    """Name, as --output takes it -> symbolic tensor."""
    return _named(model.outputs, _output_names(model))


def _called_anew(model: "keras.Model") -> tuple[list[Tensor], "_Walk", Tensor]:
    """(new inputs, every call made, the output), of any batch where the layers allow that."""
    fixed = any(tensor.shape[0] is not None for tensor in model.inputs)
    try:
        called = _call_anew(model, free_batch=True)
        if not fixed or called[2].shape[0] is None:
            return called
    except Exception as error:
        if not fixed:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ModelError(f"The network's layers cannot be called alone: {reason}") from error
    # A layer may be written for the batch that the network was saved with.
    return _call_anew(model, free_batch=False)


def _call_anew(model: "keras.Model", *, free_batch: bool) -> tuple[list[Tensor], "_Walk", Tensor]:
    import keras

    fresh = [
        keras.Input(
            batch_shape=(None if free_batch else tensor.shape[0], *tensor.shape[1:]),
            dtype=tensor.dtype,
            name=f"{tensor.name}",
        )
        for tensor in model.inputs
    ]
    walk = _Walk(type(model).call)
    (result,) = walk.through(model, fresh, "")
    return fresh, walk, result


class _Walk:
    """Calls every layer of a model, those of nested models too, and keeps what was called."""

    def __init__(self, plain_call: Any) -> None:
        """`plain_call` is what runs a functional model; another one is not ours to replace."""
        self.steps: list[Step] = []
        self._plain_call = plain_call
        self._taken: set[str] = set()

    def through(self, model: "keras.Model", inputs: list[Tensor], path: str) -> list[Tensor]:
        """The outputs of a functional model for these inputs."""
        import keras

        outputs = model._run_through_graph(inputs, operation_fn=lambda op: self._caller(op, path))
        return list(keras.tree.flatten(outputs))

    def _caller(self, operation: Operation, path: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            inner = self._functional(operation, kwargs)
            if inner is not None:
                before = len(self.steps)
                try:
                    return self._inline(inner, args, path + operation.name + "/")
                except Exception:
                    # It takes its input in a way of its own; as a single step it runs as ever.
                    del self.steps[before:]
            return self._step(operation, path, args, kwargs)

        return call

    def _functional(self, operation: Operation, kwargs: dict[str, Any]) -> "keras.Model | None":
        """The functional model that a nested model is, or None for a layer."""
        import keras

        if not isinstance(operation, keras.Model):
            return None
        if kwargs.get("training") or kwargs.get("mask") is not None:
            return None
        if isinstance(operation, keras.Sequential):
            plain = type(operation).call is keras.Sequential.call
            return getattr(operation, "_functional", None) if plain else None
        return operation if type(operation).call is self._plain_call else None

    def _inline(self, inner: "keras.Model", args: tuple[Any, ...], path: str) -> Any:
        import keras

        given = keras.tree.flatten(args)
        assert len(given) == len(inner.inputs)
        cast = []
        for tensor, expected in zip(given, inner.inputs, strict=True):
            assert len(tensor.shape) == len(expected.shape)
            same = tensor.dtype == expected.dtype
            cast.append(tensor if same else keras.ops.cast(tensor, expected.dtype))
        outputs = self.through(inner, cast, path)
        return outputs[0] if len(outputs) == 1 else outputs

    def _step(
        self, operation: Operation, path: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        import keras

        outputs = operation(*args, **kwargs)
        self.steps.append(
            Step(
                self._name(path + operation.name),
                operation,
                _tensors((args, kwargs)),
                tuple(keras.tree.flatten(outputs)),
            )
        )
        return outputs

    def _name(self, plain: str) -> str:
        name, count = plain, 2
        while name in self._taken:
            name, count = f"{plain}_{count}", count + 1
        self._taken.add(name)
        return name


def _tensors(arguments: Any) -> tuple[Tensor, ...]:
    import keras

    flat = keras.tree.flatten(arguments)
    return tuple(value for value in flat if isinstance(value, keras.KerasTensor))


def _needed(steps: list[Step], result: Tensor) -> tuple[tuple[Step, ...], set[int]]:
    """The steps that `result` depends on, in their order, and the ids of the tensors they use."""
    import keras

    used, kept = {id(result)}, []
    makers = {id(made): step for step in steps for made in step.outputs}
    # Casts between nested models are no steps: behind them lies the tensor that is cast.
    waiting = [result]
    chosen: set[int] = set()
    while waiting:
        tensor = waiting.pop()
        step = makers.get(id(tensor))
        if step is None:
            history = getattr(tensor, "_keras_history", None)
            node = history.operation._inbound_nodes[history.node_index] if history else None
            sources: Iterable[Tensor] = () if node is None else node.input_tensors
        elif id(step) in chosen:
            continue
        else:
            chosen.add(id(step))
            sources = step.inputs
        for source in sources:
            if isinstance(source, keras.KerasTensor):
                used.add(id(source))
                waiting.append(source)
    kept = [step for step in steps if id(step) in chosen]
    return tuple(kept), used


def _output_names(model: "keras.Model") -> list[str]:
    import keras

    try:
        paths = [path for path, _ in keras.tree.flatten_with_path(model.output)]
    except (AttributeError, ValueError):
        paths = []
    if len(paths) == len(model.outputs) and all(
        path and isinstance(path[-1], str) for path in paths
    ):
        return [path[-1] for path in paths]
    return [str(tensor._keras_history.operation.name) for tensor in model.outputs]


def _named(tensors: list[Tensor], names: list[str]) -> dict[str, Tensor]:
    """Name -> tensor; of names that come twice the later have their number after them."""
    named: dict[str, Tensor] = {}
    for name, tensor in zip(names, tensors, strict=True):
        unique, count = name, 2
        while unique in named:
            unique, count = f"{name}_{count}", count + 1
        named[unique] = tensor
    return named


def _choose(tensors: dict[str, Tensor], wanted: str | None, what: str) -> str:
    names = list(tensors)
    if wanted in tensors:
        return str(wanted)
    if wanted is not None:
        if wanted.isascii() and wanted.isdigit() and int(wanted) < len(names):
            return names[int(wanted)]
        raise ModelError(
            f"The network has no {what} '{wanted}'; its {what}{'s are' * (len(names) > 1)}"
            f"{' is' * (len(names) == 1)} {_listed(tensors, names)}."
        )
    if len(names) == 1:
        return names[0]
    raise ModelError(
        f"The network has {len(names)} {what}s, {_listed(tensors, names)}; choose one with "
        f"--{what} NAME."
    )


def _check_inputs(
    inputs: dict[str, Tensor], needed: list[str], wanted: str | None, output: str
) -> str:
    """Name of the one input that the output is computed from."""
    if not needed:
        raise ModelError(f"The network's output '{output}' does not depend on any of its inputs.")
    if wanted is not None and wanted not in needed:
        raise ModelError(
            f"The network's output '{output}' does not depend on the input '{wanted}', only on "
            f"{_listed(inputs, needed)}; name that with --input, or another --output."
        )
    if len(needed) == 1:
        return needed[0]
    missing = [name for name in needed if name != wanted]
    given = "an image alone" if wanted is None else f"'{wanted}' alone"
    raise ModelError(
        f"The network's output '{output}' cannot be computed from {given}: it also takes "
        f"{_listed(inputs, missing)}; choose an output that depends on one input with --output "
        "NAME."
        if wanted is not None
        else f"The network's output '{output}' is computed from {len(needed)} inputs together, "
        f"{_listed(inputs, needed)}, and cannot be computed from {given}; choose an output that "
        "depends on one input with --output NAME."
    )


def _listed(tensors: dict[str, Tensor], names: list[str]) -> str:
    """ "'a' (10)" and "'b' (28 x 28 x 1)"."""
    texts = []
    for name in names:
        shape = " x ".join("?" if n is None else str(n) for n in tensors[name].shape[1:])
        texts.append(f"'{name}' ({shape or 'a number'})")
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
