"""Every setting of the engine, in one place: `PARLEY_*` in the environment, and options of the same names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_data() -> Path:
    """`~/.local/share/parley`, or where the desktop's conventions say."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "parley"


STAND_INS = "stand-ins.json"
"""In a data folder of the demo: where the stand-ins of its providers were."""


class OurApp(BaseModel):
    """How a provider has registered our application; its console shows both."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    secret: SecretStr


class Settings(BaseSettings):
    """Where things are and how they are reached. Without `database_url` the embedded PostgreSQL is used."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_", extra="ignore")

    data: Path = Field(default_factory=default_data, description="the data folder of the embedded default")
    database_url: str | None = Field(None, description="PostgreSQL 15 or newer, application role")
    owner_database_url: str | None = Field(None, description="the owner role; only `parley migrate` uses it")
    app_password: str | None = Field(None, description="password that `parley migrate` sets for the application role")
    kafka: str | None = Field(None, description="bootstrap servers of Kafka, host:port")
    kafka_topic_prefix: str = Field("", description="put before every topic's name; tests use it")
    kafka_partitions: int = Field(12, description="partitions of a new topic; never changed afterwards")
    master_key: str | None = Field(None, description="the master key itself, base64 of 32 bytes")
    master_key_file: Path | None = Field(None, description="a file with the master key; default: master.key in data")
    tenant: str = Field("default", description="the tenant of `parley up` and of commands at the terminal")
    host: str = Field("127.0.0.1", description="where the API listens")
    port: int = Field(8080, description="0 = any free port")
    public_url: str | None = Field(None, description="where providers reach our hooks; default: where the API listens")
    provider_urls: dict[str, str] = Field(
        default_factory=dict, description="JSON: by kind of channel another address than the provider's own"
    )
    apps: dict[str, OurApp] = Field(
        default_factory=dict,
        description='JSON: by kind of channel, or mail service, our application: {"vk": {"id": "…", "secret": "…"}}',
    )
    apps_file: Path | None = Field(
        None, description="a file with the JSON of apps, which keeps its secrets out of the environment"
    )
    proxies: dict[str, SecretStr] = Field(
        default_factory=dict, description="JSON: outbound proxies by the name that a channel's setting `proxy` uses"
    )
    messagebird: Literal["conversations", "off"] = Field(
        "conversations",
        description="the generation of MessageBird's interface that is spoken; off = MessageBird is not connected",
    )
    private_providers: bool = Field(
        False, description="a channel's `base_url` may be a private address and without TLS, likewise"
    )
    private_bots: bool = Field(
        False, description="bots may be at private addresses and without TLS: for a network of one's own, and tests"
    )
    blobs: Path | None = Field(
        None, description="the folder of files of messages, one for all processes of a store; default: blobs in data"
    )
    largest_attachment: int = Field(25, ge=1, le=2000, description="the largest file of a message that is kept, MiB")
    private_attachments: bool = Field(
        False, description="files may be fetched from private addresses and without TLS: for a network of one's own"
    )
    presence_lease: int = Field(
        60, ge=15, le=600, description="seconds that an agent's sign of life counts; then he is offline"
    )
    unsafe_accept_any_durability: bool = Field(
        False, description="tests only: start on a database that may lose acknowledged data"
    )

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _readable(cls, url: str | None) -> str | None:
        """Raises `ValueError` without the driver's own words: they repeat the address, and its password with it."""
        if url is not None:
            from psycopg import ProgrammingError
            from psycopg.conninfo import conninfo_to_dict

            try:
                conninfo_to_dict(url)
            except ProgrammingError:
                raise ValueError("it must be of the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE") from None
        return url

    def with_stand_ins(self) -> Settings:
        """A folder of the demo is never connected to real providers, whatever command is run on it later."""
        kept = self.data / STAND_INS
        if self.provider_urls or not kept.exists():
            return self
        return self.model_copy(update={"provider_urls": json.loads(kept.read_text("utf-8"))})

    def known_apps(self) -> dict[str, OurApp]:
        """Those of the environment before those of the file. Raises `ValueError`, without a word of what it holds."""
        if self.apps_file is None:
            return self.apps
        try:
            return TypeAdapter(dict[str, OurApp]).validate_json(self.apps_file.read_bytes()) | self.apps
        except ValueError:
            raise ValueError(f"{self.apps_file} must hold JSON: by kind of channel an id and a secret.") from None

    @property
    def blob_folder(self) -> Path:
        return self.blobs or self.data / "blobs"

    @property
    def key_file(self) -> Path:
        return self.master_key_file or self.data / "master.key"
