"""What pages share: the controls, the address, this browser's run, and the live panel."""
