"""The reference's own tests, unchanged, on our library. See docs/TESTING.md."""
