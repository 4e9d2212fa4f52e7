"""How good the classes are told apart: rankings, thresholds, calibration, figures a class."""
