"""A tab keeps what it has for minutes after its connection was lost; then it is let go."""

from weakref import ref

from ui.parts.tab import Tab, Tabs


class Thing:
    """Notes what it is told."""

    tab: Tab | None = None

    def __init__(self) -> None:
        self.told: list[float | str] = []

    def leave_alone(self, seconds: float) -> None:
        self.told.append(seconds)

    def close(self) -> None:
        self.told.append("closed")


def test_what_a_tab_keeps_is_there_when_it_comes_back_and_goes_when_it_does_not() -> None:
    now = 0.0
    tabs, tab, other = Tabs(300, lambda: now), Tab(), Tab()
    for each in (tab, other):
        tabs.enter(each)
    thing, others = tab.own(Thing), other.own(Thing)
    tabs.leave(tab)
    now = 40.0
    tabs.look()
    tabs.enter(tab)
    assert tab.own(Thing) is thing
    assert thing.tab is tab
    now = 1000.0
    tabs.look()
    assert thing.told == [40.0]
    tabs.leave(tab)
    now = 1301.0
    tabs.look()
    tabs.look()
    assert thing.told == [40.0, "closed"]
    assert tab.kept == {}
    assert others.told == []


def test_a_tab_that_is_known_to_nobody_else_is_forgotten() -> None:
    tabs = Tabs(300)
    tab = Tab()
    tabs.enter(tab)
    gone = ref(tab)
    del tab
    assert gone() is None
