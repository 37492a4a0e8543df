"""Pictures in and out: decoded, resized, mixed, written."""
