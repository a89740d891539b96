"""The student: a small encoder that extracts in one pass what a teacher was asked for sentence by sentence."""
