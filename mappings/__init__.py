"""The knowledge of case2fhir, as data. See README.md in this folder."""
