"""Pictures as Vega-Lite specifications: one chart a file, drawn on the canvas they share."""
