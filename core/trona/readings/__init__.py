"""What only reads a solved problem: the audit, outputs, fields, points and monitors."""
