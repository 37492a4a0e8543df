"""Random visitors in a real browser: whatever they do, the page ends on what its photo and controls say."""
