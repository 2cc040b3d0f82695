"""Where records come from: bytes to records, one file per way of writing them."""
