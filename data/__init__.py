"""Labelled images, and where they come from.

from data import open_dataset
dataset = open_dataset("mnist")
"""

from data.catalog import open_dataset
from data.dataset import Dataset
from data.images import ImageSource

__all__ = ["Dataset", "ImageSource", "open_dataset"]
