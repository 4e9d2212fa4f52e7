"""What a scalar is, told from its tag: accuracy or cross-entropy, of training or of validation.

Names are people's own; those that Keras, Lightning, Hugging Face, fastai, TensorBoard, ml_board and
the examples of PyTorch give are known, and what is put together in the same way.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Quantity = Literal["accuracy", "cross-entropy", "learning rate", "other"]
Split = Literal["training", "validation"]
Per = Literal["batch", "epoch"]
Direction = Literal["max", "min"]


@dataclass(frozen=True, slots=True)
class Role:
    """What a scalar measures.

    Attributes:
        split: None where it has none (a learning rate), or where nothing tells.
        per: how often it is logged, None where the tag does not say.
    """

    quantity: Quantity
    split: Split | None = None
    per: Per | None = None


TRAINING = frozenset({"train", "training", "trn", "tr", "fit", "fitting"})
VALIDATION = frozenset(
    {
        "val", "valid", "validation", "validate", "vali", "eval", "evaluation", "evaluate", "dev",
        "test", "testing", "tst", "holdout", "heldout",
    }
)  # fmt: skip
BATCH = frozenset({"batch", "batches", "minibatch", "step", "steps", "iter", "iteration", "iters"})
BATCH |= {"iterations"}
EPOCH = frozenset({"epoch", "epochs"})

# What is said of a loss without making it another one.
NEUTRAL = frozenset(
    {
        "total", "mean", "avg", "average", "running", "smooth", "smoothed", "raw", "per", "vs",
        "metric", "metrics", "score", "scalar", "scalars", "model", "cls", "class", "clf",
        "classification", "classifier", "label", "overall", "final", "logs", "log", "history",
        "set", "data", "performance", "by", "on", "the", "of", "in", "at", "and", "over", "all",
        "ema", "sum", "norm", "softmax", "sigmoid", "value", "objective", "nats", "last", "best",
    }
)  # fmt: skip
ACCURACY = frozenset({"acc", "accuracy", "accuracies", "accu", "top1", "top5", "accuracy1", "acc1"})
ACCURACY |= {"acc5", "accuracy5", "top3", "acctop1", "acctop5", "precision1", "prec1", "prec5"}
ENTROPY = frozenset({"crossentropy", "xent", "xentropy", "ce", "bce", "nll", "celoss", "nllloss"})
ENTROPY |= {"logloss", "crossentropyloss", "bceloss", "cent", "cse"}
LOSS = frozenset({"loss", "losses", "cost"})
# Kinds of a cross-entropy or an accuracy.
KINDS = frozenset({"sparse", "categorical", "binary", "cross", "entropy", "top", "k", "balanced"})

LARGER = frozenset(
    {
        "auc", "auroc", "auprc", "roc", "f1", "fscore", "fbeta", "f2", "precision", "recall",
        "sensitivity", "specificity", "iou", "miou", "jaccard", "dice", "map", "mrr", "ndcg",
        "bleu", "rouge", "rouge1", "rouge2", "rougel", "meteor", "psnr", "ssim", "r2", "reward",
        "rewards", "return", "returns", "kappa", "mcc", "correlation", "likelihood", "elbo",
        "score", "similarity", "cosine", "ap", "correct", "pr",
    }
)  # fmt: skip
SMALLER = LOSS | frozenset(
    {
        "error", "errors", "err", "mae", "mse", "rmse", "mape", "msle", "mad", "perplexity", "ppl",
        "wer", "cer", "fid", "kid", "kl", "kld", "divergence", "penalty", "hinge", "brier", "ece",
        "entropy", "bpc", "bpd", "distance",
    }
)  # fmt: skip

# Where one word ends and the next begins: signs, a capital after a small letter, the last capital
# before a small one (LRScheduler), and nothing between a letter and a digit (top5, f1).
WORDS = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")

# Words that are written in one or in two.
JOINED = {
    ("cross", "entropy"): "crossentropy",
    ("log", "loss"): "logloss",
    ("x", "entropy"): "xentropy",
    ("learning", "rate"): "lr",
    ("learn", "rate"): "lr",
    ("top", "1"): "top1",
    ("top", "5"): "top5",
    ("mini", "batch"): "minibatch",
    ("io", "u"): "iou",
    ("hold", "out"): "holdout",
    ("held", "out"): "heldout",
}
RATES = frozenset({"lr", "learningrate", "lrs"})
# Of a name that has a loss in it: settings, not measurements.
SETTINGS = frozenset({"weight", "weights", "scale", "scaler", "size", "time", "seconds", "count"})
SETTINGS |= {"coef", "coefficient", "lambda", "alpha", "ratio", "rate"}


@lru_cache(maxsize=8192)
def role(tag: str, run: str = "") -> Role:
    """What the scalar of this tag measures.

    Args:
        run: the run's name; TensorBoard's Keras callback logs the same tags into a run "train" and
            a run "validation".
    """
    words = split_words(tag)
    per = _per(words)
    if words & RATES:
        return Role("learning rate", None, per)
    if words & SETTINGS and "error" not in words:
        return Role("other", None, per)
    quantity = _quantity(words)
    split = _split(words) or _split_of_run(run)
    if split is None and quantity != "other":
        # Keras names what is not of the validation data without any word.
        split = "training"
    return Role(quantity, split, per)


@lru_cache(maxsize=8192)
def direction(tag: str) -> Direction | None:
    """Whether larger ("max") or smaller values of a scalar are better; None where nothing tells."""
    words = split_words(tag)
    if words & RATES or words & SETTINGS - {"rate", "ratio"}:
        return None
    quantity = _quantity(words)
    if quantity != "other":
        return "max" if quantity == "accuracy" else "min"
    # "f1 loss" and "accuracy error" are losses and errors.
    if words & SMALLER and not words & {"rewards", "reward"}:
        return "min"
    if words & LARGER or words & ACCURACY:
        return "max"
    return None


def fitness(tag: str) -> tuple[int, int, str]:
    """A key that sorts tags of one role: the plainest name first, then those of epochs."""
    words = split_words(tag)
    rare = words - TRAINING - VALIDATION - EPOCH - BATCH - {"loss", "accuracy", "acc"}
    rare -= {"crossentropy"}
    return (len(rare), int(_per(words) == "batch"), tag)


def split_words(tag: str) -> frozenset[str]:
    """The words of a name in small letters: {"val", "loss"} for "val_loss" and "ValLoss"."""
    words = [word.lower() for word in WORDS.findall(tag)]
    joined: list[str] = []
    for word in words:
        pair = JOINED.get((joined[-1], word)) if joined else None
        if pair is None:
            joined.append(word)
        else:
            joined[-1] = pair
    return frozenset(joined)


def _quantity(words: frozenset[str]) -> Quantity:
    others = words & SMALLER - LOSS
    if words & ACCURACY and not (words & LOSS or others):
        return "accuracy"
    if words & ENTROPY:
        return "cross-entropy"
    if words & LOSS:
        rest = words - LOSS - TRAINING - VALIDATION - BATCH - EPOCH - NEUTRAL - KINDS
        # "box_loss" and "loss_G" are others; "loss1" and "loss/0" are one of several.
        return "other" if rest else "cross-entropy"
    return "other"


def _split(words: frozenset[str]) -> Split | None:
    # "train_test_loss" says nothing.
    if bool(words & TRAINING) == bool(words & VALIDATION):
        return None
    return "training" if words & TRAINING else "validation"


def _split_of_run(run: str) -> Split | None:
    """What the last part of a run's name says, if it says nothing else."""
    last = re.split(r"[/\\]", run.rstrip("/\\"))[-1].strip().lower()
    if last in TRAINING:
        return "training"
    return "validation" if last in VALIDATION else None


def _per(words: frozenset[str]) -> Per | None:
    if words & EPOCH:
        return "epoch"
    return "batch" if words & BATCH else None
