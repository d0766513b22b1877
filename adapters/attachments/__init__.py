"""Files of messages: fetched from providers as soon as they come, kept sealed, served, and sent out.

`table` the rows · `ear` what the log names · `letter` how one is asked for · `guarded` the call · `courier` one file ·
`worker` the threads · `shelf` reading, uploading and erasing · `content` the type by content · `links` public addresses.
"""

from adapters.attachments.shelf import Shelf

__all__ = ["Shelf"]
