"""The state of a world: tables, inventory, credentials, timers and clock, with undo, snapshots and reset."""
