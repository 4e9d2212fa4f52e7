"""What one pass over a dataset says about each sample. Imports neither Keras nor Dash."""

from analysis.opening import open_study
from analysis.study import Study

__all__ = ["Study", "open_study"]
