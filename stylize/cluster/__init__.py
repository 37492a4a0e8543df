"""Past one machine, on Ray: the page with painters on many machines, and files spread over a cluster.

    serve run stylize.cluster:page max_replicas=8
    stylize paint photos/ --style great_wave --out-dir painted/ --ray auto

Needs the extra `ray`. Every machine of the cluster has this package installed.

page_replica     the page, /healthz and /readyz     painter_replica, trainer_replica  what paints and teaches behind it
remote_stylizer, remote_training  what it calls     page_overlap  while a page is replaced
connection, spread, progress, store, manifest  the folder
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when Ray starts: no call home


def page(arguments: dict[str, Any]) -> Any:
    """The page as an application of Ray Serve; `arguments` are those of `stylize.cluster.page_replica.PageArguments`.

    Raises ValueError, naming the argument, for a value that cannot be used.
    """
    from stylize.cluster.page_replica import PageArguments, application  # the folder needs no Gradio

    return application(PageArguments(**arguments))
