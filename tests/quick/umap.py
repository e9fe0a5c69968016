"""Stands in front of umap-learn in processes that tests start: UMAP takes seconds to compile."""

raise ModuleNotFoundError("umap is left out of this test", name="umap")
