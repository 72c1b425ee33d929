"""Sending cases to the FHIR servers that the operator has configured.

targets        who may be sent to, and how
client         one request and what its answer means
capability     what a server says that it can do
plan           in which requests a case goes there
execute        carrying the plan out, with a ledger
outbox         the workers that drain what is stored
"""

from __future__ import annotations

from app.delivery.authorization import public_keys
from app.delivery.client import Client
from app.delivery.plan import Plan
from app.delivery.receipt import EntryReceipt, OutcomeIssue, Receipt
from app.delivery.send import plan, send
from app.delivery.targets import Target, find, load, load_all

__all__ = [
    "Client",
    "EntryReceipt",
    "OutcomeIssue",
    "Plan",
    "Receipt",
    "Target",
    "find",
    "load",
    "load_all",
    "plan",
    "public_keys",
    "send",
]
