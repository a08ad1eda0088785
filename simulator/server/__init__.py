"""The simulator on uvicorn."""
