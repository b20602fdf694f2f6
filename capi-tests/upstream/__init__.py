"""The reference's own tests, unchanged, on our library. See docs/evidence/testing.md."""
