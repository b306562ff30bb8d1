"""Everything that happens on a telephone line: wires, conversation, call state, recordings, the verbs on live calls."""
