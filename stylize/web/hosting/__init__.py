"""What a host needs: shutting down, memory, and the hooks into what Gradio keeps private."""
