"""What led to what, as a graph: roots, distances, trees, gaps. Pure; the store holds the edges."""
