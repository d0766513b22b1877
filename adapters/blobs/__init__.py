"""Blobs: bytes too large for the log, sealed before they are kept. A store holds them, and knows nothing of them.

`port` what a store must do · `folder` a store in a folder · `sealing` bytes under a key, in chunks.
"""

from adapters.blobs.folder import FolderBlobs
from adapters.blobs.port import BlobMissing, Blobs, BlobWriter, Found, new_ident
from adapters.blobs.sealing import BlobDamaged, SealedWriter, new_key, opened, plain_size, whole

__all__ = [
    "BlobDamaged",
    "BlobMissing",
    "BlobWriter",
    "Blobs",
    "FolderBlobs",
    "Found",
    "SealedWriter",
    "new_ident",
    "new_key",
    "opened",
    "plain_size",
    "whole",
]
