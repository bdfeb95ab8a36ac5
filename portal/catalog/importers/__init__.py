"""Reading catalogue files: gather (files to entities), compare (with what is known), apply.

`run.import_source()` is the one way in, for commands, jobs, starting and sample content.
"""
