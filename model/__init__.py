"""Saved networks: opened, described and run. The shipped networks lie here too."""

from model.description import Layer, NetworkDescription
from model.network import Network, open_network

__all__ = ["Layer", "Network", "NetworkDescription", "open_network"]
