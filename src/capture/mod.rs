//! Captures: what one tap saw, ours or anybody's, and the file formats that hold it.
