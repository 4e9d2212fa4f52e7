"""What one pass over a dataset says about each sample. Imports neither Keras nor Dash."""

from analysis.study import Study, open_study

__all__ = ["Study", "open_study"]
