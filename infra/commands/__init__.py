"""The commands of the terminal, one file each; its `command` is what `infra.cli` runs under the file's name.

Shared by all: `failures` (exit codes), `output` (tables and JSON), `options`, `session` (the engine behind a command).
"""
