"""The pool's part on the server: its place, and the name under which the browser keeps it."""

from dataclasses import replace

from fakes import FakeNetwork, FakeStudy, fake_dataset

from analysis import Study
from views.pool import POOL, study_name


def test_the_place_names_the_study(computed: Study) -> None:
    place = POOL.layout(computed)
    assert place.id == "pool"
    assert getattr(place, "data-study") == study_name(computed)


def test_another_network_or_other_images_have_another_name() -> None:
    one = FakeStudy()
    other_images = FakeStudy(dataset=replace(fake_dataset(), fingerprint="1" * 16))
    names = {
        study_name(one),
        study_name(other_images),
        study_name(FakeStudy(network=FakeNetwork(digest="1" * 32))),
    }
    assert len(names) == 3
    assert study_name(FakeStudy()) == study_name(one)
