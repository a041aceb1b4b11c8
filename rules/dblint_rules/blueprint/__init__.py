"""The contract document itself, and drift from it."""
