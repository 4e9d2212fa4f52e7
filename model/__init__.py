"""Saved networks: opened, described and run. The shipped networks lie here too."""

from model.network import Layer, Network, NetworkDescription, open_network

__all__ = ["Layer", "Network", "NetworkDescription", "open_network"]
