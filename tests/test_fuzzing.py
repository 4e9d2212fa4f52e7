"""Wrong files of every kind: a sentence or a study each time."""

import os

import pytest

from tests.fuzzing.campaign import MEMORY, run
from tests.fuzzing.mutations import mutate
from tests.fuzzing.originals import arrays, images

# As many as the gate has time for; a campaign of 2,000 is described in CONTRIBUTING.md.
FILES = int(os.environ.get("INNERVIEW_FUZZ", "200"))


def test_mutations_change_files_and_come_back_with_their_seed() -> None:
    for suffix, data in arrays() + images():
        made = [mutate(data, suffix, seed) for seed in range(20)]
        assert made == [mutate(data, suffix, seed) for seed in range(20)]
        assert sum(wrong != data for wrong in made) > 15


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_wrong_files_give_a_sentence_or_a_study() -> None:
    outcome = run(FILES)
    assert outcome.faults == []
    assert outcome.peak < MEMORY
    assert sum(outcome.counts.values()) == FILES
    kinds = {what for _, what in outcome.counts}
    assert kinds == {"study", "sentence"}
