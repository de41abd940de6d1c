"""The audit log: a row for every change of every audited record, written by triggers in the business transaction."""
