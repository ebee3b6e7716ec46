"""Mails as rows: queued in the transaction that gives cause for them, delivered by a worker."""
