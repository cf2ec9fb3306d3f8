"""The scenes of the page "How it works", a file each."""
