"""The scenes of the page "How it works", one file each."""
