"""Before a long run: what a few articles of it come to, and from them how long, how much and how dear the whole is."""
