"""From a repaired config to a Keras model without values: layers made one by one, and connected."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from model import extra
from model.archive.foreign import SHOWN, shown
from model.repair.nodes import history
from model.repair.tree import (
    Config,
    inner,
    is_layer,
    is_model,
    is_operation,
    layers_of,
    name_of,
)
from model.repair.unknown import find_class
from util import ModelError

if TYPE_CHECKING:
    import keras

# Second line of defence: reading refuses these already.
NEVER = ("Lambda", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer")
# Classes of one variable argument list, whose configs Keras itself has to read.
Objects = dict[str, Any]
ACTIVATIONS = ("activation", "recurrent_activation")
# Arguments that are layers themselves, or may be.
LAYERED = ("layer", "forward_layer", "backward_layer", "cell", "cells", *ACTIVATIONS)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a layer was in the file: its class, its name and its constructor's arguments."""

    class_name: str
    name: str
    config: Config


@dataclass(slots=True)
class Assembled:
    """A model whose variables have no values yet.

    Attributes:
        model: its graph is complete.
        origins: by id of the layer; kept for as long as the model is.
    """

    model: "keras.Model"
    origins: dict[int, Origin] = field(default_factory=dict)

    def origin(self, layer: "keras.layers.Layer") -> Origin:
        """Of a layer, or of one that another wraps, which has none of its own in the file."""
        return self.origins.get(id(layer)) or Origin(type(layer).__name__, layer.name, {})


def custom_names(config: Config, objects: Objects) -> list[str]:
    """Classes that neither Keras nor the user's own code has, in the network's order."""
    unknown = [
        entry["class_name"]
        for entry in layers_of(config)
        if not is_model(entry)
        and not is_operation(entry)
        and entry["class_name"] not in NEVER
        and plain(entry) not in objects
        and find_class(entry["class_name"]) is None
    ]
    functions = {**extra.functions(), **objects}
    unknown += [
        inner(entry)[key]
        for entry in layers_of(config)
        for key in ACTIVATIONS
        if isinstance(inner(entry).get(key), str)
        and inner(entry)[key] not in functions
        and not _is_activation(inner(entry)[key])
    ]
    return list(dict.fromkeys(unknown))


def _is_activation(name: str) -> bool:
    import keras

    try:
        return keras.activations.get(name) is not None
    except ValueError:
        return False


def _hashed(value: Any) -> str:
    return value if isinstance(value, str) else ""


def plain(entry: Config) -> str:
    """A class's name without its package: "my>Layer" is "Layer"."""
    return str(entry["class_name"]).split(">")[-1]


def assemble(config: Config, objects: Objects) -> Assembled:
    """Make a model of a repaired config.

    Args:
        objects: the user's own classes and functions by name.

    Raises:
        ModelError: a layer cannot be made or connected; the sentence names it.
    """
    import keras

    if not is_model(config):
        raise ModelError(
            f"It is a {config.get('class_name', 'model')} written as a Python class, which keeps "
            "no list of its layers in the file; save it again as a Functional or Sequential model."
        )
    unknown = custom_names(config, objects)
    if unknown:
        raise ModelError(
            f"It has layers that are not Keras's own: {_listed(unknown)}; give the Python file "
            "that defines them with --custom-objects FILE.py (its code is then run)."
        )
    known = {**extra.layers(), **extra.functions(), **objects}
    assembler = _Assembler(objects)
    # Without values: a stranger's shapes must not take memory before the weights are seen.
    scope = keras.StatelessScope(initialize_variables=False)
    try:
        with keras.saving.custom_object_scope(known), scope:
            model = assembler.model(config)
    finally:
        _forget_variables()
    return Assembled(model, assembler.origins)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(shown(name) for name in names[:SHOWN]) + more


def _forget_variables() -> None:
    """Keras would give values to all of them as soon as another model is made."""
    from keras.src.backend.common import global_state

    global_state.set_global_attribute("uninitialized_variables", [])


