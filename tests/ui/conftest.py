"""What tests of pages without a browser are given."""

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.runtime.state.query_params import QueryParams

from ui.parts.browser import COOKIE


@pytest.fixture(autouse=True)
def cookies(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the browser sends with every page: it has kept its secret."""
    kept = {COOKIE: "s" * 32}
    monkeypatch.setattr(ContextProxy, "cookies", kept)
    return kept


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the browser is sent as the address, one after the other: it makes an entry of each."""
    sent, send = [], QueryParams._send_query_param_msg

    def record(query: QueryParams) -> None:
        send(query)
        sent.append("&".join(f"{name}={query[name]}" for name in query if query[name]))

    monkeypatch.setattr(QueryParams, "_send_query_param_msg", record)
    return sent
