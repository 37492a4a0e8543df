"""The page, built with Gradio on `Stylizer`."""
