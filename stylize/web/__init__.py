"""The page, built with Gradio on `Stylizer`."""

import os

from stylize.web.hosting.gradio_import import without_stubs

for _quiet in ("GRADIO_ANALYTICS_ENABLED=False", "HF_HUB_DISABLE_TELEMETRY=1"):
    os.environ.setdefault(*_quiet.split("="))  # read when Gradio is imported: no call home
without_stubs()
