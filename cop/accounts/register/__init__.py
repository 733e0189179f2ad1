"""The register of English authorities: who they are, who replaced whom, and which one a name means.

`reader` loads the data, `names` resolves what people type, `refresh` brings in a newer published edition.
"""
