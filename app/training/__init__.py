"""Making and judging the trained spotter: corpus, folds, training, evaluation.

Used by `case2fhir train` and `python -m app.training`; never at conversion time.
"""
