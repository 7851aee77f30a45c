"""The compiled parts of a tree: values, conditions, context fields, actions. `policy.compile` puts them together."""
