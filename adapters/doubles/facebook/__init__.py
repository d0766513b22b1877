"""Messenger's stand-in: `FacebookDouble`, its pages, and people who log in and write."""

from adapters.doubles.facebook.double import PAGE, PAGE_TOKEN, FacebookDouble
from adapters.doubles.facebook.pages import Page, Person, Said
from adapters.doubles.graph import APP_ID, APP_SECRET, error

__all__ = ["APP_ID", "APP_SECRET", "PAGE", "PAGE_TOKEN", "FacebookDouble", "Page", "Person", "Said", "error"]
