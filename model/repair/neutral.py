"""What matters while training only: initializers, regularizers, constraints, number types."""

from typing import Any

from model.repair.tree import Config, each_layer, inner, is_model

ENDINGS = ("_initializer", "_regularizer", "_constraint")
# Keras 1's names of the same, and what was passed on to the optimizer.
KERAS1 = (
    "init", "inner_init", "forget_bias_init", "beta_init", "gamma_init", "weights",
    "W_regularizer", "U_regularizer", "b_regularizer", "W_constraint", "U_constraint",
    "b_constraint", "activity_regularizer", "gamma_regularizer", "beta_regularizer",
)  # fmt: skip
# Layers of text and categories, whose number type says what they give out.
TYPED = ("StringLookup", "IntegerLookup", "TextVectorization", "Hashing", "CategoryEncoding")


def neutralise(config: Config) -> tuple[Config, str | None]:
    """A trained model's weights come from the file, so that how they began does not matter.

    The classes named there are of every TensorFlow and of the users' own, hence never looked up.
    """

    def strip(entry: Config) -> Config | None:
        content = inner(entry)
        new = {k: v for k, v in content.items() if not _is_training(k)}
        # Zeros are the cheapest to begin with.
        new |= {k: "zeros" for k in content if k.endswith("_initializer")}
        return None if new == content else {**entry, "config": new}

    return each_layer(config, strip)[0], None


def _is_training(key: str) -> bool:
    return key.endswith(ENDINGS) or key in KERAS1


def as_float32(config: Config) -> tuple[Config, str | None]:
    """Half precision and mixed policies become float32: the numbers are the same or better."""
    halves = False

    def change(entry: Config) -> Config | None:
        nonlocal halves
        content = inner(entry)
        if "dtype" not in content or is_model(entry) or entry["class_name"] in TYPED:
            return None
        halves = halves or _is_half(content["dtype"])
        new = {k: v for k, v in content.items() if k != "dtype"}
        if entry["class_name"] == "InputLayer":
            new["dtype"] = "float32"
        return {**entry, "config": new}

    new, _ = each_layer(config, change)
    return new, "It computes in 32 bits instead of 16." if halves else None


def _is_half(dtype: Any) -> bool:
    """Of a name, or of a policy in the form of any version."""
    named = inner(dtype).get("name") if isinstance(dtype, dict) else dtype
    return "16" in str(named)


def plain_numbers(config: Config) -> tuple[Config, str | None]:
    """Arguments that were written as arrays of one number, or as typed lists, become plain."""

    def plain(value: Any, depth: int = 0) -> Any:
        if not isinstance(value, (dict, list)) or depth > 20:
            return value
        if isinstance(value, list):
            return [plain(item, depth + 1) for item in value]
        if value.get("type") == "ndarray" and "value" in value:
            return value["value"]
        if value.get("class_name") in ("__numpy__", "__tensor__", "__array__"):
            content = value.get("config")
            if isinstance(content, dict) and "value" in content:
                return content["value"]
        if value.get("class_name") in ("__tuple__", "TensorShape", "ListWrapper"):
            items = value.get("items", value.get("config"))
            return plain(items, depth + 1) if isinstance(items, list) else value
        return value

    def change(entry: Config) -> Config | None:
        content = inner(entry)
        new = {k: v if k == "layers" else plain(v) for k, v in content.items()}
        return None if new == content else {**entry, "config": new}

    return each_layer(config, change)[0], None
