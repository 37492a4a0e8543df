"""How good a painter is."""
