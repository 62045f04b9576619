"""HTTP and WebSocket, one file per resource; no decisions."""
