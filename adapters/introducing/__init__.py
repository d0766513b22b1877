"""Who writes? Some providers bring an id alone; they are asked for the name and the picture when a dialog begins."""

from adapters.introducing.introducer import Introducer

__all__ = ["Introducer"]