class _Assembler:
    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.origins: dict[int, Origin] = {}

    def model(self, entry: Config) -> "keras.Model":
        model = self._chain(entry) if entry["class_name"] == "Sequential" else self._graph(entry)
        if inner(entry).get("trainable") is False:
            model.trainable = False
        self._remember(entry, model)
        return model

    def _remember(self, entry: Config, layer: Any) -> None:
        origin = entry.get("origin")
        if origin:
            self.origins[id(layer)] = Origin(origin["class_name"], origin["name"], origin["config"])
        for key in ("layer", "forward_layer", "backward_layer", "cell"):
            wrapped: Any = inner(entry).get(key)
            made = getattr(layer, key, None)
            # Bidirectional makes its forward layer of the one that it is given.
            made = getattr(layer, "forward_layer", made) if key == "layer" else made
            if is_layer(wrapped) and made is not None:
                self._remember(wrapped, made)

    def layer(self, entry: Config) -> Any:
        """A layer, not called yet."""
        import keras

        if is_model(entry):
            return self.model(entry)
        kind, name = entry["class_name"], name_of(entry)
        own = self.objects.get(plain(entry))
        if kind in NEVER:
            layer = self._replaced(name, kind, inner(entry))
        elif is_operation(entry):
            layer = self._try(entry, lambda: keras.saving.deserialize_keras_object(
                {k: v for k, v in entry.items() if k not in ("origin", "inbound_nodes", "name")},
                safe_mode=True))  # fmt: skip
        else:
            found = own or find_class(kind)
            content = self._prepared(inner(entry))
            layer = self._try(entry, lambda: _made(found, content))
        self._remember(entry, layer)
        return layer

    def _replaced(self, name: str, kind: str, content: Config) -> Any:
        import keras

        given = self.objects.get(name)
        if given is None:
            raise ModelError(
                f"Layer '{name}' ({kind}) runs code kept in the file, which is never done here; "
                f"write a function named '{name}' and give its file with --custom-objects FILE.py."
            )
        if isinstance(given, type):
            return given(name=name)
        passed = content.get("arguments")
        return keras.layers.Lambda(given, name=name, arguments=passed or None)

    def _prepared(self, content: Config) -> Config:
        """A config whose wrapped layers are written as Keras 3 writes them."""

        def prepare(value: Any) -> Any:
            if isinstance(value, list):
                return [prepare(item) for item in value]
            if not is_layer(value) or not isinstance(value.get("config"), dict):
                return value
            if is_model(value):
                return self._wrapped_model(value)
            kept = {k: v for k, v in value.items() if k not in ("origin", "inbound_nodes", "name")}
            found = find_class(value["class_name"])
            if found is None:
                return kept
            module = found.__module__ if found.__module__.startswith("keras") else None
            return {
                **kept,
                "module": "keras.layers" if module else None,
                "registered_name": None if module else value["class_name"],
                "config": self._prepared(value["config"]),
            }

        own = {**extra.functions(), **self.objects}
        prepared = {k: prepare(v) if k in LAYERED else v for k, v in content.items()}
        # Keras looks names of activations up among its own alone.
        named = {k: own[v] for k, v in prepared.items() if k in ACTIVATIONS and _hashed(v) in own}
        return {**prepared, **named}

    def _wrapped_model(self, entry: Config) -> Any:
        # TimeDistributed(model): Keras takes a layer that is made already as it is.
        return self.model(entry)

    def _chain(self, entry: Config) -> "keras.Model":
        import keras

        layers = [self.layer(layer) for layer in inner(entry)["layers"]]
        name = inner(entry).get("name")
        try:
            return keras.Sequential(layers, name=name)
        except ModelError:
            raise
        except Exception as error:
            where = self._first_failing(inner(entry)["layers"])
            raise ModelError(f"{where}: {reason(error)}") from error

    def _first_failing(self, entries: list[Config]) -> str:
        import keras

        value: Any = None
        for entry in entries:
            try:
                layer = self.layer(entry)
                is_input = isinstance(layer, keras.layers.InputLayer)
                value = layer.output if is_input else layer(value)
            except Exception:
                return f"layer '{shown(name_of(entry))}' ({shown(entry['class_name'])})"
        return "the chain of layers"

    def _graph(self, entry: Config) -> "keras.Model":
        import keras

        content = inner(entry)
        entries = {layer["name"]: layer for layer in content["layers"]}
        made = {name: self.layer(layer) for name, layer in entries.items()}
        outputs: dict[tuple[str, int], list[Any]] = {
            (name, 0): [layer.output]
            for name, layer in made.items()
            if isinstance(layer, keras.layers.InputLayer)
        }
        waiting = [
            (name, call, node)
            for name, layer in entries.items()
            for call, node in enumerate(layer["inbound_nodes"])
            if (name, 0) not in outputs
        ]
        while waiting:
            later = []
            for name, call, node in waiting:
                if all((ref[0], ref[1]) in outputs for ref in _references(node)):
                    outputs[name, call] = self._call(entries[name], made[name], node, outputs)
                else:
                    later.append((name, call, node))
            if len(later) == len(waiting):
                names = ", ".join(dict.fromkeys(name for name, _, _ in later[:3]))
                raise ModelError(f"the connections of {names} lead in a circle or nowhere")
            waiting = later
        try:
            ends = [
                [_tensor(end, outputs) for end in content[key]]
                for key in ("input_layers", "output_layers")
            ]
        except (KeyError, IndexError):
            raise ModelError("an input or output of the graph is not among its layers") from None
        sources, results = (end[0] if len(end) == 1 else end for end in ends)
        return self._try(entry, lambda: keras.Model(sources, results, name=content.get("name")))

    def _call(
        self, entry: Config, layer: Any, node: Config, outputs: dict[tuple[str, int], list[Any]]
    ) -> list[Any]:
        import keras

        args = [_fill(value, outputs) for value in node["args"]]
        kwargs = {k: _fill(v, outputs) for k, v in node["kwargs"].items()}
        kwargs = {k: v for k, v in kwargs.items() if k not in ("training", "mask")}
        if isinstance(layer, keras.Model) and args and isinstance(args[0], (list, tuple)):
            args[0] = args[0][0] if len(args[0]) == 1 else args[0]
        result = self._try(entry, lambda: layer(*args, **kwargs))
        return list(keras.tree.flatten(result))

    def _try(self, entry: Config, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except ModelError:
            raise
        except Exception as error:
            where = f"layer '{shown(name_of(entry))}' ({shown(entry['class_name'])})"
            raise ModelError(f"{where}: {reason(error)}") from error


def _made(kind: Any, content: Config) -> Any:
    import keras

    if any(isinstance(value, keras.Layer) for value in content.values()):
        # A model that is wrapped has been made already, and Keras's own reading wants configs.
        return kind(**content)
    made = kind.from_config(content)
    if kind is keras.layers.Bidirectional:
        _keep_activations(made, content)
    return made


def _keep_activations(made: Any, content: Config) -> None:
    """Bidirectional copies its layer by the names of its functions, which are Keras's own then."""
    for side in ("forward_layer", "backward_layer"):
        layer = getattr(made, side)
        given = inner(content.get(side) or content["layer"])
        for key in ACTIVATIONS:
            if callable(given.get(key)):
                setattr(getattr(layer, "cell", layer), key, given[key])


def _references(node: Config) -> Iterator[list[Any]]:
    from model.repair.nodes import references

    yield from references(node)


def _tensor(value: Config, outputs: dict[tuple[str, int], list[Any]]) -> Any:
    name, call, number = history(value) or ("", 0, 0)
    return outputs[name, call][number]


def _fill(value: Any, outputs: dict[tuple[str, int], list[Any]]) -> Any:
    """The value with tensors in the place of references, and typed values as what they are."""
    if history(value):
        return _tensor(value, outputs)
    if isinstance(value, list):
        return [_fill(item, outputs) for item in value]
    if isinstance(value, dict):
        if value.get("class_name") == "__tuple__" or value.get("class_name") == "__ellipsis__":
            items = value.get("items", inner(value).get("items"))
            return tuple(_fill(item, outputs) for item in items) if items is not None else ...
        if value.get("class_name") in ("slice", "__slice__"):
            kept = inner(value)
            return slice(kept.get("start"), kept.get("stop"), kept.get("step"))
        if is_layer(value):
            import keras

            return keras.saving.deserialize_keras_object(value, safe_mode=True)
        return {k: _fill(v, outputs) for k, v in value.items()}
    return value


def reason(error: Exception) -> str:
    """The first sentence of Keras's many that tells something."""
    message = str(error).rsplit("Exception encountered:", 1)[-1]
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    # Parts of the message may be the file's own.
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 240 else text[:237] + "..."
