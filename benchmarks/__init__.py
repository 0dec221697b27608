"""How fast and how big the helpline is, measured on the real processes."""
