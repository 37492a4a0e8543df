"""What can be trained: the painter, one style, the encoder, a loss network; and optimisation."""
