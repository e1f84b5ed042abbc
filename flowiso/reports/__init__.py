"""The reports that an agency sends upwards: what they say as a `document`, and how it is written in each format.

`figures` and `annual` build documents; every other module writes any document in one format, so that a cell says the same in all.
"""
