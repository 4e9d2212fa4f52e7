"""Images -> the network's input: its shape, and the scale the network was trained to see."""

from model.preprocess.choosing import Choice, choose
from model.preprocess.preprocessing import Preprocessing
from model.preprocess.scaling import SCALES, Statistics, check

__all__ = ["SCALES", "Choice", "Preprocessing", "Statistics", "check", "choose"]
