//! Reading frames: packets, conversations, FTP sessions, of our captures and of anybody's.
