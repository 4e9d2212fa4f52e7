"""Labelled images, and where they come from.

from data import open_dataset
dataset = open_dataset("mnist")
"""

from data.catalog import open_dataset
from data.dataset import UNLABELLED, Dataset, LeftOut
from data.images import ImageSource

__all__ = ["UNLABELLED", "Dataset", "ImageSource", "LeftOut", "open_dataset"]
