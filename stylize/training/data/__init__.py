"""Photos and paintings to train on."""
