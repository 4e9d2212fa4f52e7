"""Run as a script: have Keras load one of its datasets, and write it to a file.

    python fetch.py NAME TARGET

KERAS_HOME names Keras's folder. On failure the last line of standard output says why.
"""

import contextlib
import hashlib
import importlib
import os
import socket
import sys
from pathlib import Path

SOCKET_SECONDS = 30.0
# Keras checks the digests of the others itself. MD5 is what the makers of Fashion-MNIST publish.
FASHION_MNIST_MD5 = {
    "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
}


def check_fashion_mnist(folder: Path) -> None:
    """Delete downloaded files of Fashion-MNIST that are not what its makers published.

    Raises:
        ValueError: there was one.
    """
    for name, expected in FASHION_MNIST_MD5.items():
        path = folder / name
        if path.is_file() and hashlib.md5(path.read_bytes()).hexdigest() != expected:
            path.unlink()
            raise ValueError(f"{path} was incomplete or altered, and was deleted: try again")


def main(name: str, target: Path) -> None:
    """Write x_train, y_train, x_test, y_test of a dataset to `target`."""
    import numpy as np

    socket.setdefaulttimeout(SOCKET_SECONDS)
    module = importlib.import_module(f"keras.datasets.{name}")
    (x_train, y_train), (x_test, y_test) = module.load_data()
    if name == "fashion_mnist":
        check_fashion_mnist(Path(os.environ["KERAS_HOME"], "datasets", "fashion-mnist"))
    # Not compressed: reading one split back then takes a hundredth of a second.
    with target.open("wb") as file:
        np.savez(file, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)


if __name__ == "__main__":
    try:
        with contextlib.redirect_stdout(sys.stderr):
            main(sys.argv[1], Path(sys.argv[2]))
    except Exception as error:
        print(" ".join(str(error).split()) or type(error).__name__)
        sys.exit(1)
