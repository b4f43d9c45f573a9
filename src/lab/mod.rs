//! Where the wings join: a scenario becomes a run, and a run is checked.
