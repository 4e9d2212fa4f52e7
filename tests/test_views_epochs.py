"""What the page of the epochs says before the browser fills it."""

import pytest

from views.epochs import open_command


@pytest.mark.parametrize(
    ("network", "dataset", "command"),
    [
        ("mnist.h5", "mnist", "python analyzer.py mnist.h5 mnist --checkpoints FOLDER"),
        ("my net.keras", "cats", 'python analyzer.py "my net.keras" cats --checkpoints FOLDER'),
    ],
)
def test_the_command_names_the_network(network: str, dataset: str, command: str) -> None:
    assert open_command(network, dataset) == command
