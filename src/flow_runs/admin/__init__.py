"""What the operator does to the table itself, with credentials of AWS: `pip install flow-runs[admin]`."""
