"""The verbs of the command line, and what they share: messages, progress, exit codes."""
