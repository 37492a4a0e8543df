"""Past one machine, on Ray: files spread over a cluster.

Needs the extra `ray`. Every machine of the cluster has this package installed.
"""

import os

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when Ray starts: no call home
