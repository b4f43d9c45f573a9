//! Views of a capture as text: packet lists and their like.
