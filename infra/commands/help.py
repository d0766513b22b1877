"""`parley help [exit-codes | COMMAND]`."""

from __future__ import annotations

import rich_click as click

from infra.commands.failures import EXIT_CODES


@click.command(hidden=True)
@click.argument("topic", required=False)
@click.pass_context
def command(ctx: click.Context, topic: str | None) -> None:
    """What a word means: `parley help exit-codes`, `parley help tail`."""
    root = ctx.find_root()
    if topic is None:
        click.echo(root.get_help())
    elif topic == "exit-codes":
        for code, meaning in EXIT_CODES.items():
            click.echo(f"{code:>4}  {meaning}")
    else:
        known = root.command.get_command(root, topic)  # type: ignore[attr-defined]
        if known is None:
            raise click.UsageError(f"There is no command {topic}.")
        real = known.real()
        with real.make_context(topic, [], parent=root, resilient_parsing=True) as sub:
            click.echo(real.get_help(sub))
