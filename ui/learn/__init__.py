"""The scenes of the Learn page, one file each."""
