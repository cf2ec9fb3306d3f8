"""What a person typed is shown as it is, never as Markdown."""

import pytest

from ui.parts.notices import plain


@pytest.mark.parametrize(
    "name", ["*star*", "$x^2$", ":red[r]", "![i](a.png)", "www.evil.example", "me@evil.example", "<b>"]
)
def test_every_sign_that_markdown_may_read_is_escaped(name: str) -> None:
    shown = plain(name)
    assert shown.replace("\\", "") == name
    assert not any(sign in shown.replace(f"\\{sign}", "") for sign in ("*", "$", ":", "[", "(", "!", "www.", "@", "<"))
