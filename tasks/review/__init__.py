"""Review: what people say of a dataset's records, and what that says of the gates that let them through."""
