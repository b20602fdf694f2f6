"""What the C tests need around them: building, the reference library, brokers, checks. Standard library only."""
