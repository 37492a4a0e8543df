"""Training, teaching and measuring styles: the only part of the package that imports torch."""
