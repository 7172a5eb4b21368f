"""What the notebooks' cells call: `from grading.notebook import check, hint, play_provider`.

check, hint, show_answer, give_up   a step: is it done, what could help, how the solution does it
predict                             the answer to a question, for whoever has written their own first
progress                            which steps are done, and since when
doctor                              is everything there?
play_provider, live, laptop_model   for the worked examples: a scripted provider, a server, the small model
Timeline, which_are_caught          who waited for whom; which broken programs some tests catch
"""

from __future__ import annotations

from grading.notebooks.checking import check, give_up, hint, show_answer
from grading.notebooks.doctor import doctor
from grading.notebooks.predict import predict
from grading.notebooks.progress import progress
from grading.notebooks.specimens import which_are_caught
from grading.notebooks.stage import laptop_model, live, play_provider
from grading.notebooks.timeline import Timeline

__all__ = [
    "Timeline",
    "check",
    "doctor",
    "give_up",
    "hint",
    "laptop_model",
    "live",
    "play_provider",
    "predict",
    "progress",
    "show_answer",
    "which_are_caught",
]
