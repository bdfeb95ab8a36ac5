"""An app for tests of `up`: its one job notes each of 150 items in a file, slowly."""
