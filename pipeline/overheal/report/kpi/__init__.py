"""KPIs as a document and as a page for a terminal."""
