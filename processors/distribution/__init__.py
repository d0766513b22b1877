"""Distribution: who is offered the dialogs that wait in a group (behaviour.md §6). Read in this order:

hearing       what wakes a group up; nothing is ever decided from the event itself
looking       reads the groups' rows under the lane lock, page by page, and lets a plan be made and carried out
desk, lineup  the rows a plan looks at; who may be offered what, and why the others may not
sticky        who is asked first because he answered this customer before
plan          queue, agents, settings and the moment → steps; pure
decision      the event that explains a choice
steps         what a plan can want, and how it is carried out
"""

from processors.distribution.hearing import HEARS, marks
from processors.distribution.looking import PAGE, Distribute, distribute, look

__all__ = ["HEARS", "PAGE", "Distribute", "distribute", "look", "marks"]
