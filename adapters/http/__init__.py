"""The HTTP door: commands and views as JSON, the log as a feed, providers' hooks, health. `app.create_app` opens it."""
