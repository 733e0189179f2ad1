"""The live edge: Socket.IO over websockets, where the database is the truth and a broadcast only a hint."""
