"""What is open and how it is settled: items, allocations, exchange differences, the sub-ledger against its accounts."""
