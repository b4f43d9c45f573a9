//! What a capture tells: transcripts, summaries, findings.
