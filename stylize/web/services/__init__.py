"""What the components work with: requests, jobs, results, a visitor's own styles."""
