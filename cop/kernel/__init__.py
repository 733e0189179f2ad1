"""The kernel: database, events, access, mark-up and clocks. It knows neither Flask nor any part of the domain."""
