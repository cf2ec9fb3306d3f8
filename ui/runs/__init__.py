"""The pages of many runs: Race and Compare."""
