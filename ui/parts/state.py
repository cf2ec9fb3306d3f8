"""The names under which pages keep things in Streamlit's session state: one list, so that no two use the same.

Names of widgets that only the file that draws them reads or writes are not listed.
"""

from enum import StrEnum


class Key(StrEnum):
    """What a tab keeps between two runs of its script."""

    # All pages
    TAB = "tab"  # what it keeps beyond a lapse of its connection
    CONTROLS = "controls"  # by page
    GENERATION = "generation"  # of a widget that is set by other parts of the page, by its key
    BROWSER_TOKEN = "browser_token"  # of a browser without cookies
    CLASSROOM = "classroom"  # hidden controls, and whether the page is presented
    LOOKED = "looked"  # whether the page asks to look at the teacher
    OPENS_ADDRESS = "opens_address"  # whether Train or Boundary begins with what another page has put in the address
    ELSEWHERE = "elsewhere"  # there if another page than Train was opened last, whose link may name a run
    DIALOG = "dialog"  # what draws the dialog that is open
    PRESSED = "pressed"  # a button whose press was not answered yet, by its key
    REFUSAL = "refusal"  # why what was pressed last in it was not possible
    REFUSED = "refused"  # what a drawer was to start
    DOWNLOAD = "download"  # the file that was asked for last
    OPENED = "opened"  # the network of the file that was brought last,
    OPENED_FILES = "opened_files"  # and how many were brought
    DOWNLOADING = "downloading"  # the data set that a person has asked for
    DISMISSED = "dismissed"  # the store's notice that a person has read
    IMPORTED = "imported"  # the data set of the latest import, until its notes are dismissed

    # Train
    VIEW = "view"  # the chosen tab
    EXAMPLE = "example"  # the validation example that was chosen in Watch or by a link, as the address has it
    RUN_LIST = "open_run"  # whether the list of runs is open
    CHOSEN_RUN = "chosen_run"  # in the list
    SPLIT = "split"  # whose mistakes are shown
    TEST_OPENED = "test_opened"  # the data sets whose test set a person has asked to see
    GALLERY_KIND = "gallery_kind"  # "mistakes", "all", …
    GALLERY_TRUTH = "gallery_truth"
    GALLERY_ANSWER = "gallery_answer"
    GALLERY_SHOWN = "gallery_shown"  # how many examples are shown of which choice
    UNIT = "unit"  # the hidden unit that is shown large, counted from 1
    SPREADS_DRAWN = "spreads_drawn"  # when the weights over time were last drawn
    TRIED = "tried_example"  # the validation example that Try it starts from, counted from 1
    PINNED = "pinned"  # the run and the network of it that is looked at while it trains
    DRAWINGS = "own_drawings"
    TUNING = "own_tuning"  # the latest fine-tuning on drawings
    PARTNERS = "partners"  # the runs that answer together with the one that is shown, by its id
    PARTNERS_LIST = "partners_list"  # whether the list of those that can is open
    TUNED_ON = "own_seen"  # the drawings that each run was fine-tuned on

    NETWORK = "network"  # whether the fine-tuned network answers, by the run that it became

    # Learn
    POSITION = "position"  # the open scene and the stage of the walk, by the address's parameter and as that has it

    CLICKED = "clicked"  # which number of a matrix was clicked last, by the walk's and the stage's key
    EXPERIMENT = "experiment"  # with which prediction and arguments an experiment ran, by the question's key

    # Boundary
    OWN_POINTS = "own_points"  # points added by hand

    # Runs
    SELECTED = "selected_runs"  # by id, in the order of their colors
    ENSEMBLE = "ensemble_of"  # which runs were measured together last, and what came of it
    RUNS_TABLE = "runs_table"  # what the browser's table shows
    UNFOLDED = "unfolded"  # the runs of those settings in it whose seeds have rows of their own
    SEARCH = "search"  # the id of the search that is opened
    IMPORTANCE = "importance_of"  # which trials the importance of settings was computed of last, and the result
    SEARCH_ASKED = "search_asked"  # what a link has set in the form of a new search, by name
    DRAWERS_LINKED = "drawers_linked"  # the drawers of which is known whether a link opens them
    DRAWER_CLOSED = "drawer_closed"  # which drawer was closed last,
    TIMES_CLOSED = "times_closed"  # and how often one was
