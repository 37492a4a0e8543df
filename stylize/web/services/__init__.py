"""What the components work with: jobs, cancellation, results, a visitor's own styles."""
