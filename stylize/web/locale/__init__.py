"""The words of the page in every language."""
