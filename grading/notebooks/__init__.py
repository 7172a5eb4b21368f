"""The notebooks: how they are built, and what their cells call.

    build     notebooks/text/*.md  ->  notebooks/*.ipynb, in this direction only
    lint      what makes a notebook hard to read, or to read aloud
    copies    the student's own, so that running one leaves no trace in git
    lab       `grade notebooks`: JupyterLab at the first one
    panel     what a cell shows: HTML, and the same as text
    checking  check(), hint(), show_answer(), give_up(): a learner and the step table
    specimens which broken programs a learner's own tests catch
    stage     what a worked example needs: a scripted provider, a live server, the model on the laptop
    timeline  who waited for whom, as a picture

grading.notebook is the face of all that; a notebook imports from there and nowhere else.
"""
