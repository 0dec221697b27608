"""The ways a parent can reach the helpline, one module for each."""
