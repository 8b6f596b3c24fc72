"""Speeds of the server beside those of the least that would do, as ratios of one run; nothing is asserted."""
