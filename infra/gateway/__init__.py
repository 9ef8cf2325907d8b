"""Our own HTTP door.  Now only the callbacks of the platforms come in through it."""
