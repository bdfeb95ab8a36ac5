"""A radar in the formats of other programs.

A module for each writes a `content.Content` as text; its `CANNOT` says what the format has no
place for, which the page of exports shows. Importing an export into the same radar changes
nothing.
"""
