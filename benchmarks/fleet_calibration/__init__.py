"""Calibrates every registered detector against the ground truth of simulated fleets."""
