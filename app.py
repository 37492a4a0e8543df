"""The demo: `python app.py`, the same as `stylize serve`, and what a Hugging Face Space runs."""

from stylize.web.serve import open_page, serve

demo = open_page()  # where Gradio and a Space look for it

if __name__ == "__main__":
    serve(demo)
