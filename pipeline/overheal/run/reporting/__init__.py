"""Reports over a span of time: reading a store for them, and taking what people answer."""
