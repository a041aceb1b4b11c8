"""What breaks while the old code still runs: drops, renames, narrowing."""
