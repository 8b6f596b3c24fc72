"""What a build reads: texts, YAML values that know their line, the overlay, repairs, references, problems.

Knows files and documents. Must not know schemas, tools or anything that is written.
"""
