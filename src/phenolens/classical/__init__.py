"""Classical features: CellProfiler's measurements of single cells, under CellProfiler's names."""
