"""ClickHouse's HTTP interface over the embedded engine, as a process of its own, with faults."""
