"""The addresses of the code systems, as FHIR names them, and their usual order."""

from __future__ import annotations

SNOMED = "http://snomed.info/sct"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
HPO = "http://human-phenotype-ontology.org"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"

# Codings of one thing are given in this order; systems that are not named come last.
ORDER = (SNOMED, LOINC, RXNORM, ICD10CM, HPO, DICOM)
