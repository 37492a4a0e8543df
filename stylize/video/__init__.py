"""Moving pictures: films, animations, statistics over time."""
