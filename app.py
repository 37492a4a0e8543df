"""The demo: `python app.py`, and what a Hugging Face Space runs."""

import os

for quiet in ("ORT_DISABLE_TELEMETRY=1", "GRADIO_ANALYTICS_ENABLED=False", "HF_HUB_DISABLE_TELEMETRY=1"):
    os.environ.setdefault(*quiet.split("="))  # before the imports below: no call home

from stylize.demo import build_demo, launch_options  # noqa: E402

demo = build_demo()

if __name__ == "__main__":
    demo.launch(**launch_options())
