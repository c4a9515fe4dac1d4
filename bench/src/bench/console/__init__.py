"""The views of the console in a browser, beside a small and a large number of stored runs."""
