"""Networks that are trained: the painter and the encoder."""
