"""The demo: `python app.py`, and what a Hugging Face Space runs."""

import os
import sys

for quiet in ("ORT_DISABLE_TELEMETRY=1", "GRADIO_ANALYTICS_ENABLED=False", "HF_HUB_DISABLE_TELEMETRY=1"):
    os.environ.setdefault(*quiet.split("="))  # before the imports below: no call home

from stylize import StylizeError  # noqa: E402
from stylize.web.app import build_demo, launch_options  # noqa: E402
from stylize.web.hosting import memory, shutdown  # noqa: E402

memory.stay_small()
shutdown.keep_files_apart()
try:
    demo = build_demo()
except (StylizeError, ValueError) as error:  # a model or a setting that cannot be used
    sys.exit(f"error: {error}")

if __name__ == "__main__":
    shutdown.close_on_request(demo)
    demo.launch(**launch_options())
