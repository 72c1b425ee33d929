"""Tests of the documents step."""
