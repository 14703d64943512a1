"""How well the privacy of the package holds: a corpus of secrets and of harmless lines, and the judge of both.

python -m privacy (with tests/ on the path), or `make privacy`.
"""
