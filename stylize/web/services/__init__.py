"""What the parts of the page work with: jobs, cancellation, results, a visitor's own styles."""
