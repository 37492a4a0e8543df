"""Networks in torch: the painters, the encoder, the networks whose features are the losses, and trained runs."""
