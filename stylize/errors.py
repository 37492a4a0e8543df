"""Everything this package raises on purpose. Each message says what was wrong, what is accepted and what to do.

StylizeError
├── PictureError     a picture that cannot be read, is too large, or cannot be written
├── OptionError      an option that is out of its range or of the wrong kind, or a device that is not there
├── StyleError       an unknown style, or a style file that is broken or made for another painter
├── NetworkError     a network file that is broken or of another layout, or a network that failed
│   └── MissingNetworkError  a network file that is not there
├── VideoError       a film that cannot be read or written
├── ClusterError     a cluster that cannot be reached, or whose workers are gone
├── Cancelled        the caller asked to stop
└── TrainingError    training data, weights or settings that cannot work
"""


class StylizeError(Exception):
    """Base of every error of this package; `str(error)` is a sentence for people."""


class PictureError(StylizeError):
    """A picture that cannot be read, is too large, or cannot be written."""


class OptionError(StylizeError):
    """An option that is out of its range or of the wrong kind, or a device that is not there."""


class StyleError(StylizeError):
    """An unknown style, or a style file that is broken or made for another painter."""


class NetworkError(StylizeError):
    """A network file that is broken or of another layout, or a network that failed."""


class MissingNetworkError(NetworkError):
    """A network file that is not there."""


class VideoError(StylizeError):
    """A film that cannot be read or written."""


class ClusterError(StylizeError):
    """A cluster that cannot be reached, or whose workers are gone."""


class Cancelled(StylizeError):
    """The caller asked to stop."""


class TrainingError(StylizeError):
    """Training data, weights or settings that cannot work."""
