"""Sessions of folded networks, kept ready: making one takes 15 to 26 ms."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from stylize.inference.session import Network

SIZE = 6  # networks, each about 4 MB: a picture seldom has the statistics of the one before


class SessionCache:
    """The networks that were used last, by what they were made for. May be called from several threads."""

    def __init__(self) -> None:
        self._networks: OrderedDict[Hashable, Network] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Network]) -> Network:
        """The network for `key`; if there is none, one that `make` makes."""
        with self._lock:
            network = self._networks.get(key)
            if network is not None:
                self._networks.move_to_end(key)
                return network
        network = make()  # without the lock: other threads go on painting
        with self._lock:
            self._networks[key] = network
            while len(self._networks) > SIZE:
                self._networks.popitem(last=False)
        return network
