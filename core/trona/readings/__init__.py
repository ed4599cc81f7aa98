"""Evaluation of a solved problem: the audit, outputs, fields, points and monitors."""
