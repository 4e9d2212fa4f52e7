"""views/training/metrics.py: what a scalar is, told by its name, as libraries give and people."""

import pytest

from views.training.metrics import Role, direction, fitness, role, split_words

CE, ACC = "cross-entropy", "accuracy"
TRAIN, VAL = "training", "validation"

# tag, run, quantity, split, per, direction
NAMES = [
    # Keras
    ("loss", "", CE, TRAIN, None, "min"),
    ("accuracy", "", ACC, TRAIN, None, "max"),
    ("acc", "", ACC, TRAIN, None, "max"),
    ("val_loss", "", CE, VAL, None, "min"),
    ("val_acc", "", ACC, VAL, None, "max"),
    ("val_accuracy", "", ACC, VAL, None, "max"),
    ("sparse_categorical_accuracy", "", ACC, TRAIN, None, "max"),
    ("val_sparse_top_k_categorical_accuracy", "", ACC, VAL, None, "max"),
    ("val_binary_crossentropy", "", CE, VAL, None, "min"),
    ("categorical_crossentropy", "", CE, TRAIN, None, "min"),
    ("val_mae", "", "other", VAL, None, "min"),
    ("val_auc", "", "other", VAL, None, "max"),
    ("learning_rate", "", "learning rate", None, None, None),
    ("lr", "", "learning rate", None, None, None),
    # what innerview's callback adds
    ("batch/loss", "", CE, TRAIN, "batch", "min"),
    ("batch/accuracy", "", ACC, TRAIN, "batch", "max"),
    ("epoch", "", "other", None, "epoch", None),
    # the live viewer
    ("train accuracy", "", ACC, TRAIN, None, "max"),
    ("train cross entropy", "", CE, TRAIN, None, "min"),
    ("val accuracy", "", ACC, VAL, None, "max"),
    ("val cross entropy", "", CE, VAL, None, "min"),
    ("validation cross-entropy", "", CE, VAL, None, "min"),
    # TensorBoard's Keras callback: the split is the run
    ("epoch_loss", "20240101-120000/train", CE, TRAIN, "epoch", "min"),
    ("epoch_loss", "20240101-120000/validation", CE, VAL, "epoch", "min"),
    ("epoch_accuracy", "validation", ACC, VAL, "epoch", "max"),
    ("batch_loss", "logs\\train", CE, TRAIN, "batch", "min"),
    ("epoch_learning_rate", "train", "learning rate", None, "epoch", None),
    ("evaluation_accuracy_vs_iterations", "validation", ACC, VAL, "batch", "max"),
    ("evaluation_loss_vs_iterations", "validation", CE, VAL, "batch", "min"),
    # examples of PyTorch
    ("Loss/train", "", CE, TRAIN, None, "min"),
    ("Loss/test", "", CE, VAL, None, "min"),
    ("Accuracy/test", "", ACC, VAL, None, "max"),
    ("train/loss", "", CE, TRAIN, None, "min"),
    ("loss/val", "", CE, VAL, None, "min"),
    ("training loss", "", CE, TRAIN, None, "min"),
    ("test_loss", "", CE, VAL, None, "min"),
    ("test_acc", "", ACC, VAL, None, "max"),
    ("TrainLoss", "", CE, TRAIN, None, "min"),
    ("valLoss", "", CE, VAL, None, "min"),
    ("running_loss", "", CE, TRAIN, None, "min"),
    ("Train/Acc@1", "", ACC, TRAIN, None, "max"),
    ("val/acc1", "", ACC, VAL, None, "max"),
    ("val_top5", "", ACC, VAL, None, "max"),
    ("top-1 accuracy/val", "", ACC, VAL, None, "max"),
    ("nll_loss", "", CE, TRAIN, None, "min"),
    ("CrossEntropyLoss/train", "", CE, TRAIN, None, "min"),
    # Lightning
    ("train_loss_step", "", CE, TRAIN, "batch", "min"),
    ("train_loss_epoch", "", CE, TRAIN, "epoch", "min"),
    ("val_acc_epoch", "", ACC, VAL, "epoch", "max"),
    ("lr-Adam", "", "learning rate", None, None, None),
    ("lr-SGD/pg1", "", "learning rate", None, None, None),
    # Hugging Face
    ("eval/loss", "", CE, VAL, None, "min"),
    ("eval_accuracy", "", ACC, VAL, None, "max"),
    ("train/learning_rate", "", "learning rate", None, None, None),
    ("train/train_loss", "", CE, TRAIN, None, "min"),
    ("eval/f1", "", "other", VAL, None, "max"),
    ("eval/samples_per_second", "", "other", VAL, None, None),
    ("train/grad_norm", "", "other", TRAIN, None, None),
    ("perplexity", "", "other", None, None, "min"),
    # fastai
    ("train_loss", "", CE, TRAIN, None, "min"),
    ("valid_loss", "", CE, VAL, None, "min"),
    ("error_rate", "", "other", None, None, "min"),
    # ml_board
    ("Loss", "", CE, TRAIN, None, "min"),
    ("Accuracy", "", ACC, TRAIN, None, "max"),
    # losses that are no cross-entropy of the classes, and what only sounds like a measurement
    ("box_loss", "", "other", None, None, "min"),
    ("loss_G", "", "other", None, None, "min"),
    ("val/mse_loss", "", "other", VAL, None, "min"),
    ("regularization_loss", "", "other", None, None, "min"),
    ("loss_weight", "", "other", None, None, None),
    ("loss_scale", "", "other", None, None, None),
    ("batch_size", "", "other", None, "batch", None),
    ("reward", "", "other", None, None, "max"),
    ("episode_return", "", "other", None, None, "max"),
    ("mIoU", "", "other", None, None, "max"),
    ("val/PSNR", "", "other", VAL, None, "max"),
    ("step_time", "", "other", None, "batch", None),
    ("weights/mean", "", "other", None, None, None),
    ("latrain", "", "other", None, None, None),
    ("", "", "other", None, None, None),
    ("损失", "", "other", None, None, None),
]


@pytest.mark.parametrize(("tag", "run", "quantity", "split", "per", "better"), NAMES)
def test_names(
    tag: str, run: str, quantity: str, split: str | None, per: str | None, better: str | None
) -> None:
    assert role(tag, run) == Role(quantity, split, per)  # type: ignore[arg-type]
    assert direction(tag) == better


def test_the_tag_says_more_than_the_run() -> None:
    assert role("val_loss", "runs/train").split == VAL
    assert role("loss", "my train of thought").split == TRAIN
    assert role("loss", "experiment-validation-3").split == TRAIN


def test_words_are_found_in_every_spelling() -> None:
    for name in ("val_cross_entropy", "valCrossEntropy", "Val Cross-Entropy", "val.crossentropy"):
        assert split_words(name) == {"val", "crossentropy"}


def test_the_plainest_name_comes_first() -> None:
    names = ["val_top_5_accuracy", "batch/val_accuracy", "val_accuracy", "val_binary_accuracy"]
    assert sorted(names, key=fitness)[:2] == ["val_accuracy", "batch/val_accuracy"]
