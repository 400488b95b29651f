"""Torture: media files damaged on purpose, read to the last corner, in processes that are watched."""
