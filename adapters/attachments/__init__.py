"""Files of messages: fetched from providers as soon as they come, kept sealed, served, and sent out.

`table` the rows · `ear` what the log names · `stash` bytes that came along · `letter` how one is asked for · `guarded`
the call · `courier` one file · `worker` the threads · `shelf` reading and uploading · `content` the type by content ·
`links` public addresses · `refusals` what stands against reading it.
"""

from adapters.attachments.shelf import Shelf

__all__ = ["Shelf"]
