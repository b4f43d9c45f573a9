//! The porch: files, and nothing else yet.
