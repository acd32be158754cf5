"""The driver: order of the stages, files, processes, exit codes."""
