"""Sending bundles to the FHIR servers that the operator has configured."""

from __future__ import annotations

from app.delivery.client import Client, send
from app.delivery.receipt import EntryReceipt, OutcomeIssue, Receipt
from app.delivery.targets import Target, find, load

__all__ = [
    "Client",
    "EntryReceipt",
    "OutcomeIssue",
    "Receipt",
    "Target",
    "find",
    "load",
    "send",
]
