"""Parts of networks: heads, layers, and weights that others have published.

A part that a model folder keeps next to its encoder is named by its file: `projection` is the class
`Projection` of `networks/projection.py`.
"""
