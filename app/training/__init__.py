"""Making and judging the trained spotter: corpus, folds, training, evaluation.

Used by `case2fhir train` and `case2fhir evaluate`; never at conversion time.
"""
