"""analysis/query: columns of classes, which are worked out only when a query names them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis import Study
from analysis.class_scores import ClassScores
from analysis.query import QueryError, check, columns, examples, find
from analysis.samples import Samples, class_probabilities, make_samples
from tests.fakes import fake_dataset

NAMES = ("cat", "T-shirt", "crane", "crane", "`", "4", "x" * 99)


def table(
    names: tuple[str, ...] = NAMES, targets: NDArray[np.bool_] | None = None, **own: Any
) -> Samples:
    random = np.random.default_rng(1)
    units, labels = len(names), random.integers(0, len(names), 80)
    logits = random.normal(0, 2, (80, units)).astype(np.float32)
    ids = [str(k) for k in range(80)]
    if targets is not None:
        own |= {"targets": targets, "class_names": names}
    samples = make_samples(labels, ids, logits, "softmax", **own)
    return replace(samples, scores=ClassScores(logits, "softmax", targets))


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("p_cat", 0),
        ("`p_T-shirt`", 1),
        ("p_crane", 2),
        ("p_crane_3", 3),
        ("p_4", 4),
        ("p_4_5", 5),
        ("p_6", 6),
    ],
)
def test_each_class_has_a_column(name: str, number: int) -> None:
    samples = table()
    assert samples.scores is not None
    expected = samples.scores.probability(number) > 0.2
    np.testing.assert_array_equal(find(samples, NAMES, f"{name} > 0.2"), expected)
    query = f"0.1 < {name} <= 0.2 or {name} == confidence and not correct"
    assert find(samples, NAMES, query).any()


def test_probabilities_are_the_networks(computed: Study) -> None:
    samples, logits = computed.samples, computed.logits
    assert samples is not None and logits is not None and computed.description is not None
    scores = class_probabilities(logits, computed.description.head)
    found = find(samples, computed.class_names, "p_4 >= 0.1 and label != 4")
    np.testing.assert_array_equal(found, (scores[:, 4] >= 0.1) & (samples["label"] != 4))
    # Further columns leave them as they are.
    computed.add_columns({"twice": 2 * samples["loss"]})
    assert computed.samples is not None
    again = find(computed.samples, computed.class_names, "p_4 >= 0.1 and label != 4")
    np.testing.assert_array_equal(found, again)
    computed._samples = samples


def test_only_what_is_named_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    real = ClassScores.probability

    def probability(self: ClassScores, number: int) -> NDArray[np.float64]:
        read.append(number)
        return real(self, number)

    monkeypatch.setattr(ClassScores, "probability", probability)
    samples = table()
    find(samples, NAMES, "loss > 1")
    with pytest.raises(QueryError):
        find(samples, NAMES, "p_crane > 0.1 and nonsense > 1")
    assert read == []
    find(samples, NAMES, "p_crane > 0.1")
    assert read == [2]


def test_the_datasets_own_column_keeps_its_name() -> None:
    samples = table(("cat", "dog"), columns={"p_cat": np.arange(80)})
    assert find(samples, ("cat", "dog"), "p_cat == 79").sum() == 1
    assert find(samples, ("cat", "dog"), "p_cat_0 <= 1").all()


def test_of_several_labels_each_can_be_asked_for() -> None:
    targets = np.random.default_rng(0).random((80, 3)) < 0.5
    names = ("cat", "hot dog", "owl")
    samples = table(names, targets)
    np.testing.assert_array_equal(find(samples, names, "has_cat"), targets[:, 0])
    expected = targets[:, 1] & ~targets[:, 2]
    np.testing.assert_array_equal(find(samples, names, "`has_hot dog` and not has_owl"), expected)
    assert {column.name for column in columns(samples, names)} >= {"has_owl", "p_owl"}


def test_missing_backticks_are_pointed_out() -> None:
    with pytest.raises(QueryError, match=r"is it `p_T-shirt`, in backticks\?") as caught:
        find(table(), NAMES, "p_T-shirt > 0.1")
    assert (caught.value.start, caught.value.end) == (0, 3)
    with pytest.raises(QueryError, match="did you mean 'p_crane'") as caught:
        find(table(), NAMES, "p_crabe > 0.1")
    assert "p_cat" not in caught.value.message, "a thousand classes would bury the columns"


def test_page_is_told_of_them() -> None:
    known = {column.name: column for column in columns(table(), NAMES)}
    assert known["p_T-shirt"].kind == "number" and known["p_T-shirt"].is_of_class
    assert "T-shirt" in known["p_T-shirt"].about
    assert [name for name in known if not name.startswith("p_")] == [
        name for name, column in known.items() if not column.is_of_class
    ]
    shown = [example.query for example in examples(table(), NAMES)]
    assert any(query.startswith(("p_", "`p_")) for query in shown)


def test_check_knows_them_before_there_are_samples() -> None:
    dataset = fake_dataset(4, 3, names=("cat", "T-shirt", "owl"))
    check("p_cat > 0.5 and `p_T-shirt` < 0.1", None, dataset)
    check("p_whatever > 0.5")
    with pytest.raises(QueryError, match="no column 'p_dog'"):
        check("p_dog > 0.5", None, dataset)
