"""Saving a channel's settings: a preview of the Save, the Save itself, and going back to an earlier version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from adapters.channels.connecting import Connector
from adapters.http import shapes, wire
from adapters.http.asking import Asking
from adapters.http.routes.channels_asking import (
    PREFIX,
    Administers,
    IfMatch,
    connecting,
    expected_version,
    must_be_done,
)
from adapters.store.rehearsal import rehearsed
from adapters.views import channel_past as past
from adapters.views.moments import Moment
from adapters.views.save_preview import previewed

router = APIRouter(prefix=PREFIX, tags=["channels"])


@router.put("/{channel}/settings", response_model_exclude_none=True)
async def save_settings(
    channel: str,
    body: Annotated[wire.Changes, Body(description="only what changes; names as in the settings")],
    asking: Administers,
    request: Request,
    response: Response,
    if_match: IfMatch = None,
    consent: Annotated[str | None, Query(max_length=100, description="the second consent to change a provider")] = None,
) -> shapes.Saved:
    """One Save, all or nothing. 409 `version_conflict` names the fields that others saved since you looked.

    Where it registers an account that another channel has, `supersedes` names the channel that stopped. Where it would
    take the place of the widget's provider, the answer is `consent_needed` and nothing is saved: `replaces` names the
    channel that would stop. The same Save with `?consent=` does both at once.
    """
    return await _save(asking, request, response, channel, body, expected_version(if_match), consent=consent)


@router.post("/{channel}/settings/restore", response_model_exclude_none=True)
async def restore_settings(
    channel: str,
    body: wire.Restore,
    asking: Administers,
    request: Request,
    response: Response,
    if_match: IfMatch = None,
) -> shapes.Saved:
    """An ordinary Save of what an earlier version had, whose event names that version (`restored_from`).

    `unchanged` where nothing differs; what is not valid any more, such as a receiver that is gone, is refused like in
    any Save. Secrets are not settings and stay as they are. 404 `settings_version_unknown`.
    """
    expected = expected_version(if_match)
    changes, seen = await run_in_threadpool(_as_it_was, asking, channel, body.version)
    return await _save(
        asking, request, response, channel, changes, seen if expected is None else expected, body.version
    )


@router.post("/{channel}/settings/preview")
async def preview_save(
    channel: str, body: wire.Preview, asking: Administers, request: Request, if_match: IfMatch = None
) -> shapes.SavePreview:
    """What this Save would do, without doing it: every refusal of the Save itself, old and new values, and how many
    open dialogs it reaches, would close, and would send to another receiver."""
    expected = expected_version(if_match or "*")
    connector: Connector = request.app.state.connector
    return await run_in_threadpool(_preview, asking, connector, channel, body, expected)


async def _save(
    asking: Asking,
    request: Request,
    response: Response,
    channel: str,
    changes: Mapping[str, object],
    expected: int | None,
    restored_from: int | None = None,
    consent: str | None = None,
) -> shapes.Saved:
    def save(connector: Connector) -> dict[str, Any]:
        return connector.save(
            asking.tenant,
            channel,
            changes,
            actor=asking.actor,
            expected=expected,
            restored_from=restored_from,
            consent=consent,
            key=asking.key,
            fingerprint=asking.fingerprint,
        )

    answer = await connecting(asking, request, save)
    response.headers["etag"] = f'"{answer["settings_version"]}"'
    return shapes.Saved.model_validate(answer)


def _as_it_was(asking: Asking, channel: str, version: int) -> tuple[dict[str, Any], int]:
    """What differs between now and that version, and the version that we compared with."""
    head = asking.parts.log.head(asking.parts.lane)
    events = past.events_of(asking.parts.log, asking.tenant, channel)
    return past.way_back(events, Moment(f"v{version}", "version", settings_version=version), head)


def _preview(
    asking: Asking, connector: Connector, channel: str, body: wire.Preview, expected: int | None
) -> shapes.SavePreview:
    parts = asking.parts
    command = connector.save_command(asking.tenant, channel, body.changes, expected=expected)
    with rehearsed(parts.database, parts.vault, asking.tenant, command, asking.actor, lane=parts.lane) as rehearsal:
        found = previewed(rehearsal, command, asking.tenant, body.after or "")
    must_be_done(found.answer)
    return shapes.SavePreview(
        outcome="unchanged" if found.answer["outcome"] == "unchanged" else "would_save",
        channel=channel,
        settings_version=found.before.settings_version,
        state_before=found.before.phase,
        state_after=found.after.phase,
        changes=[shapes.PreviewedChange.model_validate(one) for one in found.changes],
        floor_until=found.floor,
        supersedes=found.supersedes,
        replaces=found.answer.get("replaces"),
        dialogs=shapes.PreviewedDialogs.model_validate(found.dialogs),
        position=rehearsal.read_at,
    )
