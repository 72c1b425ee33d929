"""How well reports are read: bundles compared with a gold set, in figures.

Four kinds of gold set: `facts` (JSON files with quotes beside a folder `text`), `brat` (reports
with brat annotations), `negex` (a table of sentences) and `hpo` (terms by article). Used by
`case2fhir evaluate`; never at conversion time.
"""
