"""What stands between the network and the page: the gate, limits, sessions and their owners."""
