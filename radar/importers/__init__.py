"""Radar files of many makes: read into one neutral form, compared, written.

A module for each format turns text into a `document.Document`; none of them knows the database.
`formats.py` lists them, `run.py` is an import from beginning to end.
"""
